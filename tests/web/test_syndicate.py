"""Feeds have full text and stable ids; feeds and the sitemap are answered with 304 only if they are the same."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum import page_versions
from forum.infra import clock
from forum.infra.database.db import session
from forum.models import Board, Member, Post, Thread, Visibility
from forum.moderation import tools
from forum.threads import actions
from forum.threads.queries import find_post, find_thread
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_post, a_thread, hide
from tests.middleware.guests import wait_until_visible

Writing = Callable[[], AbstractContextManager[None]]
Acts = tuple[Callable[[], object], ...]
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
FAR_FUTURE = "Fri, 01 Jan 2100 00:00:00 GMT"
FIRST = "We **build** it.\n\n:::spoiler The end\nIt falls down.\n:::\n\n[Where](/boards/1-space)"


@pytest.fixture
def path(writing: Writing) -> str:
    """Anna's thread in the board Space, with a reply by ben; a moderator exists too."""
    with writing():
        a_member("mona", role="moderator")
        board = a_board("Space")
        thread = a_thread(by=a_member("anna"), board=board, title="A lunar station", body=FIRST)
        a_post(thread=thread, by=a_member("ben"), body="A *second* voice & more")
        return thread.path


def mona() -> Member:
    return session.query(Member).filter_by(username="mona").one()


def entries(client: FlaskClient, feed: str) -> list[Element]:
    root = ElementTree.fromstring(client.get(feed).data)  # noqa: S314 - our own document
    return root.findall(f"{ATOM}entry")


def text_of(element: Element, name: str) -> str:
    return element.findtext(f"{ATOM}{name}") or ""


@pytest.mark.parametrize("feed", ["/feed.atom", "/boards/1-space/feed.atom"])
def test_feeds_of_threads_contain_the_text_of_the_first_post(client: FlaskClient, path: str, feed: str) -> None:
    (entry,) = entries(client, feed)
    content = entry.find(f"{ATOM}content")
    assert content is not None
    assert content.attrib["type"] == "html"
    assert "<p>We <strong>build</strong> it.</p>" in str(content.text)
    assert "The end" in str(content.text)
    assert "falls down" not in str(content.text)
    assert entry.findtext(f"{ATOM}author/{ATOM}uri") == "http://localhost/members/2-anna"


def test_the_feed_of_a_thread_contains_the_text_of_each_post(client: FlaskClient, path: str) -> None:
    second, first = entries(client, f"{path}/feed.atom")
    assert "<p>A <em>second</em> voice &amp; more</p>" in text_of(second, "content")
    assert "falls down" not in text_of(first, "content")


def test_a_very_long_post_is_shortened_in_a_feed(client: FlaskClient, path: str, writing: Writing) -> None:
    with writing():
        a_thread(title="A long story", body="word " * 9_000 + "the very last", board=session.get_one(Board, 1))
    long = entries(client, "/feed.atom")[0]
    assert text_of(long, "title") == "A long story"
    assert len(text_of(long, "content")) < 5_000
    assert text_of(long, "content").startswith("<p>word word")
    assert "the very last" not in text_of(long, "content")


def test_a_thread_without_stored_posts_has_only_a_summary(client: FlaskClient, path: str, writing: Writing) -> None:
    with writing():
        session.query(Post).filter_by(position=1).delete()
        session.query(Thread).update({"base_post_count": 1})
    (entry,) = entries(client, "/feed.atom")
    assert entry.find(f"{ATOM}content") is None
    assert text_of(entry, "summary")


def test_entries_keep_their_ids_when_their_titles_change(client: FlaskClient, path: str, writing: Writing) -> None:
    def names() -> list[str]:
        feeds = ("/feed.atom", "/boards/1-x/feed.atom", "/threads/1-x/feed.atom")
        found = [re.findall("<id>([^<]+)</id>", client.get(feed).text) for feed in feeds]
        return [name for each in found for name in each]

    before = names()
    with writing():
        thread = session.get_one(Thread, 1)
        thread.title, thread.version = "Quite another title", thread.version + 1
        board = session.get_one(Board, 1)
        board.title, board.version = "Moon", board.version + 1
    wait_until_visible(client.application)
    assert names() == before
    assert {name.removeprefix("http://localhost") for name in before} == {
        *("/", "/boards/1", "/threads/1", "/posts/1", "/posts/2"),
    }
    assert client.get("/threads/1").headers["Location"] == "/threads/1-quite-another-title"


FEEDS = ("/feed.atom", "/boards/1-space/feed.atom", "/threads/1-a-lunar-station/feed.atom")


@pytest.mark.parametrize("address", [*FEEDS, "/sitemap.xml", "/sitemaps/1.xml"])
def test_what_is_taken_away_or_comes_back_is_never_hidden_by_a_304(
    client: FlaskClient, path: str, writing: Writing, address: str
) -> None:
    def held() -> None:
        post = find_post(mona(), 2)
        page_versions.lock_thread(post.thread, post)
        hide(post, visibility=Visibility.HELD)
        page_versions.bump_board(1)

    acts: Acts = (
        lambda: actions.delete_post(mona(), find_post(mona(), 2)),
        lambda: actions.undelete_post(mona(), find_post(mona(), 2)),
        held,
        lambda: actions.edit_post(mona(), find_post(mona(), 1), body="Other words"),
        lambda: tools.delete_thread(mona(), find_thread(mona(), 2)),
        lambda: tools.undelete_thread(mona(), find_thread(mona(), 2)),
    )
    with writing():
        a_thread(by=mona(), board=session.get_one(Board, 1), title="Another")
    before = client.get(address)
    assert client.get(address, headers={"If-None-Match": before.headers["ETag"]}).status_code == 304
    for act in acts:
        with writing():
            act()
        wait_until_visible(client.application)
        after = client.get(address)
        for condition in ({"If-None-Match": before.headers["ETag"]}, {"If-Modified-Since": FAR_FUTURE}):
            again = client.get(address, headers=condition)
            is_same = after.data == before.data and "If-None-Match" in condition
            assert (again.status_code, again.data) == ((304, b"") if is_same else (200, after.data))
        before = after


@pytest.mark.parametrize("who", [None, "anna"])
def test_feeds_and_the_sitemap_have_modification_times_and_are_not_sent_again_unchanged(
    client: FlaskClient, path: str, writing: Writing, who: str | None
) -> None:
    if who:
        log_in(client, who)
    for address in (*FEEDS, "/sitemap.xml", "/sitemaps/1.xml"):
        first = client.get(address)
        with writing():
            newest = find_post(None, 2).created_at.replace(microsecond=0)
        assert parsedate_to_datetime(first.headers["Last-Modified"]) == newest
        again = client.get(address, headers={"If-None-Match": first.headers["ETag"], "If-Modified-Since": FAR_FUTURE})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        assert client.get(address, headers={"If-None-Match": '"nothing"'}).status_code == 200


@pytest.fixture
def moments(app: Flask, client: FlaskClient, path: str, writing: Writing) -> Callable[[str, Acts], list[datetime]]:
    """The modification times of a feed, at first and after each of some actions, which are a day apart."""

    def seen(feed: str, acts: Acts) -> list[datetime]:
        found = [client.get(feed).headers["Last-Modified"]]
        for number, act in enumerate(acts):
            with clock.frozen_at(clock.now() + timedelta(days=number + 1)), writing():
                act()
            wait_until_visible(app)
            found.append(client.get(feed).headers["Last-Modified"])
        return [parsedate_to_datetime(each) for each in found]

    return seen


@pytest.mark.parametrize("feed", ["/feed.atom", "/boards/1-space/feed.atom"])
def test_a_feed_of_threads_changes_after_every_action_on_them(
    moments: Callable[[str, Acts], list[datetime]], feed: str
) -> None:
    acts: Acts = (
        lambda: actions.edit_post(mona(), find_post(mona(), 1), body="Other words"),
        lambda: a_post(thread=find_thread(None, 1), by=mona(), body="A third"),
        lambda: a_thread(by=mona(), board=session.get_one(Board, 1)),
        lambda: tools.delete_thread(mona(), find_thread(mona(), 2)),
    )
    seen = moments(feed, acts)
    assert seen == sorted(set(seen))


def test_the_feed_of_a_thread_changes_after_every_action_on_its_posts(
    moments: Callable[[str, Acts], list[datetime]], path: str
) -> None:
    acts: Acts = (
        lambda: actions.edit_post(mona(), find_post(mona(), 1), body="Other words"),
        lambda: a_post(thread=find_thread(None, 1), by=mona(), body="A third"),
        lambda: actions.delete_post(mona(), find_post(mona(), 2)),
        lambda: actions.delete_post(mona(), find_post(mona(), 3)),
    )
    seen = moments(f"{path}/feed.atom", acts)
    assert seen == sorted(set(seen))


def test_an_empty_forum_has_feeds_and_a_sitemap(client: FlaskClient) -> None:
    for address in ("/feed.atom", "/sitemap.xml"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert "Last-Modified" not in answer.headers


def places(client: FlaskClient) -> dict[str, str | None]:
    root = ElementTree.fromstring(client.get("/sitemap.xml").data)  # noqa: S314 - our own document
    return {str(each.findtext(f"{SITEMAP}loc")): each.findtext(f"{SITEMAP}lastmod") for each in root}


def test_the_sitemap_lists_boards_too(client: FlaskClient, path: str, writing: Writing) -> None:
    with writing():
        outer = a_board("Outer", is_category=True)
        a_board("Empty", parent_id=outer.id)
        hidden = a_board("Hidden", audience="member")
        a_board("Below", parent_id=hidden.id)
    found = {address.removeprefix("http://localhost"): moment for address, moment in places(client).items()}
    assert list(found) == ["/", "/boards/1-space", "/boards/2-outer", "/boards/3-empty", path]
    assert found["/boards/1-space"] == found[path]
    assert found["/boards/3-empty"] is None
