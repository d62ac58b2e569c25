"""A URL with a trailing slash redirects to the canonical URL without it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.server.asgi import AsgiForum
from tests.server.asgi_client import ask
from tests.server.event_loop import run
from tests.trust.crawl import Scene, a_scene, addresses


@pytest.fixture
def scene(writing) -> Scene:  # type: ignore[no-untyped-def]
    with writing():
        return a_scene()


def test_every_page_with_a_trailing_slash_redirects_to_the_page(app: Flask, client: FlaskClient, scene: Scene) -> None:
    for _, address in addresses(app, scene, ("GET",)):
        if address != "/":
            answer = client.get(f"{address}/?page=2&q=a%20b")
            assert answer.status_code == 301, address
            assert answer.headers["Location"] == f"{address}?page=2&q=a%20b", address


def test_a_post_to_a_url_with_a_trailing_slash_is_redirected_with_its_method(client: FlaskClient) -> None:
    for method, address in (
        ("POST", "/login"),
        ("POST", "/threads/1-x/reply"),
        ("POST", "/api/v1/threads/1/posts"),
        ("DELETE", "/api/v1/posts/1"),
    ):
        answer = client.open(f"{address}/", method=method, data=b"{}")
        assert (answer.status_code, answer.headers["Location"]) == (308, address)


def test_guests_served_from_the_cache_are_redirected_too(app: Flask, scene: Scene) -> None:
    forum = AsgiForum(app)

    async def scenario() -> None:
        for _ in range(2):
            await ask(forum, "GET", scene.thread_path)
            answer = await ask(forum, "GET", f"{scene.thread_path}/?utm_source=x&page=2")
            assert answer.status == 301
            assert answer.headers["location"] == f"{scene.thread_path}?utm_source=x&page=2"

    try:
        run(scenario())
    finally:
        forum.close()


@pytest.mark.parametrize("path", ["/nowhere/", "/members/1-anna/posts/", "/boards/", "/threads/x/", "/static/x/"])
def test_a_url_that_is_invalid_without_the_slash_is_not_found(client: FlaskClient, scene: Scene, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "path", ["//evil.test/", "/%2f/evil.test/", "/%5cevil.test/", "//evil.test/members/", "/members/%0d%0aX:y/"]
)
def test_nobody_is_redirected_to_another_site(app: Flask, scene: Scene, path: str) -> None:
    forum = AsgiForum(app)
    answer = run(ask(forum, "GET", path))
    forum.close()
    assert answer.status in {301, 308, 404}
    target = answer.headers.get("location", "/").removeprefix("http://localhost")
    assert target.startswith("/")
    assert not target.startswith(("//", "/\\"))
    assert "x" not in answer.headers


def test_titles_in_other_scripts_are_kept_in_the_redirect(client: FlaskClient, scene: Scene) -> None:
    answer = client.get("/threads/1-%E6%B1%82%E5%B8%AE%E5%8A%A9/")
    assert answer.headers["Location"] == "/threads/1-%E6%B1%82%E5%B8%AE%E5%8A%A9"
