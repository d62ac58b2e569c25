"""Feeds, sitemaps and JSON are well-formed, whatever older rows contain."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.infra.text.characters import without_forbidden
from forum.models import Post
from forum.site.actions import set_value
from tests.factories import a_board, a_member, a_thread

Writing = Callable[[], AbstractContextManager[None]]
HELD = "\x01\x0b\x1f\ufdd0\ufffe\uffff\U0001ffff\U0010fffe"


@pytest.fixture
def paths(writing: Writing) -> dict[str, str]:
    """A thread and its board as stored before input was cleaned."""
    with writing():
        thread = a_thread(by=a_member("anna"), board=a_board("Space"), title="A title", body="Some words")
        thread.title, thread.starter.username, thread.board.title = f"A{HELD} title", f"an{HELD}na", f"Sp{HELD}ace"
        post = session.query(Post).filter_by(thread_id=thread.id).one()
        post.html = post.source = f"Some{HELD} words"
        set_value("name", f"For{HELD}um")
        session.flush()
        return {"thread": thread.path, "board": thread.board.path, "number": str(thread.id)}


@pytest.mark.parametrize("path", ["/feed.atom", "{board}/feed.atom", "{thread}/feed.atom", "/sitemap.xml"])
def test_characters_forbidden_in_xml_are_left_out_of_feeds_and_sitemaps(
    client: FlaskClient, paths: dict[str, str], path: str
) -> None:
    answer = client.get(path.format(**paths))
    ElementTree.fromstring(answer.data)  # noqa: S314 - our own document
    assert answer.text == without_forbidden(answer.text)
    assert "Forum" in answer.text or "sitemap" in path


def test_noncharacters_are_left_out_of_json(client: FlaskClient, paths: dict[str, str]) -> None:
    for path in ("", "/posts"):
        text = client.get(f"/api/v1/threads/{paths['number']}{path}").text
        assert "title" in text
        assert text == without_forbidden(text)
