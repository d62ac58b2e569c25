"""Moderator actions on threads; each is recorded in the audit log."""

from sqlalchemy import select

from forum import page_versions, permissions
from forum.audit_log import Change, record
from forum.decisions.actions import Grounds, end_about, state
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid
from forum.infra.text.messages import one_line, say
from forum.models import Board, DecisionKind, Member, Post, Thread, Visibility
from forum.models.discussion.visibility import DELETED
from forum.search.index import actions as search
from forum.site.queries import follow_database
from forum.spam import actions as spam
from forum.threads import counters, delete_backfill
from forum.threads.approval import holding
from forum.threads.rules import REASON_MAX
from forum.verdicts import BEING_DELETED


def pin(actor: Member, thread: Thread) -> None:
    """Keep a thread at the top of its board."""
    _set(actor, thread, "pin-thread", is_pinned=True)


def unpin(actor: Member, thread: Thread) -> None:
    """Sort a thread by its last post again."""
    _set(actor, thread, "unpin-thread", is_pinned=False)


def lock(actor: Member, thread: Thread) -> None:
    """Close a thread to replies from members."""
    _set(actor, thread, "lock-thread", is_locked=True)


def unlock(actor: Member, thread: Thread) -> None:
    """Reopen a thread to replies."""
    _set(actor, thread, "unlock-thread", is_locked=False)


def set_slow_mode(actor: Member, thread: Thread, *, minutes: int) -> None:
    """Let each member write in a thread once in so many minutes; 0 ends that."""
    _set(actor, thread, "slow-thread", slow_minutes=minutes)


def _set(actor: Member, thread: Thread, action: str, **values: int) -> None:
    _begin_change(actor, thread)
    was = {name: getattr(thread, name) for name in values}
    if was != values:
        for name, value in values.items():
            setattr(thread, name, value)
        record(action, actor=actor, target=f"thread:{thread.id}", change=Change(was, values))
        session.flush()


def delete_thread(actor: Member, thread: Thread, *, reason: str = "", rule: str = "") -> None:
    """Hide a thread and all its posts from everybody but moderators; it can be restored. Its starter is told why."""
    _begin_change(actor, thread)
    if not thread.is_deleted:
        hide_thread(actor, thread, reason=reason, rule=rule)


def hide_thread(actor: Member, thread: Thread, *, reason: str = "", rule: str = "") -> None:
    """Hide a thread that the caller has locked, without checking the actor's permission."""
    was_public, change = thread.is_public, Change({"state": thread.state}, {"state": DELETED})
    if thread.is_held:
        _close_case(actor, thread)
    thread.mark_deleted(clock.now(), actor.id, one_line(reason)[:REASON_MAX])
    session.flush()
    if was_public:
        counters.count_in_board(thread, thread.board_id, sign=-1)
        search.index_thread(thread.id)
        delete_backfill.start(thread)
        page_versions.invalidate_removed_threads()
    grounds, text = Grounds(thread.delete_reason, rule), _first_text(thread)
    state(DecisionKind.THREAD_DELETED, actor, thread.starter_id, grounds, about=thread, text=text)
    target = f"thread:{thread.id}"
    record("delete-thread", actor=actor, target=target, change=change, reason=thread.delete_reason)


def _close_case(actor: Member, thread: Thread) -> None:
    first = session.scalar(select(Post.id).where(Post.thread_id == thread.id, Post.position == 1))
    if first is not None:
        holding.close_case(first, "deleted", actor)


def _first_text(thread: Thread) -> str:
    """What the starter wrote in the first post."""
    first = select(Post.source).where(Post.thread_id == thread.id, Post.position == 1)
    return session.scalar(first.where(Post.author_id == thread.starter_id)) or ""


def undelete_thread(actor: Member, thread: Thread) -> None:
    """Restore a deleted thread."""
    _begin_change(actor, thread)
    if not thread.is_deleted:
        return
    was = {"state": thread.state, "reason": thread.delete_reason}
    thread.mark_restored()
    session.flush()
    end_about(DecisionKind.THREAD_DELETED, thread)
    spam.forget_first(thread.id)
    counters.count_in_board(thread, thread.board_id, sign=1)
    search.index_thread(thread.id)
    delete_backfill.start(thread)
    record("undelete-thread", actor=actor, target=f"thread:{thread.id}", change=Change(was, {"state": thread.state}))


def restore_hidden_thread(actor: Member, thread: Thread, visibility: Visibility) -> None:
    """Restore a deleted thread that was not public before to what it was."""
    _begin_change(actor, thread)
    was = {"state": thread.state, "reason": thread.delete_reason}
    thread.mark_restored()
    thread.visibility = visibility
    session.flush()
    end_about(DecisionKind.THREAD_DELETED, thread)
    record("undelete-thread", actor=actor, target=f"thread:{thread.id}", change=Change(was, {"state": thread.state}))


def move_thread(actor: Member, thread: Thread, *, board: Board) -> None:
    """Move a thread to another board. Raises Invalid if it is a category."""
    _begin_change(actor, thread, board.id)
    page_versions.lock_board(board)
    follow_database()
    permissions.require(permissions.may_see_board(actor, board))
    if board.is_category:
        raise Invalid({"board": [say("Categories cannot hold threads. Choose a board.")]})
    if not may_move_to(actor, board):
        raise Forbidden(say("You cannot move threads to this board, because you cannot start threads in it."))
    origin_id = thread.board_id
    if origin_id == board.id:
        return
    thread.board = board
    session.flush()
    if thread.is_public:
        counters.count_in_board(thread, origin_id, sign=-1)
        counters.count_in_board(thread, board.id, sign=1)
    page_versions.invalidate_removed_threads()
    change = Change({"board_id": origin_id}, {"board_id": board.id})
    target, places = f"thread:{thread.id}", {"origin": origin_id, "destination": board.id}
    record("move-thread", actor=actor, target=target, change=change, **places)


def may_move_to(actor: Member, board: Board) -> bool:
    """Whether the actor may move threads that they moderate to a board: who may start threads there, or moderates."""
    can_start = permissions.may_start_thread(actor, board)
    if can_start == BEING_DELETED:
        return False
    return bool(can_start) or (not board.is_category and bool(permissions.may_moderate_in(actor, board)))


def _begin_change(actor: Member, thread: Thread, *other_boards: int) -> None:
    """Lock a thread and its board for a change, require the permission, and invalidate the lists that show it."""
    page_versions.lock_thread(thread)
    permissions.require(permissions.may_moderate(actor, thread))
    if other_boards:
        page_versions.lock_boards(thread.board_id, *other_boards)
    page_versions.bump_board(thread.board_id)
