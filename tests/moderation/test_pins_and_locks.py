"""Threads are pinned everywhere or until a time, and locked from a time on or until one, with a reason."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.admin.undo.actions import logged_entry, undo
from forum.archive.role_lists import OPEN, list_of_roles
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.models import Board, LogEntry, Member, Thread
from forum.moderation import timed_states, tools
from forum.threads import actions
from forum.threads.lists import new_threads, threads_in_board
from forum.threads.queries import find_thread
from tests.admin.pages import error_at, parsed
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_group, a_list, a_member, a_thread, an_entry
from tests.query_plans import full_scans, sqlite_plans

Writing = Callable[[], AbstractContextManager[None]]
HOUR = timedelta(hours=1)


def titles(actor: Member | None, board: Board) -> list[str]:
    return [row.thread.title for row in threads_in_board(actor, board, number=1, others=True)[0]]


def undo_newest(actor: Member) -> None:
    session.flush()
    entry_id = session.query(LogEntry.id).order_by(LogEntry.id.desc()).limit(1).scalar()
    undo(actor, logged_entry(entry_id or 0))


def at(moment: datetime) -> AbstractContextManager[None]:
    """Let the job run at a moment."""
    return clock.frozen_at(moment)


def test_a_thread_pinned_everywhere_is_on_top_of_all_lists(app_in_context: Flask) -> None:
    mona, here, there = a_member(role="moderator"), a_board(), a_board()
    pinned = a_thread(board=here, title="Rules of the house")
    a_thread(board=here, title="Newer here")
    local = a_thread(board=there, title="Pinned there")
    a_thread(board=there, title="Newer there")
    tools.pin(mona, local)
    tools.set_pin(mona, pinned, everywhere=True)
    assert titles(None, here) == ["Rules of the house", "Newer here"]
    assert titles(None, there) == ["Rules of the house", "Pinned there", "Newer there"]
    new = [row.thread.title for row in new_threads(None, number=1, unread=False)[0]]
    assert new == ["Rules of the house", "Newer there", "Pinned there", "Newer here"]
    assert [row.thread.title for row in threads_in_board(None, there, number=1)[0]] == ["Pinned there", "Newer there"]
    tools.delete_thread(mona, pinned)
    assert titles(mona, there) == ["Pinned there", "Newer there"]


def test_nobody_reads_of_a_pinned_thread_in_a_board_that_they_do_not_see(app_in_context: Flask) -> None:
    mona, hidden, board = a_member(role="moderator"), a_board(), a_board()
    a_list(hidden, an_entry(a_group("Staff", mona), moderates=True))
    secret = a_thread(board=hidden, title="A secret", by=mona)
    tools.set_pin(mona, secret, everywhere=True)
    assert titles(None, board) == titles(a_member(), board) == []
    assert titles(mona, board) == ["A secret"]


def test_only_few_threads_are_pinned_everywhere_and_only_by_those_who_moderate_all(app_in_context: Flask) -> None:
    mona, anna, board = a_member(role="moderator"), a_member(), a_board()
    a_board("Not of anna")
    a_list(board, *list_of_roles(*OPEN), an_entry(a_group("Keepers", anna), moderates=True))
    threads = [a_thread(board=board) for _ in range(tools.MAX_PINNED_EVERYWHERE + 1)]
    with pytest.raises(Forbidden, match="all boards"):
        tools.set_pin(anna, threads[0], everywhere=True)
    for thread in threads[:-1]:
        tools.set_pin(mona, thread, everywhere=True)
    with pytest.raises(Conflict, match="pinned everywhere already"):
        tools.set_pin(mona, threads[-1], everywhere=True)
    tools.set_pin(anna, threads[0], everywhere=True, until=clock.now() + HOUR)  # stays as it is, until a time
    tools.unpin(anna, threads[0])
    tools.set_pin(mona, threads[-1], everywhere=True)


def test_a_pin_ends_at_its_time_and_the_log_says_so(app_in_context: Flask) -> None:
    mona, thread = a_member(role="moderator"), a_thread()
    until = clock.now() + HOUR
    tools.set_pin(mona, thread, everywhere=True, until=until)
    session.commit()
    assert timed_states.apply_due() == 0
    with at(until + timedelta(seconds=1)):
        assert timed_states.apply_due() == 1
        assert timed_states.apply_due() == 0
    thread = session.get_one(Thread, thread.id, populate_existing=True)
    assert (thread.is_pinned, thread.is_pinned_everywhere, thread.pinned_until) == (False, False, None)
    assert [entry.action for entry in session.query(LogEntry).order_by(LogEntry.id)] == ["pin-thread", "end-pin"]


def test_a_thread_is_locked_from_a_time_on_and_open_again_later(app_in_context: Flask) -> None:
    mona, anna, thread = a_member(role="moderator"), a_member(), a_thread()
    begin, end = clock.now() + HOUR, clock.now() + 2 * HOUR
    tools.set_lock(mona, thread, at=begin, until=end, reason="The vote\nis over")
    session.commit()
    actions.reply(anna, find_thread(anna, thread.id), body="Still open.")
    session.commit()
    with at(begin + timedelta(seconds=1)):
        timed_states.apply_due()
        locked = find_thread(anna, thread.id)
        assert (locked.is_locked, locked.lock_reason, locked.locked_until) == (True, "The vote is over", end)
        with pytest.raises(Forbidden, match="locked"):
            actions.reply(anna, locked, body="Closed?")
        session.rollback()
    with at(end + timedelta(seconds=1)):
        timed_states.apply_due()
    reopened = session.get_one(Thread, thread.id, populate_existing=True)
    assert (reopened.is_locked, reopened.lock_reason, reopened.locked_until) == (False, "", None)
    acts = [entry.action for entry in session.query(LogEntry).order_by(LogEntry.id)]
    assert acts == ["lock-thread", "begin-lock", "end-lock"]


def test_a_job_that_was_late_leaves_a_thread_open_whose_lock_is_over(app_in_context: Flask) -> None:
    mona, thread = a_member(role="moderator"), a_thread()
    tools.set_lock(mona, thread, at=clock.now() + HOUR, until=clock.now() + 2 * HOUR)
    session.commit()
    with at(clock.now() + 3 * HOUR):
        timed_states.apply_due()
    assert not session.get_one(Thread, thread.id, populate_existing=True).is_locked


def test_times_must_be_in_the_future_and_in_their_order(app_in_context: Flask) -> None:
    mona, thread, now = a_member(role="moderator"), a_thread(), clock.now()
    acts: dict[str, Callable[[], None]] = {
        "pinned_until": lambda: tools.set_pin(mona, thread, until=now - HOUR),
        "locks_at": lambda: tools.set_lock(mona, thread, at=now - HOUR),
        "locked_until": lambda: tools.set_lock(mona, thread, at=now + 2 * HOUR, until=now + HOUR),
    }
    for field, act in acts.items():
        with pytest.raises(Invalid) as refusal:
            act()
        assert refusal.value.fields.keys() == {field}
    assert session.query(LogEntry).count() == 0


def test_undoing_an_act_restores_the_end_and_the_reason_that_were_before(app_in_context: Flask) -> None:
    mona, thread = a_member(role="moderator"), a_thread()
    until = clock.now() + HOUR
    tools.set_pin(mona, thread, everywhere=True, until=until)
    tools.unpin(mona, thread)
    undo_newest(mona)
    assert (thread.is_pinned, thread.is_pinned_everywhere, thread.pinned_until) == (True, True, until)
    tools.set_lock(mona, thread, until=until, reason="Heated")
    tools.set_lock(mona, thread, at=until)
    undo_newest(mona)
    assert (thread.is_locked, thread.locks_at, thread.locked_until) == (True, None, until)
    assert thread.lock_reason == "Heated"
    undo_newest(mona)
    assert (thread.is_locked, thread.locks_at, thread.lock_reason) == (False, until, "")


def test_pinning_or_locking_again_keeps_the_end(app_in_context: Flask) -> None:
    mona, thread, until = a_member(role="moderator"), a_thread(), clock.now() + HOUR
    tools.set_pin(mona, thread, until=until)
    tools.set_lock(mona, thread, until=until, reason="Heated")
    tools.pin(mona, thread)
    tools.lock(mona, thread)
    assert (thread.pinned_until, thread.locked_until, thread.lock_reason) == (until, until, "Heated")
    tools.set_lock(mona, thread, at=until - HOUR / 2, until=until, reason="The vote ends")
    tools.lock(mona, thread)
    assert (thread.is_locked, thread.locks_at, thread.locked_until) == (True, None, until)
    assert thread.lock_reason == "The vote ends"


@pytest.mark.sqlite
def test_lists_with_pinned_threads_of_all_boards_scan_no_table(app_in_context: Flask) -> None:
    mona, board = a_member(role="moderator"), a_board()
    tools.set_pin(mona, a_thread(board=board), everywhere=True)
    session.flush()
    in_board = sqlite_plans(lambda: titles(None, board))
    everywhere = sqlite_plans(lambda: new_threads(None, number=1, unread=False))
    assert full_scans(in_board) == []
    assert full_scans(everywhere) == ["SCAN thread USING COVERING INDEX ix_thread_latest"]  # from its end, for a page
    for plans in (in_board, everywhere):
        assert any("ix_thread_pinned_everywhere" in step for steps in plans.values() for step in steps)


@pytest.fixture
def forms(client: FlaskClient, writing: Writing) -> Callable[..., object]:
    """Sends forms of thread 1 as mona, a moderator."""
    with writing():
        a_member("mona", role="moderator")
        a_thread(title="The thread")
    log_in(client, "mona")

    def send(form: str, **fields: str) -> object:
        token = token_in(client.get("/").text)
        return client.post(f"/threads/1-the-thread/{form}", data={"csrf_token": token, **fields})

    return send


def test_the_forms_show_what_holds_and_keep_what_was_typed(client: FlaskClient, forms: Callable[..., object]) -> None:
    assert {"/threads/1-the-thread/pinning", "/threads/1-the-thread/locking"} <= {
        str(link["href"]) for link in parsed(client.get("/threads/1-the-thread")).select(".menu-list a")
    }
    answer = forms("pinning", place="everywhere", pinned_until="2001-01-01T10:00")
    assert answer.status_code == 422  # type: ignore[attr-defined]
    assert error_at(answer, "pinned_until") == "Choose a time in the future."  # type: ignore[arg-type]
    assert forms("pinning", place="everywhere", pinned_until="2999-01-01T10:00").status_code == 303  # type: ignore[attr-defined]
    page = parsed(client.get("/threads/1-the-thread/pinning"))
    assert page.select_one('[name="pinned_until"]')["value"] == "2999-01-01T10:00"  # type: ignore[index]
    assert page.select_one('option[selected][value="everywhere"]') is not None
    assert error_at(forms("locking", state="later"), "locks_at") == "Choose day and time."  # type: ignore[arg-type]
    forms("locking", state="locked", locked_until="2999-01-02T10:00", lock_reason="Too <b>heated</b>")
    notice = parsed(client.get("/threads/1-the-thread")).select_one("p.notice")
    assert notice is not None
    words = " ".join(notice.get_text().split())
    assert words.startswith("This thread is locked until ")
    assert words.endswith("Reason: Too <b>heated</b>")
    forms("locking", state="open")
    forms("pinning", place="nowhere")
    assert parsed(client.get("/threads/1-the-thread")).select_one("p.notice, .sign") is None
