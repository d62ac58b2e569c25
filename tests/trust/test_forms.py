"""Only the forum's own pages can send writes, and GET requests change nothing."""

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.settings import Settings
from tests.conftest import log_in, token_in
from tests.trust.crawl import UNSAFE, Scene, a_scene, addresses, rows

QUIET = ("member_session",)


@pytest.fixture
def scene(writing) -> Scene:  # type: ignore[no-untyped-def]
    with writing():
        return a_scene()


def database(settings: Settings) -> Path:
    return settings.data / "forum.sqlite3"


def test_no_write_is_accepted_without_a_csrf_token(
    app: Flask, client: FlaskClient, settings: Settings, scene: Scene
) -> None:
    log_in(client, "olaf")
    before = rows(database(settings), without=QUIET)
    fields = {"body": "forged words", "title": "A forged thread", "kind": "like", "tab": "x", "place": "thread:1"}
    for method, address in addresses(app, scene, UNSAFE):
        if address.startswith("/unsubscribe/"):
            continue  # by a mail client, which has no page; the address itself is the secret (RFC 8058)
        answer = client.open(address, method=method, data=fields)
        assert answer.status_code in {400, 403, 415}, (method, address, answer.status_code)
    assert rows(database(settings), without=QUIET) == before


def test_another_members_csrf_token_is_refused(app: Flask, client: FlaskClient, scene: Scene) -> None:
    other = app.test_client()
    log_in(other, "ben")
    theirs = token_in(other.get(scene.thread_path).text)
    log_in(client, "anna")
    answer = client.post(f"{scene.thread_path}/reply", data={"body": "forged words", "csrf_token": theirs})
    assert answer.status_code == 403
    assert "forged words" in answer.text


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.test"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_another_site_is_refused_even_with_the_token(
    client: FlaskClient, scene: Scene, headers: dict[str, str]
) -> None:
    log_in(client, "anna")
    token = token_in(client.get(scene.thread_path).text)
    answer = client.post(f"{scene.thread_path}/reply", data={"body": "forged", "csrf_token": token}, headers=headers)
    assert answer.status_code == 403


def test_get_requests_change_nothing_but_read_marks(
    app: Flask, client: FlaskClient, settings: Settings, scene: Scene
) -> None:
    log_in(client, "olaf")
    quiet = (*QUIET, "thread_read", "member")
    before = rows(database(settings), without=quiet)
    for method, address in addresses(app, scene, ("GET", "HEAD")):
        assert client.open(address, method=method).status_code < 500, (method, address)
    after = rows(database(settings), without=quiet)
    assert {name: table for name, table in after.items() if table != before[name]} == {}


def test_a_login_needs_the_csrf_token_of_its_form(client: FlaskClient, scene: Scene) -> None:
    answer = client.post("/login", data={"username": "anna", "password": "correct horse battery staple"})
    assert answer.status_code == 403
    assert "Set-Cookie" not in answer.headers


def test_logging_out_needs_a_post_request(client: FlaskClient, scene: Scene) -> None:
    assert client.get("/logout").status_code == 405


def test_forms_in_several_parts_are_taken_apart_only_for_pictures(client: FlaskClient, scene: Scene) -> None:
    log_in(client, "anna")
    token = token_in(client.get(scene.thread_path).text)
    parts = {"csrf_token": token, "body": "In parts"}
    answer = client.post(f"{scene.thread_path}/reply", data=parts, content_type="multipart/form-data")
    assert answer.status_code == 415
