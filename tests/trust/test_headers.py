"""Which headers every response has, and what it does not reveal."""

import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.site.actions import set_value
from tests.conftest import log_in
from tests.factories import a_thread
from tests.middleware.guests import wait_until_visible
from tests.trust.crawl import Scene, a_scene, addresses


@pytest.fixture
def scene(writing) -> Scene:  # type: ignore[no-untyped-def]
    with writing():
        return a_scene()


def check(headers: dict[str, str]) -> None:
    policy = dict(part.strip().split(" ", 1) for part in headers["Content-Security-Policy"].split(";"))
    assert policy["default-src"] in {"'none'", "'self'"}
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert (policy["object-src"], policy["base-uri"], policy["frame-ancestors"]) == ("'none'", "'none'", "'none'")
    assert policy["form-action"] == "'self'"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "Permissions-Policy" in headers
    assert re.search(
        r"charset=utf-8|application/.*json|^image/|^font/", headers.get("Content-Type", "charset=utf-8"), re.I
    )


@pytest.mark.parametrize("who", [None, "anna", "olaf"])
def test_every_response_has_the_headers(app: Flask, client: FlaskClient, scene: Scene, who: str | None) -> None:
    if who:
        log_in(client, who)
    seen = set()
    for _, address in addresses(app, scene, ("GET",)):
        answer = client.get(address)
        check(dict(answer.headers))
        seen.add(answer.status_code)
        if answer.mimetype == "text/html":
            assert not re.search(
                r"<style|<script(?![^>]* src=)(?! type=\"application/ld\+json\">)| style=| on[a-z]+=|javascript:",
                answer.text,
            ), address
    assert {200, 404} <= seen


@pytest.mark.parametrize(
    "address", ["/nowhere", "/threads/999", "/threads/1-x?page=x", "/%ff", "/threads/99999999999999999999"]
)
def test_errors_have_them_too(client: FlaskClient, scene: Scene, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code in {301, 404}
    check(dict(answer.headers))


def test_hsts_is_sent_over_https_only(client: FlaskClient, scene: Scene) -> None:
    assert "Strict-Transport-Security" not in client.get("/").headers
    secure = client.get("/", base_url="https://localhost")
    age = re.search(r"max-age=(\d+)", secure.headers["Strict-Transport-Security"])
    assert age is not None
    assert int(age[1]) >= 31_536_000


def test_subdomains_are_not_forced_to_tls_unless_the_operator_wants_it(app: Flask, client: FlaskClient) -> None:
    def hsts() -> str:
        return client.get("/health/live", base_url="https://localhost").headers["Strict-Transport-Security"]

    assert hsts() == "max-age=31536000"
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], hsts_subdomains=True)
    assert hsts() == "max-age=31536000; includeSubDomains"


def test_no_page_of_a_member_is_cached_or_shared(app: Flask, client: FlaskClient, scene: Scene) -> None:
    log_in(client, "anna")
    for _, address in addresses(app, scene, ("GET",)):
        answer = client.get(address)
        if answer.mimetype == "text/html":
            assert "private" in answer.headers["Cache-Control"], address
            assert "no-store" in answer.headers["Cache-Control"], address
            assert "Cookie" in answer.headers["Vary"], address


def test_guests_get_no_cookie_before_they_open_a_form(app: Flask, client: FlaskClient, scene: Scene) -> None:
    for _, address in addresses(app, scene, ("GET",)):
        answer = client.get(address)
        is_form = (
            re.match(r"/(login|register|reset|setup|verify|boards/[^/]+/post-thread|threads/[^/]+/reply)", address)
            is not None
        )
        assert is_form or "Set-Cookie" not in answer.headers, address


@pytest.mark.parametrize(
    "path", ["/console", "/.git/config", "/.env", "/metrics", "/static/../secret-key", "/static/0/..%2fapp.py"]
)
def test_internal_paths_are_not_found(client: FlaskClient, scene: Scene, path: str) -> None:
    assert client.get(path).status_code == 404


def test_trace_is_refused_with_the_allowed_methods(client: FlaskClient, scene: Scene) -> None:
    for path in ("/", scene.thread_path, "/api/v1/members", "/logout"):
        answer = client.open(path, method="TRACE")
        assert answer.status_code == 405
        allowed = {"OPTIONS", "POST"} if path == "/logout" else {"GET", "HEAD", "OPTIONS"}
        assert set(answer.headers["Allow"].split(", ")) == allowed
    assert client.open("/nowhere", method="TRACE").status_code == 404


def test_an_internal_error_reveals_only_its_request_id(
    app: Flask,
    client: FlaskClient,
    scene: Scene,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> str:
        raise RuntimeError("SELECT secret FROM /etc/passwd")

    monkeypatch.setitem(app.view_functions, "health.live", broken)
    for address in ("/health/live",):
        answer = client.get(address)
        assert answer.status_code == 500
        check(dict(answer.headers))
        assert answer.headers["X-Request-Id"] in answer.text
        assert not re.search("SELECT|Traceback|RuntimeError|passwd", answer.text)
    assert "SELECT secret" in caplog.text
    with app.app_context():
        session.remove()


def test_images_from_other_sites_are_allowed_only_if_the_operator_allows_them(client: FlaskClient, writing) -> None:  # type: ignore[no-untyped-def]
    picture = "![a moon](https://example.org/moon.png)"
    with writing():
        before = a_thread(body=picture).path
        set_value("remote_images", value=True)
    with writing():
        after = a_thread(body=picture).path
    page = client.get(after)
    assert '<img src="https://example.org/moon.png"' in page.text
    assert "img-src 'self' https:;" in page.headers["Content-Security-Policy"]
    assert "<img" not in client.get(before).text
    with writing():
        set_value("remote_images", value=False)
    wait_until_visible(client.application)
    assert "img-src 'self';" in client.get(before).headers["Content-Security-Policy"]
