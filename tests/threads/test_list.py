"""What lists contain, and how long they claim to be."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.boards import unread as unread_queries
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.errors import NotFound
from forum.moderation import tools
from forum.threads import actions, list_queries, lists, read_marks, sitemap
from tests.factories import a_board, a_member, a_post, a_thread


def titles(rows: list[lists.ThreadRow]) -> list[str]:
    return [row.thread.title for row in rows]


@pytest.mark.parametrize("sort", lists.SORTS)
def test_pinned_threads_come_first_in_their_board_but_not_in_other_lists(app_in_context: Flask, sort: str) -> None:
    board, moderator = a_board(), a_member(role="moderator")
    for number in range(4):
        with clock.frozen_at(clock.now() + timedelta(minutes=number)):
            thread = a_thread(board=board, title=f"Thread {number}")
            thread.view_count = number
            for _ in range(number):
                a_post(thread=thread)
            if number == 1:
                tools.pin(moderator, thread)
    session.flush()
    session.refresh(board)
    assert titles(lists.threads_in_board(None, board, number=1, sort=sort)[0]) == [
        "Thread 1",
        "Thread 3",
        "Thread 2",
        "Thread 0",
    ]
    by_key = [f"Thread {number}" for number in (3, 2, 1, 0)]
    assert titles(lists.all_threads(None, sort=sort, board=board)[0]) == by_key
    assert titles(lists.all_threads(None, sort=sort)[0]) == by_key


def test_deleted_threads_are_counted_only_for_those_who_see_them(app_in_context: Flask) -> None:
    board, moderator = a_board(), a_member(role="moderator")
    threads = [a_thread(board=board) for _ in range(3)]
    a_thread()
    tools.delete_thread(moderator, threads[0])
    session.refresh(board)
    for actor, here, everywhere in ((None, 2, 3), (a_member(), 2, 3), (moderator, 3, 4)):
        rows, page = lists.threads_in_board(actor, board, number=1)
        assert (len(rows), page.total) == (here, here)
        rows, page = lists.all_threads(actor)
        assert (len(rows), page.total) == (everywhere, everywhere)


def test_a_board_hidden_from_a_reader_adds_nothing_to_any_list(app_in_context: Flask) -> None:
    admin = a_member(role="admin")
    hidden = a_thread(by=admin, board=a_board(audience="admin"))
    a_post(thread=hidden, by=admin)
    mine = a_thread(by=admin)
    assert lists.all_threads(None)[1].total == 1
    assert lists.all_threads(admin)[1].total == 2
    assert titles(lists.threads_of(None, admin, 1)[0]) == [mine.title]
    posts, page = lists.posts_of(None, admin, 1)
    assert ([post.thread_id for post in posts], page.total) == ([mine.id], 1)
    assert lists.posts_of(admin, admin, 1)[1].total == 3


def test_a_profile_lists_deleted_posts_for_moderators_only(app_in_context: Flask) -> None:
    ben, moderator = a_member(), a_member(role="moderator")
    post = a_post(by=ben)
    a_post(by=ben)
    actions.delete_post(moderator, post)
    assert [lists.posts_of(actor, ben, 1)[1].total for actor in (None, ben, moderator)] == [1, 1, 2]


def test_a_list_is_counted_only_some_pages_ahead(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forum.infra.database.bounded_count.PAGES_AHEAD", 1)
    ben, thread = a_member(), a_thread()
    for _ in range(65):
        a_post(thread=thread, by=ben)
    pages = [lists.posts_of(None, ben, number)[1] for number in (1, 2, 3, 4)]
    assert [(page.total, page.next) for page in pages] == [(40, 2), (60, 3), (65, 4), (65, None)]
    with pytest.raises(NotFound):
        lists.posts_of(None, ben, 5)


def test_unread_threads_are_searched_among_the_newest(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (list_queries, unread_queries):
        monkeypatch.setattr(module, "UNREAD_SCAN_THREADS", 3)
    list_queries.unread.cache_clear()
    anna = a_member()
    threads = [a_thread(title=f"Thread {number}") for number in range(5)]
    read_marks.mark_read(anna, threads[3], 1)
    for sort in lists.SORTS:
        rows, page = lists.all_threads(anna, unread=True, sort=sort)
        assert sorted(titles(rows)) == ["Thread 2", "Thread 4"]
        assert page.total == 2
    (row,) = lists.all_threads(anna, unread=True, board=threads[4].board)[0]
    assert row.thread is threads[4]
    list_queries.unread.cache_clear()


def test_a_thread_without_a_visible_post_is_not_unread(app_in_context: Flask) -> None:
    anna, thread = a_member(), a_thread()
    thread.last_visible_position = 0
    session.flush()

    assert lists.all_threads(anna, unread=True)[0] == []


def test_a_large_forums_sitemap_is_split_into_parts(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "PART", 2)
    with app.app_context(), transaction():
        threads = [a_thread().path for _ in range(3)]
        deleted = a_thread()
        tools.delete_thread(a_member(role="moderator"), deleted)
        gone = deleted.path
    assert "<loc>http://localhost/sitemaps/2.xml</loc>" in client.get("/sitemap.xml").text
    parts = [client.get(f"/sitemaps/{number}.xml").text for number in (1, 2)]
    assert all(f"<loc>http://localhost{path}</loc>" in parts[number // 2] for number, path in enumerate(threads))
    assert gone not in parts[1]
    assert client.get("/sitemaps/3.xml").status_code == 404
