"""Read marks: what is unread, and where a member continues reading."""

from datetime import timedelta

from flask import Flask

from forum.boards.queries import sections, tree
from forum.infra import clock
from forum.threads import lists, queries, read_marks
from tests.factories import a_board, a_member, a_post, a_thread


def unread_titles(member: object, **more: object) -> list[str]:
    rows, _ = lists.all_threads(member, unread=True, **more)  # type: ignore[arg-type]
    return [row.thread.title for row in rows]


def test_a_thread_is_unread_until_its_last_position_was_displayed(app_in_context: Flask) -> None:
    anna, thread = a_member(), a_thread(title="News")
    a_post(thread=thread)
    assert unread_titles(anna) == ["News"]
    read_marks.mark_read(anna, thread, 1)
    assert unread_titles(anna) == ["News"]
    read_marks.mark_read(anna, thread, 2)
    assert unread_titles(anna) == []
    a_post(thread=thread)
    assert unread_titles(anna) == ["News"]


def test_a_read_mark_never_moves_back(app_in_context: Flask) -> None:
    anna, thread = a_member(), a_thread()
    for _ in range(4):
        a_post(thread=thread)
    read_marks.mark_read(anna, thread, 5)
    read_marks.mark_read(anna, thread, 2)
    assert queries.open_thread(anna, thread.id).read_position == 5


def test_continuing_leads_to_the_first_unread_post_on_its_page(app_in_context: Flask) -> None:
    anna, thread = a_member(), a_thread()
    for _ in range(24):
        a_post(thread=thread)
    assert queries.unread_address(anna, thread) == thread.path
    read_marks.mark_read(anna, thread, 22)
    assert queries.unread_address(anna, thread) == f"{thread.path}?page=2#post-23"
    read_marks.mark_read(anna, thread, 25)
    assert queries.unread_address(anna, thread) == f"{thread.path}?page=2#post-25"


def test_a_board_marked_read_is_read_until_somebody_posts(app_in_context: Flask) -> None:
    anna, board = a_member(), a_board()
    thread = a_thread(board=board)
    other = a_thread(title="Elsewhere")
    read_marks.mark_board_read(anna, board)
    assert unread_titles(anna) == ["Elsewhere"]
    rows = [row for section in sections(anna, tree(anna)) for row in section.rows]
    assert {row.board.id: row.is_unread for row in rows} == {board.id: False, other.board_id: True}
    with clock.frozen_at(clock.now() + timedelta(minutes=1)):
        a_post(thread=thread)
    assert len(unread_titles(anna)) == 2


def test_everything_marked_read_is_read(app_in_context: Flask) -> None:
    anna = a_member()
    a_thread()
    a_thread()
    read_marks.mark_all_read(anna)
    assert unread_titles(anna) == []


def test_a_guest_has_nothing_unread_and_sees_no_hidden_board(app_in_context: Flask) -> None:
    a_thread(title="For all to see")
    a_thread(by=a_member(role="admin"), board=a_board(audience="admin"), title="Behind doors")
    rows, page = lists.all_threads(None)
    assert [(row.thread.title, row.is_unread) for row in rows] == [("For all to see", False)]
    assert page.total == 1
