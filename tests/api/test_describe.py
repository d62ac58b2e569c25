"""The OpenAPI document is complete and true: it covers every URL, and responses match it."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from threading import Thread
from typing import Any

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from schemathesis import Case, HookContext
from schemathesis.config import (
    ChecksConfig,
    CoveragePhaseConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
    StatefulPhaseConfig,
)
from schemathesis.engine import from_schema
from schemathesis.engine.events import FatalError, NonFatalError, ScenarioFinished
from werkzeug.serving import WSGIRequestHandler, make_server

from forum.conversations.rules import MAX_MEMBERS
from forum.infra.text.messages import one_line, visible_length, visible_width
from forum.schemas.conversations.writing import MAX_NAME
from forum.threads.rules import TITLE_MIN
from tests.api.conftest import MakeProgram, Program
from tests.factories import a_board, a_member, a_post, a_thread
from tests.parts import in_ci

pytestmark = pytest.mark.slow

Writing = Callable[[], AbstractContextManager[None]]
DOCUMENT, REPORTS, CONVERSATIONS = "/api/v1/openapi.json", "/api/v1/reports", "/api/v1/conversations"
SUBJECTS = ("post_id", "message_id", "member_id")
EXAMPLES = 20 if in_ci() else 2  # per operation; CI also tries all boundary values, which takes a minute longer
REFUSALS = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "428", "429"]


def test_every_api_url_is_described(app: Flask, guest: Program) -> None:
    document = guest.get("/openapi.json")
    described = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    opened = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("api_") and not rule.endpoint.startswith("api_docs")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert document["openapi"] == "3.1.0"
    assert opened == {each for each in described if each[1] != "PARAMETERS"}


def test_the_reaction_kinds_are_the_operators(guest: Program) -> None:
    kind = guest.get("/openapi.json")["components"]["schemas"]["ReactionIn"]["properties"]["kind"]

    assert kind["enum"] == ["like", "love", "sad", "dislike"]


def test_the_page_shows_every_operation_and_every_error(client: FlaskClient) -> None:
    page = client.get("/api/docs")
    document = client.get(DOCUMENT).json
    assert document is not None

    assert page.status_code == 200
    for path, methods in document["paths"].items():
        for method in set(methods) - {"parameters"}:
            assert f"{method.upper()} {path}" in page.text
    refused = client.get("/api/v1/me").json
    assert refused is not None
    assert f'id="{refused["type"].partition("#")[2]}"' in page.text
    assert "<script>" not in page.text
    assert "http://localhost" not in re.sub(r"<(link|meta)[^>]*>", "", page.text)


class KeepAlive(WSGIRequestHandler):
    """Handles all requests of a connection: thousands are sent. It logs none of them."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, *_: object) -> None:
        """Do nothing."""


@pytest.fixture
def described(app: Flask, writing: Writing, program: MakeProgram) -> Iterator[Any]:
    """The OpenAPI document, with a member's token and some objects to request."""
    with writing():
        anna, ben = a_member("anna"), a_member("ben")
        thread = a_thread(by=anna, board=a_board())
        a_post(thread=thread, by=ben)
        a_post(thread=thread, by=anna)
    project = ProjectConfig(
        headers=program("anna").headers,
        generation=GenerationConfig(max_examples=EXAMPLES, deterministic=True, database="none"),
        phases=PhasesConfig(
            coverage=CoveragePhaseConfig(enabled=in_ci()), stateful=StatefulPhaseConfig(enabled=in_ci())
        ),
        checks=ChecksConfig.from_dict({"negative_data_rejection": {"expected-statuses": REFUSALS}}),
        continue_on_failure=True,
    )
    config = SchemathesisConfig(seed=7, projects=ProjectsConfig(default=project))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=KeepAlive)
    Thread(target=server.serve_forever, daemon=True).start()
    yield schemathesis.openapi.from_url(f"http://127.0.0.1:{server.port}{DOCUMENT}", config=config)
    server.shutdown()
    server.server_close()


@schemathesis.hook
def filter_case(context: HookContext, case: Case[Any]) -> bool:
    """Skip texts with too few visible characters, e-mail addresses, empty moments, and numbers of prepared reasons.

    Also reports of two things or none, and conversations with nobody.

    JSON Schema cannot express these rules, only the descriptions do.
    """
    sent = case.body if isinstance(case.body, dict) else {}
    title, body, email = sent.get("title", "title"), sent.get("body", "body"), sent.get("email")
    is_title = not isinstance(title, str) or visible_width(one_line(title).replace(" ", "x")) >= TITLE_MIN
    is_address = isinstance(email, str) and bool(email.strip())
    if any(sent.get(name) == "" for name in ("starts_at", "ends_at")):
        return False
    if isinstance(sent.get("prepared_reason"), int | float):
        return False  # there is none
    if case.operation.path == REPORTS and _with_subject(sent) != sent:
        return False
    if case.operation.path.startswith(CONVERSATIONS) and _with_somebody(sent) != sent:
        return False  # for invitations: names that nobody has
    return is_title and not is_address and (not isinstance(body, str) or visible_length(body) > 0)


@schemathesis.hook
def map_body(context: HookContext, body: Any) -> Any:
    """Let most generated reports name one thing, and have words if their kind needs them; else few would be left."""
    path = context.operation.path if context.operation is not None else ""
    if not isinstance(body, dict):
        return body
    return _with_subject(body) if path == REPORTS else _with_somebody(body) if path == CONVERSATIONS else body


def _with_subject(body: dict[str, Any]) -> dict[str, Any]:
    """A report that names a post, a message or a member, and has words if its kind needs them."""
    reason = body.get("reason", "")
    named = next((name for name in SUBJECTS if body.get(name) is not None), "post_id")
    made = {name: value for name, value in body.items() if name not in SUBJECTS or name == named}
    if named == "post_id" and made.get("post_id") is None:
        made["post_id"] = 1
    if made.get("kind", "other") == "other" and isinstance(reason, str) and not reason.isalnum():
        made["kind"] = "spam"
    return made


def _with_somebody(body: dict[str, Any]) -> dict[str, Any]:
    """A conversation with a member who exists, if it names anybody."""
    names = body.get("to")
    is_valid = isinstance(names, list) and 0 < len(names) <= MAX_MEMBERS
    if not is_valid or not all(isinstance(name, str) and len(name) <= MAX_NAME for name in names or ()):
        return body
    return body | {"to": ["ben"]}


def test_responses_match_the_document(described: Any) -> None:
    asked, wrong = set(), []
    for event in from_schema(described).execute():
        if isinstance(event, NonFatalError):
            wrong.append(str(event.info))
        if isinstance(event, FatalError):
            raise event.exception
        if isinstance(event, ScenarioFinished):
            asked.add(event.label)
            wrong += _failures(event)

    assert wrong == []
    assert asked >= {operation.ok().label for operation in described.get_all_operations()}


def _failures(event: ScenarioFinished) -> list[str]:
    return [
        f"{event.label}: {check.failure_info.failure}\n{check.failure_info.code_sample}"
        for checks in event.recorder.checks.values()
        for check in checks
        if check.failure_info is not None
    ]
