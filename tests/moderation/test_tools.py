"""Moderation tools for threads, and their log entries."""

import pytest
from flask import Flask

from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid, NotFound
from forum.models import AccessLevel, Board, LogEntry, Member, Thread
from forum.moderation import tools
from forum.reactions import actions as reactions
from forum.threads.lists import threads_in_board
from forum.threads.queries import find_thread
from tests.factories import a_board, a_group, a_list, a_member, a_post, a_thread, an_entry


def board_counts(board: Board) -> tuple[int, int, int | None]:
    session.refresh(board)
    return board.thread_count, board.post_count, board.last_thread_id


@pytest.mark.parametrize(
    "tool", [tools.pin, tools.unpin, tools.lock, tools.unlock, tools.delete_thread, tools.undelete_thread]
)
def test_members_cannot_use_moderation_tools(app_in_context: Flask, tool) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(Forbidden, match="moderators"):
        tool(a_member(), a_thread())


def test_every_action_is_logged(app_in_context: Flask) -> None:
    moderator, thread, board = a_member(role="moderator"), a_thread(), a_board()
    tools.pin(moderator, thread)
    tools.pin(moderator, thread)
    tools.lock(moderator, thread)
    tools.unlock(moderator, thread)
    tools.unpin(moderator, thread)
    tools.move_thread(moderator, thread, board=board)
    tools.delete_thread(moderator, thread, reason="spam\nfake line")
    tools.undelete_thread(moderator, thread)
    entries = session.query(LogEntry).order_by(LogEntry.id).all()
    acts = [
        "pin-thread",
        "lock-thread",
        "unlock-thread",
        "unpin-thread",
        "move-thread",
        "delete-thread",
        "undelete-thread",
    ]
    assert [entry.action for entry in entries] == acts
    assert {(entry.actor_id, entry.target) for entry in entries} == {(moderator.id, f"thread:{thread.id}")}
    assert entries[5].details["reason"] == "spam fake line"


def test_a_deleted_thread_is_uncounted_and_counted_again_when_undeleted(app_in_context: Flask) -> None:
    moderator, ben, board = a_member(role="moderator"), a_member("ben"), a_board()
    older = a_thread(board=board)
    thread = a_thread(board=board)
    post = a_post(thread=thread, by=ben)
    reactions.react(a_member(), post, kind="like")
    tools.delete_thread(moderator, thread)
    session.refresh(ben)
    assert board_counts(board) == (1, 1, older.id)
    assert (ben.message_count, ben.positive_reactions) == (100, 0)
    with pytest.raises(NotFound):
        find_thread(a_member(), thread.id)
    assert find_thread(moderator, thread.id) is thread
    tools.undelete_thread(moderator, thread)
    session.refresh(ben)
    assert board_counts(board) == (2, 3, thread.id)
    assert (ben.message_count, ben.positive_reactions) == (101, 1)


def test_a_moved_thread_is_counted_in_its_new_board(app_in_context: Flask) -> None:
    moderator, here, there = a_member(role="moderator"), a_board(), a_board()
    thread = a_thread(board=here)
    a_post(thread=thread)
    tools.move_thread(moderator, thread, board=there)
    assert board_counts(here) == (0, 0, None)
    assert board_counts(there) == (1, 2, thread.id)


def test_a_thread_cannot_be_moved_into_a_category(app_in_context: Flask) -> None:
    with pytest.raises(Invalid):
        tools.move_thread(a_member(role="moderator"), a_thread(), board=a_board(is_category=True))


def test_a_thread_is_moved_only_to_boards_in_which_the_mover_may_start_threads_or_moderate(
    app_in_context: Flask,
) -> None:
    anna, here, readable, writable, moderated = a_member("anna"), a_board(), a_board(), a_board(), a_board()
    keepers = a_group("Keepers", anna)
    a_list(here, an_entry(keepers, moderates=True))
    a_list(readable, an_entry(keepers, AccessLevel.REPLY))
    a_list(writable, an_entry(keepers))
    a_list(moderated, an_entry(keepers, AccessLevel.SEE, moderates=True))
    thread = a_thread(board=here, by=anna)
    with pytest.raises(Forbidden, match="cannot move threads to this board"):
        tools.move_thread(anna, thread, board=readable)
    with pytest.raises(NotFound):
        tools.move_thread(anna, thread, board=a_board(audience="moderator"))
    assert thread.board is here
    tools.move_thread(anna, thread, board=moderated)
    tools.move_thread(anna, thread, board=writable)
    assert thread.board is writable
    with pytest.raises(Forbidden, match="moderators"):
        tools.move_thread(anna, thread, board=here)


def test_pinned_threads_come_first(app_in_context: Flask) -> None:
    moderator, board = a_member(role="moderator"), a_board()
    pinned, _later = a_thread(board=board), a_thread(board=board)
    tools.pin(moderator, pinned)
    session.refresh(board)
    rows, _ = threads_in_board(None, board, number=1)
    assert rows[0].thread.id == pinned.id


def test_moderator_rights_follow_the_current_role(app_in_context: Flask) -> None:
    member: Member = a_member()
    thread: Thread = a_thread()
    member.role = "moderator"
    tools.lock(member, thread)
    member.role = "member"
    with pytest.raises(Forbidden):
        tools.unlock(member, thread)
