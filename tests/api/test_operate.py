"""Programs with the scope admin read and do what the pages of operation do, and nobody else does."""

from base64 import b64encode
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from forum.members.signup import invitations
from forum.site.actions import bump_version
from tests.admin.pages import member
from tests.api.conftest import MakeProgram, Program
from tests.api.test_administer import a_token
from tests.factories import a_board, a_group, a_member
from tests.middleware.guests import Writing

SCHEDULE = {"backup_every": "day", "backup_hour": 4, "backup_keep": 3}
REQUESTS: tuple[tuple[str, str, object], ...] = (
    ("GET", "/api/v1/mail", None),
    ("POST", "/api/v1/mail/test", {"address": "olaf@example.org"}),
    ("POST", "/api/v1/mail/retry", None),
    ("POST", "/api/v1/mail/1/retry", None),
    ("DELETE", "/api/v1/mail/1", None),
    ("GET", "/api/v1/backups", None),
    ("POST", "/api/v1/backups", None),
    ("DELETE", "/api/v1/backups/none.forumbackup", None),
    ("GET", "/api/v1/backup-schedule", None),
    ("PUT", "/api/v1/backup-schedule", SCHEDULE),
    ("GET", "/api/v1/jobs", None),
    ("POST", "/api/v1/jobs/send-mail/run", None),
    ("GET", "/api/v1/health", None),
    ("GET", "/api/v1/statistics", None),
    ("GET", "/api/v1/invitations", None),
    ("DELETE", "/api/v1/members/1/invitations", None),
    ("PUT", "/api/v1/settings/logo", {"content": "AAAA"}),
    ("DELETE", "/api/v1/settings/icon", None),
    ("PUT", "/api/v1/boards/1/icon", {"content": "AAAA"}),
    ("DELETE", "/api/v1/boards/1/icon", None),
    ("GET", "/api/v1/log", None),
    ("POST", "/api/v1/log/1/undo", None),
)


@pytest.fixture
def boss(writing: Writing, app: Flask) -> Program:
    """The program of an admin."""
    with writing():
        olaf = a_member("olaf", role="admin")
        a_member("anna")
        token = a_token(olaf, "read", "write", "moderate", "admin")
    program = Program(app.test_client())
    program.headers = token
    return program


def test_the_scope_admin_is_needed(client: FlaskClient, writing: Writing) -> None:
    with writing():
        olaf = a_member("olaf", role="admin")
        token = a_token(olaf, "read", "write", "moderate")
    for method, path, body in REQUESTS:
        assert (path, client.open(path, method=method, json=body, headers=token).status_code) == (path, 403)
        assert (path, client.open(path, method=method, json=body).status_code) == (path, 401)


def test_ordinary_members_are_refused(client: FlaskClient, program: MakeProgram, writing: Writing) -> None:
    with writing():
        a_member("anna")
    headers = program("anna").headers
    for method, path, body in REQUESTS:
        assert (path, client.open(path, method=method, json=body, headers=headers).status_code) == (path, 403)


def test_the_state_of_the_installation_is_read(client: FlaskClient, boss: Program) -> None:
    assert boss.get("/mail") == {"is_set_up": False, "items": [], "page": {"number": 1, "size": 50, "total": 0}}
    assert {check["name"] for check in boss.get("/health")["checks"]} >= {"jobs", "mail", "disk"}
    assert any(job["name"] == "send-mail" for job in boss.get("/jobs")["items"])
    statistics = boss.get("/statistics?per=week&first=2026-01-01&last=2026-02-01")
    assert statistics["per"] == "week"
    assert {len(numbers) for numbers in statistics["counts"].values()} == {len(statistics["starts"])}
    assert client.get("/api/v1/statistics?first=2026-02-01&last=2026-01-01", headers=boss.headers).status_code == 422


def test_backups_are_asked_for_and_scheduled(client: FlaskClient, boss: Program) -> None:
    def send(method: str, path: str, body: object = None) -> tuple[int, object]:
        answer = client.open(f"/api/v1/{path}", method=method, json=body, headers=boss.headers)
        return answer.status_code, answer.json

    assert send("POST", "backups") == (202, {"is_new": True})
    assert send("POST", "backups") == (202, {"is_new": False})
    assert boss.get("/backups")["is_pending"] is True
    assert send("PUT", "backup-schedule", SCHEDULE) == (200, SCHEDULE)
    assert boss.get("/backup-schedule") == SCHEDULE
    assert send("POST", "jobs/send-mail/run")[0] == 202
    assert send("POST", "jobs/no-such-job/run")[0] == 404
    assert send("POST", "mail/retry") == (200, {"count": 0})
    assert send("DELETE", "mail/7")[0] == 404
    assert send("POST", "mail/test", {"address": "olaf@example.org"})[0] == 409, "no mail server is set"


def test_invitations_are_listed_and_revoked(client: FlaskClient, boss: Program, writing: Writing) -> None:
    with writing():
        invitations.create(member("anna"))
    inviter = boss.get("/invitations")["items"][0]
    assert (inviter["inviter"]["username"], inviter["open"]) == ("anna", 1)
    path = f"/api/v1/members/{inviter['inviter']['id']}/invitations"
    assert client.delete(path, headers=boss.headers).json == {"count": 1}


def test_a_logo_is_stored_and_removed(client: FlaskClient, boss: Program) -> None:
    file = BytesIO()
    Image.new("RGB", (200, 64), "#0b6472").save(file, "PNG")
    content = b64encode(file.getvalue()).decode()
    stored = client.put("/api/v1/settings/logo", json={"content": content}, headers=boss.headers)
    assert stored.status_code == 200, stored.text
    assert client.get(stored.json["url"]).status_code == 200  # type: ignore[index]
    assert client.put("/api/v1/settings/logo", json={"content": "no!"}, headers=boss.headers).status_code == 422
    assert client.delete("/api/v1/settings/logo", headers=boss.headers).status_code == 204


def a_file(colour: str = "#0b6472", *, padding: int = 0) -> dict[str, str]:
    """A picture as the API takes it, with so many bytes behind it."""
    file = BytesIO()
    Image.new("RGB", (200, 64), colour).save(file, "PNG")
    return {"content": b64encode(file.getvalue() + bytes(padding)).decode()}


def test_a_boards_icon_is_stored_and_removed_under_the_boards_etag(
    client: FlaskClient, boss: Program, writing: Writing
) -> None:
    with writing():
        a_board("Talk")
    path, board = "/api/v1/boards/1/icon", "/api/v1/boards/1"
    seen = client.get(board, headers=boss.headers).headers["ETag"]
    stored = client.put(path, json=a_file(), headers=boss.headers | {"If-Match": seen})
    assert stored.status_code == 200, stored.text
    assert stored.json["url"] == boss.get("/boards/1")["icon_url"]  # type: ignore[index]
    assert Image.open(BytesIO(client.get(stored.json["url"]).data)).size == (96, 96)  # type: ignore[index]
    for late in (
        client.put(path, json=a_file("#ff0000"), headers=boss.headers | {"If-Match": seen}),
        client.delete(path, headers=boss.headers | {"If-Match": seen}),
    ):
        assert late.status_code == 412
    for content, said in (
        ({"content": "no!"}, "base64"),
        ({"content": b64encode(b"<svg/>").decode()}, "not a PNG"),
        (a_file(padding=256_000), "at most 256 kB"),
        ({}, "required"),
    ):
        refused = client.put(path, json=content, headers=boss.headers)
        assert refused.status_code == 422
        assert said in refused.json["errors"]["content"][0], refused.json  # type: ignore[index]
    assert boss.get("/boards/1")["icon_url"] == stored.json["url"]  # type: ignore[index]
    seen = client.get(board, headers=boss.headers).headers["ETag"]
    assert client.delete(path, headers=boss.headers | {"If-Match": seen}).status_code == 204
    assert boss.get("/boards/1")["icon_url"] is None
    assert client.put("/api/v1/boards/9/icon", json=a_file(), headers=boss.headers).status_code == 404


def test_profiles_have_the_banner_of_the_members_group(client: FlaskClient, boss: Program, writing: Writing) -> None:
    assert boss.get("/members/2")["banner"] is None
    with writing():
        group = a_group("Support", member("anna"))
        group.banner_text, group.banner_colour = "Support team", "#7a3d00"
        bump_version()
    banner = {"text": "Support team", "colour": "#7a3d00"}
    assert boss.get("/members/2")["banner"] == banner
    assert [each["banner"] for each in boss.get("/members?sort=name")["items"]] == [banner, None]
    assert boss.get("/me")["banner"] is None


def test_the_log_is_read_and_a_change_undone(client: FlaskClient, boss: Program) -> None:
    client.patch("/api/v1/settings", json={"name": "Gardens"}, headers=boss.headers)
    entry = boss.get("/log?action=change-setting")["items"][0]
    assert (entry["target"], entry["can_undo"], entry["actor"]["username"]) == ("setting:name", True, "olaf")
    path = f"/api/v1/log/{entry['id']}/undo"
    assert client.post(path, headers=boss.headers | {"Idempotency-Key": "once"}).status_code == 204
    again = client.post(path, headers=boss.headers | {"Idempotency-Key": "once"})
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (204, "true")
    assert client.post(path, headers=boss.headers).status_code == 409
    assert boss.get("/settings")["name"] != "Gardens"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("DELETE", "/groups/5/requests/2", {"answer": ""}),
        ("PUT", "/groups/5/members/2", {"until": None}),
        ("DELETE", "/groups/5/members/2", None),
        ("PUT", "/me/groups/5", {"reason": ""}),
        ("DELETE", "/me/groups/5", None),
        ("DELETE", "/mail/1", None),
        ("DELETE", "/backups/x", None),
        ("PUT", "/settings/logo", {"content": "AAAA"}),
        ("POST", "/log/1/undo", None),
    ],
)
def test_every_write_honours_if_match(boss: Program, writing: Writing, method: str, path: str, body: object) -> None:
    with writing():
        a_group("Planners", member("anna"))
    headers = boss.headers | {"If-Match": '"0123456789abcdef0123456789abcdef"'}
    assert boss.client.open(f"/api/v1{path}", method=method, json=body, headers=headers).status_code == 412
