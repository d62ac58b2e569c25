"""Request classification: recognised sessions count as members; forged ones queue with the guests."""

import pytest
import zstandard
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session, transaction
from forum.infra.metrics import report
from forum.members.credentials import api_tokens, sessions
from forum.middleware.guest_cache.request_context import RequestClass, classify, resolve_client_address
from forum.models import Member
from tests.conftest import settings_on
from tests.middleware.guests import AGENT, guest_get, statements

LOGIN = "forum_session"


def request_class(app: Flask, **environ: str) -> RequestClass:
    return classify(dict(environ), app.extensions["forum.settings"])


def test_an_issued_session_cookie_counts_as_a_member(app: Flask, path: str) -> None:
    with app.app_context(), transaction():
        anna = session.scalars(select(Member).filter_by(username="anna")).one()
        login, token = sessions.start(anna, persistent=False), api_tokens.make(anna, name="t", scopes="read")
    assert request_class(app, HTTP_COOKIE=f"theme=dark; {LOGIN}={login}; x=1") is RequestClass.MEMBER
    assert request_class(app, HTTP_COOKIE=f"__Host-{LOGIN}={login}") is RequestClass.MEMBER
    assert request_class(app, HTTP_AUTHORIZATION=f"Bearer {token}") is RequestClass.MEMBER


@pytest.mark.parametrize("given", [f"{LOGIN}=made-up", f"a=b; {LOGIN}=", f"__Host-{LOGIN}={'x' * 60}"])
def test_a_forged_session_cookie_does_not_count_as_a_member(app: Flask, given: str) -> None:
    assert request_class(app, HTTP_COOKIE=given) is RequestClass.UNVERIFIED


def test_other_cookies_count_as_a_guest(app: Flask) -> None:
    for given in ("", "forum_anonymous=x", "old_forum_session=x", "my_forum_session=x; a=forum_session", "forum_sid=1"):
        assert request_class(app, HTTP_COOKIE=given) is RequestClass.GUEST
    assert request_class(app) is RequestClass.GUEST
    assert request_class(app, HTTP_AUTHORIZATION="Bearer made-up") is RequestClass.UNVERIFIED


def test_a_visitor_who_opened_the_login_form_gets_cached_pages(app: Flask, client: FlaskClient, path: str) -> None:
    guest_get(client, path)
    guest_get(client, path)
    assert "forum_anonymous" in str(client.get("/login").headers)
    with statements(app) as sent:
        assert guest_get(client, path).status_code == 200
    assert sent == []


def test_tracking_parameters_lead_to_the_same_cached_page(app: Flask, client: FlaskClient, path: str) -> None:
    guest_get(client, path)
    for query in ("?utm_source=x&utm_medium=y", "?fbclid=abc", "?utm_campaign=a_b-c&mc_cid=1"):
        guest_get(client, path + query)
        with statements(app) as sent:
            assert guest_get(client, path + query).status_code == 200
        assert sent == []


def test_head_is_answered_from_the_cache_with_the_pages_headers(app: Flask, client: FlaskClient, path: str) -> None:
    shown = [guest_get(client, path) for _ in range(2)][1]
    with statements(app) as sent:
        head = client.head(path, headers={"User-Agent": AGENT}, environ_overrides={"REMOTE_ADDR": "192.0.2.1"})
    assert sent == []
    assert (head.status_code, head.data) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Vary"):
        assert head.headers[name] == shown.headers[name]


def test_a_strong_form_of_a_pages_etag_matches_too(client: FlaskClient, path: str) -> None:
    tag = guest_get(client, path).headers["ETag"]
    assert guest_get(client, path, If_None_Match=tag.removeprefix("W/")).status_code == 304


def test_zstandard_is_supported(client: FlaskClient, path: str) -> None:
    plain = guest_get(client, path).data
    packed = guest_get(client, path, Accept_Encoding="zstd")
    assert packed.headers["Content-Encoding"] == "zstd"
    assert zstandard.ZstdDecompressor().decompress(packed.data) == plain
    assert "Content-Encoding" not in guest_get(client, path, Accept_Encoding="identity;q=1, br;q=0.5").headers
    assert guest_get(client, path, Accept_Encoding="gzip, deflate, br, zstd").headers["Content-Encoding"] == "br"


def test_a_client_address_is_read_without_the_port_that_some_proxies_add(tmp_path: object) -> None:
    settings = settings_on(tmp_path, FORUM_TRUSTED_PROXIES="10.0.0.1")  # type: ignore[arg-type]
    for given, meant in (
        ("192.0.2.7:5678", "192.0.2.7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("2001:db8::7", "2001:db8::7"),
        ("192.0.2.7", "192.0.2.7"),
    ):
        environ = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": given}
        resolve_client_address(environ, settings)
        assert environ["REMOTE_ADDR"] == meant


def test_cached_pages_are_counted_in_metrics(client: FlaskClient, path: str) -> None:
    def counted() -> float:
        lines = report().decode().splitlines()
        return sum(
            float(line.split()[-1])
            for line in lines
            if line.startswith('forum_requests_total{status="2xx",who="guest"}')
        )

    before = counted()
    for _ in range(5):
        guest_get(client, path)
    assert counted() == before + 5
