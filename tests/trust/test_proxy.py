"""Behind a proxy: whose headers are trusted for the address, the scheme and the host."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.infra.settings import Settings
from forum.models import LogEntry
from tests.conftest import settings_on, token_in
from tests.factories import PASSWORD, a_member

NAMES = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_on(
        tmp_path / "data", FORUM_BASE_URL="https://forum.example", FORUM_TRUSTED_PROXIES="10.0.0.0/8, 192.0.2.1"
    )


def fail_to_log_in(app: Flask, client: FlaskClient, peer: str, headers: dict[str, str]) -> str:
    """The address that the log records for a wrong password."""
    place = {"base_url": "http://forum.example", "environ_overrides": {"REMOTE_ADDR": peer}}
    form = client.get("/login", **place)
    cookie = {"Cookie": form.headers["Set-Cookie"].split(";")[0]}
    fields = {"username": "anna", "password": "a wrong password", "csrf_token": token_in(form.text)}
    client.post("/login", data=fields, headers=headers | cookie, **place)
    with app.app_context():
        return session.query(LogEntry).order_by(LogEntry.id.desc()).first().address  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("peer", "forwarded", "noted"),
    [
        ("203.0.113.9", "198.51.100.7", "203.0.113.9"),  # only a configured proxy is trusted
        ("10.1.2.3", "198.51.100.7", "198.51.100.7"),
        ("10.1.2.3", "6.6.6.6, 198.51.100.7", "198.51.100.7"),  # the visitor's own header value comes first
        ("10.1.2.3", "198.51.100.7, 192.0.2.1", "198.51.100.7"),  # two trusted proxies in a chain
        ("10.1.2.3", "", "10.1.2.3"),
    ],
)
def test_the_address_is_the_last_one_seen_by_a_trusted_proxy(
    app: Flask,
    client: FlaskClient,
    writing: Callable[[], AbstractContextManager[None]],
    peer: str,
    forwarded: str,
    noted: str,
) -> None:
    with writing():
        a_member("anna")
    headers = dict.fromkeys(NAMES, forwarded) if forwarded else {}
    assert fail_to_log_in(app, client, peer, headers) == noted


def test_cookies_are_bound_to_the_host_and_forms_are_accepted(client: FlaskClient, writing) -> None:  # type: ignore[no-untyped-def]
    with writing():
        a_member("anna")
    host = {"base_url": "http://forum.example"}
    form = client.get("/login", **host)
    assert re.match(r"__Host-forum_\w+=[^;]+; Secure; HttpOnly; Path=/; SameSite=Lax$", form.headers["Set-Cookie"])
    fields = {"username": "anna", "password": PASSWORD, "csrf_token": token_in(form.text)}
    headers = {"Cookie": form.headers["Set-Cookie"].split(";")[0], "Origin": "https://forum.example"}
    answer = client.post("/login", data=fields, headers=headers, **host)
    assert answer.status_code == 303
    cookie = next(each for each in answer.headers.getlist("Set-Cookie") if "forum_session" in each)
    assert re.match(r"__Host-forum_session=[^;]+; Secure; HttpOnly; Path=/; SameSite=Lax$", cookie)
    assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize("host", ["evil.test", "localhost", "127.0.0.1", "forum.example.evil.test"])
def test_only_the_forums_own_host_name_is_served(client: FlaskClient, host: str) -> None:
    assert client.get("/", base_url=f"http://{host}").status_code == 400
    expected = 200 if host in {"localhost", "127.0.0.1"} else 400
    assert client.get("/health/live", base_url=f"http://{host}").status_code == expected
