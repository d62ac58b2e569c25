"""Moderator actions on threads; each is recorded in the audit log."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import func, literal_column, select

from forum import page_versions, permissions
from forum.audit_log import Change, record
from forum.boards import redirects
from forum.decisions.actions import Grounds, end_about, state
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.infra.text.messages import one_line, say
from forum.models import Board, DecisionKind, LogEntry, Member, Post, Thread, Visibility
from forum.models.discussion.thread import IS_PINNED_EVERYWHERE
from forum.models.discussion.visibility import DELETED
from forum.search.index import actions as search
from forum.site.queries import follow_database
from forum.spam import actions as spam
from forum.threads import counters, delete_backfill
from forum.threads.approval import holding
from forum.threads.rules import REASON_MAX
from forum.verdicts import BEING_DELETED, BEING_MERGED, YES

MAX_PINNED_EVERYWHERE = 5  # threads


def pin(actor: Member, thread: Thread) -> None:
    """Keep a thread at the top of its board, unless it is pinned already."""
    _begin_change(actor, thread)
    if not thread.is_pinned:
        set_pin(actor, thread)


def set_pin(actor: Member, thread: Thread, *, everywhere: bool = False, until: datetime | None = None) -> None:
    """Pin a thread in its board or on top of all lists, until a time or for good. Raises Invalid at `pinned_until`."""
    _begin_change(actor, thread)
    _require_future("pinned_until", until)
    if everywhere and not thread.is_pinned_everywhere:
        _require_may_pin_everywhere(actor)
    _set(actor, thread, "pin-thread", is_pinned=True, is_pinned_everywhere=everywhere, pinned_until=until)


def _require_may_pin_everywhere(actor: Member) -> None:
    if not permissions.scope_of(actor).moderates_all:
        raise Forbidden(say("Only those who moderate all boards can pin threads everywhere."))
    pinned = select(func.count()).select_from(Thread).where(literal_column(f"thread.{IS_PINNED_EVERYWHERE}"))
    if (session.scalar(pinned) or 0) >= MAX_PINNED_EVERYWHERE:
        words = "%(num)d threads are pinned everywhere already. Unpin one of them first."
        raise Conflict(say(words, num=MAX_PINNED_EVERYWHERE))


def _require_future(field: str, moment: datetime | None) -> None:
    if moment is not None and moment <= clock.now():
        raise Invalid({field: [say("Choose a time in the future.")]})


def unpin(actor: Member, thread: Thread) -> None:
    """Sort a thread by its last post again."""
    _set(actor, thread, "unpin-thread", is_pinned=False, is_pinned_everywhere=False, pinned_until=None)


def lock(actor: Member, thread: Thread) -> None:
    """Close a thread to replies from members, unless it is locked already; an end and a reason it has are kept."""
    _begin_change(actor, thread)
    if not thread.is_locked:
        set_lock(actor, thread, until=thread.locked_until, reason=thread.lock_reason)


def set_lock(
    actor: Member, thread: Thread, *, at: datetime | None = None, until: datetime | None = None, reason: str = ""
) -> None:
    """Close a thread to replies now or at a time, until another or for good; its readers see the reason.

    Raises Invalid at `locks_at` or `locked_until`.
    """
    _begin_change(actor, thread)
    _require_future("locks_at", at)
    _require_future("locked_until", until)
    if at and until and until <= at:
        raise Invalid({"locked_until": [say("This must be later than the time at which the thread is locked.")]})
    why = one_line(reason)[:REASON_MAX]
    _set(actor, thread, "lock-thread", is_locked=at is None, locks_at=at, locked_until=until, lock_reason=why)


def unlock(actor: Member, thread: Thread) -> None:
    """Reopen a thread to replies."""
    _set(actor, thread, "unlock-thread", is_locked=False, locks_at=None, locked_until=None, lock_reason="")


def set_slow_mode(actor: Member, thread: Thread, *, minutes: int) -> None:
    """Let each member write in a thread once in so many minutes; 0 ends that."""
    _set(actor, thread, "slow-thread", slow_minutes=minutes)


def _set(actor: Member, thread: Thread, action: str, **values: object) -> None:
    _begin_change(actor, thread)
    was = logged_values(thread, values)
    for name, value in values.items():
        setattr(thread, name, value)
    now = logged_values(thread, values)
    if was != now:
        record(action, actor=actor, target=f"thread:{thread.id}", change=Change(was, now))
        session.flush()


def logged_values(thread: Thread, names: Iterable[str]) -> dict[str, object]:
    """Values of a thread as the log keeps them."""
    values = ((name, getattr(thread, name)) for name in names)
    return {name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for name, value in values}


def delete_thread(
    actor: Member, thread: Thread, *, reason: str = "", rule: str = "", tells_starter: bool = True
) -> None:
    """Hide a thread and all its posts from everybody but moderators; it can be restored. Its starter is told why."""
    _begin_change(actor, thread)
    if not thread.is_deleted:
        hide_thread(actor, thread, reason=reason, rule=rule, tells_starter=tells_starter)


def hide_thread(actor: Member, thread: Thread, *, reason: str = "", rule: str = "", tells_starter: bool = True) -> None:
    """Hide a thread that the caller has locked, without checking the actor's permission."""
    take_away(actor, thread, reason=reason)
    if tells_starter:
        grounds, text = Grounds(thread.delete_reason, rule), _first_text(thread)
        state(DecisionKind.THREAD_DELETED, actor, thread.starter_id, grounds, about=thread, text=text)


def take_away(actor: Member, thread: Thread, *, reason: str = "") -> LogEntry:
    """Like `hide_thread`, without telling the starter. Raises Conflict while the thread is being merged."""
    permissions.require(BEING_MERGED if thread.is_being_merged else YES)
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
    target = f"thread:{thread.id}"
    return record("delete-thread", actor=actor, target=target, change=change, reason=thread.delete_reason)


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


def move_thread(actor: Member, thread: Thread, *, board: Board, redirect_days: int | None = None) -> None:
    """Move a thread to another board. Raises Invalid if it is a category.

    `redirect_days`: for how long the list of the old board leads to it, 0 for good, None not at all.
    """
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
    redirects.remove_row(board.id, thread.id)
    if redirect_days is not None:
        redirects.leave_row(origin_id, thread.id, days=redirect_days)
    if thread.is_public:
        counters.count_in_board(thread, origin_id, sign=-1)
        counters.count_in_board(thread, board.id, sign=1)
    page_versions.invalidate_removed_threads()
    change = Change({"board_id": origin_id}, {"board_id": board.id})
    target, places = f"thread:{thread.id}", {"origin": origin_id, "destination": board.id}
    told = places if redirect_days is None else places | {"redirect_days": redirect_days}
    record("move-thread", actor=actor, target=target, change=change, **told)


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
