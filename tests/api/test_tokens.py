"""API access: tokens with their scopes, browsers with their CSRF token, and no cross-origin requests."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from forum.infra import clock
from forum.infra.database.db import session
from forum.members.credentials import api_tokens
from forum.models import ApiToken, Member, Post
from forum.moderation import tools
from tests.api.conftest import MakeProgram, Program
from tests.conftest import log_in, token_in
from tests.factories import a_ban, a_board, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]
WRITES = (
    ("POST", "/boards/1/threads", {"title": "Hello", "body": "Words."}),
    ("POST", "/threads/1/posts", {"body": "Words."}),
    ("PATCH", "/posts/1", {"body": "Other words."}),
    ("DELETE", "/posts/2", None),
    ("PUT", "/posts/2/reaction", {"kind": "like"}),
    ("DELETE", "/posts/2/reaction", None),
    ("POST", "/preview", {"body": "Words."}),
)


@pytest.fixture(autouse=True)
def _forum(writing: Writing) -> None:
    """Anna's thread with a reply by ben."""
    with writing():
        thread = a_thread(by=a_member("anna"), board=a_board())
        a_post(thread=thread, by=a_member("ben"))


def posts_in(app: Flask) -> list[tuple[str, str]]:
    """The text of all posts, and whether they are deleted."""
    with app.app_context():
        return [(post.source, str(post.deleted_at)) for post in session.scalars(select(Post).order_by(Post.id))]


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_a_guest_is_asked_for_a_token(app: Flask, guest: Program, method: str, path: str, body: object) -> None:
    before = posts_in(app)
    answer = guest.ask(method, path, body)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="forum"'
    assert answer.content_type == "application/problem+json"
    assert posts_in(app) == before


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_a_read_token_cannot_write(app: Flask, program: MakeProgram, method: str, path: str, body: object) -> None:
    before = posts_in(app)
    answer = program("anna", scopes="read").ask(method, path, body)

    assert answer.status_code == 403
    assert 'error="insufficient_scope", scope="write"' in answer.headers["WWW-Authenticate"]
    assert posts_in(app) == before


def test_can_is_false_for_everything_else_with_a_read_token(program: MakeProgram) -> None:
    reader = program("anna", scopes="read")

    assert not any(reader.get("/posts/1")["can"].values())
    assert not any(reader.get("/threads/1")["can"].values())
    assert not reader.get("/boards/1")["can"]["post_thread"]


def test_a_write_token_cannot_read(program: MakeProgram) -> None:
    assert program("anna", scopes="write").ask("GET", "/threads").status_code == 403


def test_a_moderators_token_needs_the_scope(program: MakeProgram, writing: Writing) -> None:
    with writing():
        mia = a_member("mia", role="moderator")
        thread = a_thread(by=mia)
        tools.lock(mia, thread)
        locked = thread.id
    plain = program("mia")

    assert not plain.get("/posts/2")["can"]["delete"]
    plain.send("DELETE", "/posts/2", status=403)
    plain.send("PATCH", "/posts/2", {"body": "Not mine."}, status=403)
    plain.send("POST", f"/threads/{locked}/posts", {"body": "Not here."}, status=403)
    keeper = program("mia", scopes="read write moderate")
    assert keeper.get("/posts/2")["can"]["delete"]
    keeper.send("DELETE", "/posts/2", status=204)


def test_an_unknown_expired_or_revoked_token_grants_nothing(app: Flask, program: MakeProgram, writing: Writing) -> None:
    anna = program("anna")
    assert anna.ask("GET", "/me").status_code == 200
    with writing():
        row = session.scalars(select(ApiToken)).one()
        row.expires_at = clock.now() - timedelta(seconds=1)
    answer = anna.ask("GET", "/me")
    assert (answer.status_code, 'error="invalid_token"' in answer.headers["WWW-Authenticate"]) == (401, True)
    assert anna.ask("GET", "/threads").status_code == 401
    with writing():
        row = session.scalars(select(ApiToken)).one()
        row.expires_at = None
        api_tokens.revoke(session.get_one(Member, row.member_id), row.id)
    assert anna.ask("GET", "/me").status_code == 401
    for header in ("Bearer", "Bearer x", "Basic YTpi", "Bearer \xff", "Token " + "x" * 5000):
        stranger = Program(app.test_client())
        assert stranger.ask("GET", "/threads", Authorization=header).status_code == 401


def test_a_token_ends_with_its_members_account(program: MakeProgram, writing: Writing) -> None:
    anna = program("anna")
    with writing():
        a_ban(session.scalars(select(Member).where(Member.username == "anna")).one())

    assert anna.ask("GET", "/me").status_code == 401
    assert anna.ask("POST", "/threads/1/posts", {"body": "Words."}).status_code == 401


def test_a_token_in_the_url_is_ignored(app: Flask, guest: Program, writing: Writing) -> None:
    with writing():
        anna = session.scalars(select(Member).where(Member.username == "anna")).one()
        token = api_tokens.make(anna, name="leaky", scopes="read write")
    for name in ("token", "access_token", "api_key", "Authorization"):
        assert guest.ask("GET", f"/me?{name}={token}").status_code == 401
        assert guest.ask("POST", f"/threads/1/posts?{name}={token}", {"body": "Words."}).status_code == 401


def test_a_browser_can_write_only_with_its_csrf_token(app: Flask, client: FlaskClient) -> None:
    log_in(client, "anna")
    path, body = "/api/v1/threads/1/posts", {"body": "From the page."}
    before = posts_in(app)
    assert client.post(path, json=body).status_code == 403
    assert client.post(path, json=body, headers={"X-CSRFToken": "0" * 128}).status_code == 403
    token = token_in(client.get("/").text)
    for origin in ("https://evil.test", "null", "https://localhost.evil.test"):
        answer = client.post(path, json=body, headers={"X-CSRFToken": token, "Origin": origin})
        assert answer.status_code == 403
        assert not any(name.startswith("Access-Control") for name, _ in answer.headers)
    assert posts_in(app) == before

    assert client.post(path, json=body, headers={"X-CSRFToken": token}).status_code == 201


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "https://localhost.evil.test"])
def test_no_cors_headers_are_sent_to_other_sites(client: FlaskClient, origin: str) -> None:
    log_in(client, "anna")
    for method in ("GET", "OPTIONS"):
        answer = client.open(
            "/api/v1/threads", method=method, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
        )
        assert not any(name.startswith("Access-Control") for name, _ in answer.headers)


def test_rights_are_read_at_each_request(program: MakeProgram, writing: Writing) -> None:
    with writing():
        a_member("mia", role="moderator")
        den = a_board("The den", audience="moderator").id
    keeper = program("mia", scopes="read write moderate")
    keeper.get(f"/boards/{den}")
    with writing():
        session.scalars(select(Member).where(Member.username == "mia")).one().role = "member"

    keeper.get(f"/boards/{den}", status=404)
    keeper.send("DELETE", "/posts/2", status=403)


def test_only_the_hash_of_a_token_is_stored(app: Flask, program: MakeProgram) -> None:
    anna = program("anna")
    token = anna.headers["Authorization"].removeprefix("Bearer ")
    with app.app_context():
        stored = session.scalar(select(ApiToken.token_hash))
        assert session.scalar(select(func.count()).select_from(ApiToken)) == 1
    assert stored
    assert token not in stored
