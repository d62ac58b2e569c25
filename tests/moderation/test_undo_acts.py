"""Acts of moderators on threads and posts are in the log with their values before and after, and can be undone."""

from typing import TYPE_CHECKING

import pytest
from flask import Flask
from sqlalchemy import select

from forum.admin.undo.actions import Logged, find_logged, may_undo, states_of, undo
from forum.archive.check import check, position_gaps
from forum.archive.role_lists import OPEN, list_of_roles
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden
from forum.models import LogEntry, Member, Thread, Visibility
from forum.moderation import tools
from forum.threads import actions
from tests.factories import a_board, a_group, a_list, a_member, a_post, a_thread, an_entry, hide

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def mona(app_in_context: Flask) -> Member:
    return a_member("mona", role="moderator")


def newest(actor: Member, *, action: str = "") -> Logged:
    session.flush()
    entries = select(LogEntry).order_by(LogEntry.id.desc())
    entry = session.scalars(entries.where(LogEntry.action == action) if action else entries).first()
    assert entry is not None
    return find_logged(actor, entry.id, actions=())


def undo_newest(actor: Member, *, action: str = "") -> None:
    undo(actor, newest(actor, action=action))


def state(thread: Thread) -> tuple[object, ...]:
    session.refresh(thread)
    return thread.is_pinned, thread.is_locked, thread.board_id, thread.title, thread.state, thread.slow_minutes


def test_every_act_on_a_thread_is_undone_and_done_again(mona: Member) -> None:
    thread, there = a_thread(title="The title"), a_board()
    acts: dict[str, Callable[[], None]] = {
        "pin": lambda: tools.pin(mona, thread),
        "lock": lambda: tools.lock(mona, thread),
        "move": lambda: tools.move_thread(mona, thread, board=there),
        "slow": lambda: tools.set_slow_mode(mona, thread, minutes=3),
        "title": lambda: actions.change_title(mona, thread, title="Another title"),
        "delete": lambda: tools.delete_thread(mona, thread, reason="spam"),
        "undelete": lambda: tools.undelete_thread(mona, thread),
    }
    for name, act in acts.items():
        before = state(thread)
        act()
        after = state(thread)
        assert before != after, name
        undo_newest(mona)
        assert state(thread) == before, name
        undo_newest(mona)  # what was undone is done again
        assert state(thread) == after, name
    assert [*map(str, check()), *position_gaps()] == []


def test_posts_are_restored_and_have_their_earlier_text_again(mona: Member) -> None:
    post = a_post(body="As it was.")
    actions.edit_post(mona, post, body="As mona wants it.")
    undo_newest(mona)
    assert (post.source, post.revision_count) == ("As it was.", 2)
    undo_newest(mona)
    assert post.source == "As mona wants it."
    actions.delete_post(mona, post, reason="off topic")
    undo_newest(mona)
    assert post.is_public
    undo_newest(mona)
    assert (post.is_deleted, post.delete_reason) == (True, "off topic")
    assert [*map(str, check()), *position_gaps()] == []


def test_a_deletion_that_was_undone_has_its_reason_when_it_is_done_again(mona: Member) -> None:
    thread = a_thread()
    tools.delete_thread(mona, thread, reason="spam")
    tools.undelete_thread(mona, thread)
    undo_newest(mona)
    assert thread.delete_reason == "spam"


def test_undoing_keeps_what_others_did_meanwhile(mona: Member) -> None:
    other, thread = a_member(role="moderator"), a_thread(title="A title")
    tools.pin(mona, thread)
    pinned = newest(mona)
    tools.lock(other, thread)
    actions.change_title(other, thread, title="Other title")
    tools.delete_thread(other, thread)
    tools.undelete_thread(other, thread)
    undo(mona, pinned)
    assert state(thread) == (False, True, thread.board_id, "Other title", "public", 0)


def test_what_was_changed_again_since_is_not_undone(mona: Member) -> None:
    thread, post = a_thread(title="One thread"), a_post(body="One.")
    actions.change_title(mona, thread, title="Two threads")
    title = newest(mona)
    actions.change_title(mona, thread, title="Three threads")
    actions.edit_post(mona, post, body="Two.")
    edit = newest(mona)
    actions.edit_post(post.author, post, body="Three.")
    for logged in (title, edit):
        with pytest.raises(Conflict, match="changed again"):
            undo(mona, logged)
    assert (thread.title, post.source) == ("Three threads", "Three.")


def test_a_held_thread_is_held_again_when_its_deletion_is_undone(mona: Member) -> None:
    thread = a_thread()
    hide(thread, visibility=Visibility.HELD)
    tools.delete_thread(mona, thread)
    undo_newest(mona)
    assert thread.visibility == Visibility.HELD
    assert [*map(str, check()), *position_gaps()] == []


def test_only_those_who_moderate_the_board_undo(mona: Member) -> None:
    anna, here, there = a_member("anna"), a_board(), a_board()
    a_list(here, *list_of_roles(*OPEN), an_entry(a_group("Keepers", anna), moderates=True))
    elsewhere, own = a_thread(board=there), a_thread(board=here, by=anna)
    tools.lock(mona, elsewhere)
    lock = newest(mona)
    tools.pin(mona, own)
    pin = newest(mona)
    assert not may_undo(anna, lock)
    assert {number: bool(may) for number, may in states_of(anna, [lock.entry, pin.entry]).items()} == {
        lock.entry.id: False,
        pin.entry.id: True,
    }
    with pytest.raises(Forbidden, match="moderators"):
        undo(anna, lock)
    undo(anna, pin)
    with pytest.raises(Conflict, match="undone already"):
        undo(mona, pin)
    mona.role = "member"
    with pytest.raises(Forbidden):
        undo(mona, lock)
    assert elsewhere.is_locked
