"""Whatever a text contains, every page that shows it shows it as text."""

import json
import re

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.models import Board, Member, Post, SiteSetting, Thread
from forum.site.actions import set_value
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_post, a_thread
from tests.parts import in_ci
from tests.trust.crawl import Scene, a_scene, addresses

pytestmark = pytest.mark.slow

TEXTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "</title><svg onload=alert(1)>",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "javascript:alert(1)//",
    "</textarea><script>alert(1)</script>",
    "<!--",
    "]]><x/>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u2028\u2029\u202e",
    "%3Cscript%3E",
)
HANDLER = re.compile(r"^on[a-z]+$")


def check_page(text: str, where: str) -> None:
    soup = BeautifulSoup(text, "html.parser")
    for script in soup.find_all("script"):
        if script.get("type") == "application/ld+json":  # data, which no browser executes
            assert json.loads(script.text)["@context"] == "https://schema.org"
            assert "<" not in script.text, (where, script)
            continue
        assert str(script.get("src", "")).startswith("/static/"), (where, script)
    for tag in soup.find_all(True):
        assert not [name for name in tag.attrs if HANDLER.match(name)], (where, str(tag)[:200])
        for name in ("href", "src", "action", "formaction"):
            assert not str(tag.get(name, "")).lower().lstrip().startswith(("javascript:", "data:", "vbscript:")), (
                where,
                tag,
            )
    assert not soup.find("img", src="x"), where
    assert "49${" not in text, where


@pytest.mark.parametrize("text", TEXTS if in_ci() else ["".join(TEXTS[:2]), TEXTS[7]])
def test_a_text_is_shown_as_text_everywhere(app: Flask, client: FlaskClient, writing, text: str) -> None:  # type: ignore[no-untyped-def]
    with writing():
        scene: Scene = a_scene()
        plant(scene, text)
    log_in(client, "olaf")
    for visitor in (client, app.test_client()):
        for _, address in addresses(app, scene, ("GET",)):
            answer = visitor.get(address)
            if answer.mimetype == "text/html":
                check_page(answer.text, address)
    found = client.get("/search", query_string={"q": text, "author": text})
    check_page(found.text, "/search")


def plant(scene: Scene, text: str) -> None:
    """Store a text in every text column, bypassing input validation."""
    for member in session.query(Member):
        member.custom_title, member.country, member.location, member.about = text[:60], text[:60], text[:60], text
    session.query(Thread).filter_by(id=scene.values["thread_id"]).one().title = text
    session.query(Board).filter_by(id=scene.values["board_id"]).one().title = text
    post = session.query(Post).filter_by(id=scene.values["post_id"]).one()
    post.delete_reason = text
    assert session.get(SiteSetting, "name") is not None
    set_value("name", text)
    set_value("description", text)
    a_thread(title=f"Text {text}"[:150], body=f"Body {text}", board=a_board(f"B {text}"))
    a_member(f"x {text}"[:40])


def test_a_post_cannot_cover_or_stretch_the_page(client: FlaskClient, writing) -> None:  # type: ignore[no-untyped-def]
    with writing():
        thread = a_thread(body="a" + "\u0301" * 10_000 + "\n\n" + "w" * 5000 + "\n\n\u202emirrored")
        a_post(thread=thread, body='<div style="position:fixed;inset:0">cover</div> <details><details><details>')
        path = thread.path
    html = client.get(path).text
    body = BeautifulSoup(html, "html.parser").select(".post-body")
    assert len(body) == 2
    assert all("style" not in tag.attrs for part in body for tag in part.find_all(True))
    assert html.count("\u0301") < 100
    assert "\u202e" not in html
    assert not body[1].find("details")


def test_the_preview_equals_the_stored_html_and_is_not_cached(client: FlaskClient, writing) -> None:  # type: ignore[no-untyped-def]
    source = (
        "# Title\n\n> [anna said:](/posts/1)\n> words\n\n:coffee: @anna https://example.org **b**\n\n:::spoiler\nx\n:::"
    )
    with writing():
        a_member("anna")
        thread = a_thread(body=source)
        path, stored = thread.path, session.query(Post).filter_by(thread_id=thread.id).one().html
    assert client.post("/preview", data={"body": source}).status_code == 403
    log_in(client, "anna")
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert token is not None
    answer = client.post("/preview", data={"body": source, "csrf_token": token[1]})
    assert answer.get_json()["html"] == stored
    assert "no-store" in answer.headers["Cache-Control"]
