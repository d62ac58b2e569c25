"""The list of a board leads to threads that were moved to another board, or merged into a thread there."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from forum.admin.undo.actions import logged_entry, undo
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.models import Board, LogEntry, Member, MovedThread, Thread
from forum.moderation import bulk, timed_states, tools
from forum.moderation.regrouping.merging import merge_threads
from forum.threads.lists import ThreadRow, threads_in_board
from tests.admin.pages import parsed
from tests.factories import a_board, a_group, a_list, a_member, a_thread, an_entry
from tests.middleware.guests import Writing


def rows(actor: Member | None, board: Board, *, number: int = 1) -> list[ThreadRow]:
    return threads_in_board(actor, board, number=number, others=True)[0]


def moved(actor: Member | None, board: Board) -> list[str]:
    return [row.thread.title for row in rows(actor, board) if row.is_moved]


def test_a_moved_thread_stays_in_its_old_list_for_some_days(app_in_context: Flask) -> None:
    mona, here, there = a_member(role="moderator"), a_board(), a_board()
    a_thread(board=here, title="Older")
    thread = a_thread(board=here, title="On the move")
    a_thread(board=here, title="Newer")
    tools.move_thread(mona, thread, board=there, redirect_days=7)
    assert [(row.thread.title, row.is_moved) for row in rows(None, here)] == [
        ("Newer", False),
        ("On the move", True),
        ("Older", False),
    ]
    assert moved(None, there) == []
    assert threads_in_board(None, here, number=1)[1].total == 2
    session.commit()
    with clock.frozen_at(clock.now() + timedelta(days=7, minutes=1)):
        assert moved(None, here) == []
        timed_states.apply_due()
    assert session.query(MovedThread).count() == 0


def test_without_days_no_row_is_left_and_with_none_of_them_it_stays_for_good(app_in_context: Flask) -> None:
    mona, here, there = a_member(role="moderator"), a_board(), a_board()
    tools.move_thread(mona, a_thread(board=here, title="Gone"), board=there)
    tools.move_thread(mona, a_thread(board=here, title="Told of"), board=there, redirect_days=0)
    session.commit()
    with clock.frozen_at(clock.now() + timedelta(days=9999)):
        timed_states.apply_due()
        assert moved(None, here) == ["Told of"]


def test_nobody_reads_of_a_thread_where_they_do_not_see_it_now(app_in_context: Flask) -> None:
    mona, here, hidden = a_member(role="moderator"), a_board(), a_board()
    a_list(hidden, an_entry(a_group("Staff", mona), moderates=True))
    tools.move_thread(mona, a_thread(board=here, title="Secret now"), board=hidden, redirect_days=0)
    assert rows(None, here) == rows(a_member(), here) == []
    assert moved(mona, here) == ["Secret now"]


def test_a_deleted_thread_leaves_no_row(app_in_context: Flask) -> None:
    mona, here, there = a_member(role="moderator"), a_board(), a_board()
    thread = a_thread(board=here)
    tools.move_thread(mona, thread, board=there, redirect_days=0)
    tools.delete_thread(mona, thread)
    assert rows(None, here) == rows(mona, here) == []


def test_undoing_a_move_removes_the_row_and_moving_on_leaves_another(app_in_context: Flask) -> None:
    mona, here, there, third = a_member(role="moderator"), a_board(), a_board(), a_board()
    thread = a_thread(board=here, title="Traveller")
    tools.move_thread(mona, thread, board=there, redirect_days=7)
    tools.move_thread(mona, thread, board=third, redirect_days=7)
    assert moved(None, here) == moved(None, there) == ["Traveller"]
    entry_id = session.query(LogEntry.id).order_by(LogEntry.id.desc()).limit(1).scalar()
    undo(mona, logged_entry(entry_id or 0))
    assert (moved(None, here), moved(None, there), moved(None, third)) == (["Traveller"], [], [])
    assert [row.thread.title for row in rows(None, there)] == ["Traveller"]


def test_a_move_that_is_undone_and_done_again_leaves_the_row_again(app_in_context: Flask) -> None:
    mona, here, there = a_member(role="moderator"), a_board(), a_board()
    thread, plain = a_thread(board=here, title="Traveller"), a_thread(board=here, title="Silent")
    tools.move_thread(mona, thread, board=there, redirect_days=7)
    for states in ([], ["Traveller"], [], ["Traveller"]):
        newest = session.query(LogEntry.id).order_by(LogEntry.id.desc()).limit(1).scalar()
        undo(mona, logged_entry(newest or 0))
        assert (moved(None, here), moved(None, there)) == (states, [])
    until = session.query(MovedThread.shown_until).scalar()
    assert until is not None
    assert timedelta(days=6) < until - clock.now() <= timedelta(days=7)
    tools.move_thread(mona, plain, board=there)
    for _ in range(2):
        newest = session.query(LogEntry.id).order_by(LogEntry.id.desc()).limit(1).scalar()
        undo(mona, logged_entry(newest or 0))
    assert (plain.board_id, moved(None, here)) == (there.id, ["Traveller"])


def test_rows_follow_a_thread_that_is_merged(app_in_context: Flask) -> None:
    mona, first, second, third = a_member(role="moderator"), a_board(), a_board(), a_board()
    thread, into = a_thread(board=first, title="Source"), a_thread(board=third, title="Target")
    tools.move_thread(mona, thread, board=second, redirect_days=0)
    merge_threads(mona, [thread], into, redirect_days=7)
    assert moved(None, first) == moved(None, second) == ["Target"]
    assert moved(None, third) == []


def test_many_are_moved_with_a_redirect_and_the_page_shows_them_quietly(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    with writing():
        mona, here, there = a_member(role="moderator"), a_board("Here"), a_board("There")
        ids = [a_thread(board=here, title=f"Thread {number}").id for number in range(3)]
        mona_id, there_id = mona.id, there.id
    with app.app_context():
        with transaction():
            mona = session.get_one(Member, mona_id)
            begun = bulk.start(mona, "move", ids, board_id=there_id, redirect_days=30).entry_id
        bulk.run(begun, bulk.PERFORM, seconds=60)
        assert session.query(Thread).filter_by(board_id=there_id).count() == 3
    page = parsed(client.get("/boards/1-here"))
    lines = page.select("li.moved")
    assert len(lines) == 3
    assert "There" in lines[0].get_text()
    assert lines[0].select_one(".row-title a")["href"].startswith("/threads/")  # type: ignore[index,union-attr]
