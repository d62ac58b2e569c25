"""What's new leaves out what is muted, and lists what is watched and where one has written."""

import pytest
from sqlalchemy import select

from forum.boards import queries as boards
from forum.infra.database.db import session
from forum.models import Board, Member, Thread, WatchLevel
from forum.threads.lists import Only, all_threads, new_threads
from forum.watching.actions import choose_for_board, choose_for_thread
from tests.factories import a_board, a_group, a_list, a_member, a_post, a_thread, an_entry

SITE, OFF, MUTED = WatchLevel.SITE, WatchLevel.OFF, WatchLevel.MUTED
pytestmark = pytest.mark.usefixtures("app_in_context")


def new(actor: Member | None, *, unread: bool = False, only: Only = ()) -> list[int]:
    rows, page = new_threads(actor, number=1, unread=unread, only=only)
    assert page.total == len(rows)
    return [row.thread.id for row in rows]


def ids(*threads: Thread) -> list[int]:
    return [thread.id for thread in threads]


@pytest.fixture
def ben() -> Member:
    return a_member("ben", read_all_at=None)


def test_muted_threads_and_boards_are_not_among_the_new_ones(ben: Member) -> None:
    top = a_board()
    below, other = a_board(parent_id=top.id), a_board()
    kept, muted, in_top, in_below = (a_thread(board=board) for board in (other, other, top, below))
    choose_for_thread(ben, muted, MUTED)
    choose_for_board(ben, top, MUTED)
    assert new(ben) == new(ben, unread=True) == ids(kept)
    choose_for_board(ben, below, SITE)
    assert new(ben) == new(ben, unread=True) == ids(in_below, kept)
    assert set(new(None)) == set(ids(kept, muted, in_top, in_below))
    assert {row.thread.id for row in all_threads(ben)[0]} == set(ids(kept, muted, in_top, in_below))


def test_a_muted_thread_is_left_out_though_it_is_pinned_everywhere(ben: Member) -> None:
    pinned, plain = a_thread(), a_thread()
    pinned.is_pinned = pinned.is_pinned_everywhere = True
    session.flush()
    choose_for_thread(ben, pinned, MUTED)
    assert new(ben) == ids(plain)


def test_lists_beside_pages_and_unread_boards_leave_it_out_too(ben: Member) -> None:
    board = a_board()
    kept, muted = a_thread(board=board), a_thread()
    session.flush()
    choose_for_thread(ben, muted, MUTED)
    tree = boards.tree(ben)
    shown = boards.latest_of(ben, tree)
    assert [line.id for line in shown.everywhere] == ids(kept)
    assert [line.id for block in shown.blocks for line in block.threads] == ids(kept)
    unread = {row.board.id for section in boards.sections(ben, tree) for row in section.rows if row.is_unread}
    assert unread == {board.id}


@pytest.mark.parametrize("sort", ["latest", "new", "replies"])
def test_watched_and_participated_narrow_lists(ben: Member, sort: str) -> None:
    board = a_board()
    started = a_thread(board=board, by=ben)
    answered, watched, muted, _ = (a_thread(board=board) for _ in range(4))
    a_post(thread=answered, by=ben)
    choose_for_thread(ben, answered, OFF)
    choose_for_thread(ben, watched, SITE)
    choose_for_thread(ben, muted, MUTED)

    def shown(only: Only, **more: object) -> set[int]:
        rows, _ = all_threads(ben, sort=sort, only=only, **more)  # type: ignore[arg-type]
        return {row.thread.id for row in rows}

    assert shown(("watched",)) == shown(("watched",), board=board) == {*ids(started, watched)}
    assert shown(("participated",)) == {*ids(started, answered)}
    assert shown(("watched", "participated")) == {*ids(started)}
    assert shown(("watched",), unread=True) == {*ids(watched)}
    assert shown(("watched",), board=a_board()) == set()


def test_filters_show_nothing_hidden(ben: Member) -> None:
    board = a_board()
    thread = a_thread(board=board)
    a_post(thread=thread, by=ben)
    assert new(ben, only=("watched",)) == new(ben, only=("participated",)) == ids(thread)
    a_list(session.scalars(select(Board).where(Board.id == board.id)).one(), an_entry(a_group()))
    assert new(ben, only=("watched",)) == new(ben, only=("participated",)) == []
