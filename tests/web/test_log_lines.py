"""The log page has a translatable label for every action and detail that the forum records."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from forum.audit_log import record
from forum.infra.paths import PACKAGE
from forum.threads.actions import delete_post
from forum.web.audit_log_lines import ACTION_LABELS, DETAIL_LABELS
from tests.conftest import log_in
from tests.factories import a_member, a_post, a_thread

RECORD = re.compile(r"\brecord\(\s*\"([a-z-]+)\"((?:[^()]|\([^()]*\))*)\)")


def test_every_recorded_action_and_detail_has_a_label() -> None:
    found = [match for path in PACKAGE.rglob("*.py") for match in RECORD.findall(path.read_text())]
    acts = {act for act, _ in found}
    details = {name for _, rest in found for name in re.findall(r"(\w+)=", rest)} - {"actor", "target", "change"}
    assert len(acts) > 20
    assert acts <= set(ACTION_LABELS)
    assert details <= set(DETAIL_LABELS)


def test_cases_and_blocks_are_named_by_their_number(
    client: FlaskClient, writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        record("decide-report", actor=a_member("mona", role="moderator"), target="report:7")
        record("block-signup", target="signup-block:8")
    log_in(client, "mona")
    cells = [cell.get_text() for cell in BeautifulSoup(client.get("/moderation/log").text, "html.parser").select("td")]
    assert {"Case 7", "Block 8"} <= set(cells)


def test_a_post_in_the_log_is_named_by_its_thread_and_linked(
    client: FlaskClient, writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        mona = a_member("mona", role="moderator")
        post = a_post(thread=a_thread(title="Kites in the wind"))
        delete_post(mona, post, reason="advertising")
        path = post.path
    log_in(client, "mona")
    log = client.get("/moderation/log").text
    assert f'href="{path}" dir="auto">Kites in the wind #2</a>' in log
    assert "Reason: <bdi>advertising</bdi>" in log
