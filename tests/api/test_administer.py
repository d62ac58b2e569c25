"""Boards and settings are changed by programs with the scope admin, and by nobody else."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forum.admin.merges import run_pending
from forum.members.credentials import api_tokens
from forum.models import Member
from tests.factories import a_member, a_thread
from tests.middleware.guests import Writing

REQUESTS = (
    ("POST", "/api/v1/boards", {"title": "News"}),
    ("PATCH", "/api/v1/boards/1", {"title": "News"}),
    ("DELETE", "/api/v1/boards/1", None),
    ("GET", "/api/v1/settings", None),
    ("PATCH", "/api/v1/settings", {"name": "News"}),
    ("GET", "/api/v1/notices", None),
    ("POST", "/api/v1/notices", {"body": "Back soon."}),
    ("GET", "/api/v1/notices/1", None),
    ("PATCH", "/api/v1/notices/1", {"body": "Back soon."}),
    ("DELETE", "/api/v1/notices/1", None),
)


def a_token(member: Member, *scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {api_tokens.make(member, name='a program', scopes=scopes)}"}


@pytest.fixture
def tokens(writing: Writing) -> dict[str, dict[str, str]]:
    """The headers of an admin with all scopes, of one without the scope admin, and of a moderator."""
    with writing():
        olaf, mona = a_member("olaf", role="admin"), a_member("mona", role="moderator")
        a_thread(by=olaf)
        return {
            "admin": a_token(olaf, "read", "write", "moderate", "admin"),
            "admin without the scope": a_token(olaf, "read", "write", "moderate"),
            "moderator": a_token(mona, "read", "write", "moderate"),
        }


@pytest.mark.parametrize("who", ["admin without the scope", "moderator"])
def test_the_scope_admin_is_needed(client: FlaskClient, tokens: dict[str, dict[str, str]], who: str) -> None:
    for method, path, body in REQUESTS:
        answer = client.open(path, method=method, json=body, headers=tokens[who])
        assert (path, answer.status_code) == (path, 403)
    for method, path, body in REQUESTS:
        assert (path, client.open(path, method=method, json=body).status_code) == (path, 401)


def test_boards_are_created_changed_merged_and_deleted(
    app: Flask, client: FlaskClient, tokens: dict[str, dict[str, str]]
) -> None:
    def send(method: str, path: str, body: object = None) -> TestResponse:
        return client.open(f"/api/v1/{path}", method=method, json=body, headers=tokens["admin"])

    made = send("POST", "boards", {"title": "Staff", "description": "For us"})
    assert made.status_code == 201
    board = made.json
    assert made.headers["Location"] == f"http://localhost/api/v1/boards/{board['id']}"  # type: ignore[index]
    path = f"boards/{board['id']}"  # type: ignore[index]
    assert client.get(f"/api/v1/{path}").json["title"] == "Staff"  # type: ignore[index]
    changed = send("PATCH", path, {"title": "Team", "parent_id": 1})
    assert (changed.json["title"], changed.json["description"], changed.json["parent"]["id"]) == ("Team", "For us", 1)  # type: ignore[index]
    assert send("PATCH", path, {"parent_id": None}).json["parent"] is None  # type: ignore[index]
    assert send("DELETE", path).status_code == 204
    assert send("GET", path).status_code == 404
    refused = send("DELETE", "boards/1")
    assert (refused.status_code, refused.json["detail"]) == (  # type: ignore[index]
        409,
        "This board has threads. Move them to another board first, or delete them with it.",
    )
    assert send("DELETE", "boards/1", {"move_threads_to": 1}).json["errors"].keys() == {"move_threads_to"}  # type: ignore[index]
    other = send("POST", "boards", {"title": "Other"}).json["id"]  # type: ignore[index]
    assert send("DELETE", "boards/1", {"move_threads_to": other}).status_code == 204
    with app.app_context():
        run_pending()
    assert send("GET", f"boards/{other}").json["thread_count"] == 1  # type: ignore[index]
    assert send("GET", "boards/1").status_code == 404
    assert send("POST", "boards", {"description": "x"}).json["errors"].keys() == {"title"}  # type: ignore[index]


def test_settings_are_read_and_changed(client: FlaskClient, tokens: dict[str, dict[str, str]]) -> None:
    headers = tokens["admin"]
    before = client.get("/api/v1/settings", headers=headers)
    changed = client.patch("/api/v1/settings", json={"name": "Gardeners"}, headers=headers)
    assert changed.json == before.json | {"name": "Gardeners"}  # type: ignore[operator]
    assert "<title>Gardeners" in client.get("/").text
    stale = client.patch(
        "/api/v1/settings", json={"name": "Other"}, headers=headers | {"If-Match": before.headers["ETag"]}
    )
    assert stale.status_code == 412
    refused = client.patch("/api/v1/settings", json={"flood_seconds": -1}, headers=headers)
    assert refused.json["errors"] == {"flood_seconds": ["Enter a number from 0 to 3,600."]}  # type: ignore[index]


def test_long_terms_fit_into_a_request(client: FlaskClient, tokens: dict[str, dict[str, str]]) -> None:
    answer = client.patch("/api/v1/settings", json={"terms": "ä" * 50_000}, headers=tokens["admin"])
    assert answer.status_code == 200
    answer = client.patch("/api/v1/settings", json={"terms": "ä" * 50_001}, headers=tokens["admin"])
    assert answer.status_code == 422


def test_notices_are_created_changed_and_deleted(client: FlaskClient, tokens: dict[str, dict[str, str]]) -> None:
    def send(method: str, path: str, body: object = None) -> TestResponse:
        return client.open(f"/api/v1/{path}", method=method, json=body, headers=tokens["admin"])

    made = send("POST", "notices", {"body": "Back *soon*.", "audience": "groups", "group_ids": [2, 3]})
    assert (made.status_code, made.headers["Location"]) == (201, "http://localhost/api/v1/notices/1")
    notice = {
        "id": 1,
        "title": "",
        "body": "Back *soon*.",
        "html": "<p>Back <em>soon</em>.</p>\n",
        "style": "information",
        "audience": "groups",
        "group_ids": [2, 3],
        "place": "everywhere",
        "board_ids": [],
        "includes_children": True,
        "starts_at": None,
        "ends_at": None,
        "is_dismissible": True,
        "is_on": True,
    }
    assert made.json == send("GET", "notices/1").json == notice
    ends = {"ends_at": "2031-07-01T12:00:00Z"}
    keyed = tokens["admin"] | {"Idempotency-Key": "once"}
    again = [client.post("/api/v1/notices", json={"body": "Twice."} | ends, headers=keyed).status_code for _ in "ab"]
    assert (again, send("DELETE", "notices/2").status_code) == ([201, 201], 204)
    assert send("PATCH", "notices/1", ends | {"show_again": True}).json == notice | ends
    assert send("GET", "notices").json["items"] == [notice | ends]  # type: ignore[index]
    for wrong, at in (({"group_ids": [99]}, "group_ids"), ({"place": "boards"}, "board_ids"), ({"body": ""}, "body")):
        assert send("PATCH", "notices/1", wrong).json["errors"].keys() == {at}  # type: ignore[index]
    assert send("DELETE", "notices/1").status_code == 204
    assert send("GET", "notices/1").status_code == 404
