"""Acts of moderators on many threads or posts at once: the same acts as on one, each with its own permission.

They are done in short transactions, first by who began them and then by a job, so that no writer waits for long and a
killed process leaves nothing half done. On PostgreSQL each has a transaction of its own, so that rows are locked in
the order in which other writers lock them.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from forum import permissions
from forum.audit_log import Change, changes_of_session, in_batch, record
from forum.boards.queries import find_board
from forum.decisions.actions import NO_GROUNDS, Grounds
from forum.infra import clock
from forum.infra.database.db import on_sqlite, session, transaction
from forum.infra.errors import Conflict, ForumError, Invalid, NotFound
from forum.infra.text.messages import Message, one_line, say
from forum.models import Board, BulkAct, LogEntry, Member, Post
from forum.moderation import queue, tools
from forum.moderation.reviews import may_moderate_some
from forum.spam import actions as spam
from forum.threads import actions, queries
from forum.threads.approval import holding
from forum.threads.rules import REASON_MAX

MAX_AT_ONCE = 500  # threads or posts in one act
MAX_TRANSACTION_SECONDS = 0.02  # after which a transaction ends: SQLite has one writer at a time
MAX_RUN_SECONDS = 1.5  # after which other jobs run, or a request is answered
UNCHANGED = say("It was so already.")
GONE = say("It no longer exists, or you cannot see it.")
Perform = Callable[[Member, int, BulkAct], None]


class Outcome(NamedTuple):
    """How it went with one of many: `why` it was not done, or None."""

    id: int
    why: Message | None


def _on_thread(tool: Callable[..., None]) -> Perform:
    return lambda actor, thread_id, _: tool(actor, queries.find_thread(actor, thread_id))


def _delete_thread(actor: Member, thread_id: int, act: BulkAct) -> None:
    tools.delete_thread(actor, queries.find_thread(actor, thread_id), reason=act.reason, rule=act.rule)


def _move_thread(actor: Member, thread_id: int, act: BulkAct) -> None:
    thread = queries.find_thread(actor, thread_id)
    board = find_board(actor, act.board_id or 0)
    tools.move_thread(actor, thread, board=board, redirect_days=act.redirect_days)


def _moderated_post(actor: Member, post_id: int) -> Post:
    post = queries.find_post(actor, post_id)
    permissions.require(permissions.may_moderate(actor, post.thread))  # not by the right of its author
    return post


def _delete_post(actor: Member, post_id: int, act: BulkAct) -> None:
    post = _moderated_post(actor, post_id)
    if not post.is_deleted:
        actions.delete_post(actor, post, reason=act.reason, rule=act.rule)


def _undelete_post(actor: Member, post_id: int, _: BulkAct) -> None:
    actions.undelete_post(actor, _moderated_post(actor, post_id))


def _approve_post(actor: Member, post_id: int, _: BulkAct) -> None:
    post = _moderated_post(actor, post_id)
    if holding.waits(post):
        queue.approve(actor, queue.latest_of(actor, post_id))


def _call_spam(actor: Member, post_id: int, act: BulkAct) -> None:
    """Reject a post that waits as spam, and delete one that is public, so that the filter learns from it."""
    post = _moderated_post(actor, post_id)
    if holding.waits(post):
        queue.reject(actor, queue.latest_of(actor, post_id), decision="spam", reason=act.reason, rule=act.rule)
    elif post.is_public and post.thread.is_public:
        spam.learn(post, is_spam=True)
        if post.position == 1:
            tools.delete_thread(actor, post.thread, reason=act.reason, rule=act.rule)
        else:
            actions.delete_post(actor, post, reason=act.reason, rule=act.rule)


THREAD_ACTS: Mapping[str, Perform] = {
    "pin": _on_thread(tools.pin),
    "unpin": _on_thread(tools.unpin),
    "lock": _on_thread(tools.lock),
    "unlock": _on_thread(tools.unlock),
    "delete": _delete_thread,
    "undelete": _on_thread(tools.undelete_thread),
    "move": _move_thread,
}
POST_ACTS: Mapping[str, Perform] = {
    "delete-posts": _delete_post,
    "undelete-posts": _undelete_post,
    "approve-posts": _approve_post,
    "spam-posts": _call_spam,
}
PERFORM: Mapping[str, Perform] = {**THREAD_ACTS, **POST_ACTS}


def start(
    actor: Member,
    act: str,
    ids: Sequence[int],
    *,
    grounds: Grounds = NO_GROUNDS,
    board_id: int | None = None,
    redirect_days: int | None = None,
) -> BulkAct:
    """Begin an act on threads or posts; the caller commits, and then calls `run`. Raises Invalid at field `board`."""
    permissions.require(may_moderate_some(actor))
    wanted = sorted(set(ids))
    if not wanted:
        raise Conflict(say("Nothing is ticked."))
    if len(wanted) > MAX_AT_ONCE:
        raise Conflict(say("That is too many at once: at most %(num)d.", num=MAX_AT_ONCE))
    board = _destination(actor, board_id) if act == "move" else None
    destination = board.id if board else None
    count = {"posts" if act in POST_ACTS else "threads": len(wanted)}
    more: dict[str, Any] = {"act": act, **count, "reason": grounds.reason, "destination": destination}
    entry = record("moderate-in-bulk", actor=actor, change=Change({}, {}), **more)
    told = {"reason": clean_reason(grounds.reason), "rule": grounds.rule}
    return add(entry, BulkAct(act=act, board_id=destination, redirect_days=redirect_days, **told), wanted)


def clean_reason(reason: str) -> str:
    """A reason as it is kept."""
    return one_line(reason)[:REASON_MAX]


def _destination(actor: Member, board_id: int | None) -> Board:
    try:
        board = find_board(actor, board_id or 0)
    except NotFound:
        raise Invalid({"board": [say("Choose a board.")]}) from None
    if not tools.may_move_to(actor, board):
        raise Invalid(
            {"board": [say("You cannot move threads to this board, because you cannot start threads in it.")]}
        )
    return board


def add(entry: LogEntry, act: BulkAct, ids: Sequence[int]) -> BulkAct:
    """Store an act on many with its entry in the log."""
    act.entry, act.pending, act.outcomes = entry, list(ids), []
    act.finished_at = None if ids else clock.now()
    session.add(act)
    session.flush()
    return act


def outcomes_of(act: BulkAct) -> Iterator[Outcome]:
    """How it went with each that is no longer pending."""
    for found, why in act.outcomes:
        yield Outcome(found, Message(why) if why else None)


def run(entry_id: int, perform: Mapping[str, Perform], *, seconds: float | None = None) -> None:
    """Do what is left of an act on many, in short transactions, for MAX_RUN_SECONDS or so many seconds."""
    end = time.monotonic() + (MAX_RUN_SECONDS if seconds is None else seconds)
    while True:
        began = time.monotonic()
        with transaction():
            is_left = continue_act(entry_id, perform)
        if not is_left or time.monotonic() >= end:
            return
        time.sleep(time.monotonic() - began)  # other writers wait for SQLite's lock by looking again now and then


def run_pending(perform: Mapping[str, Perform]) -> None:
    """Continue unfinished acts on many; for a job."""
    end = time.monotonic() + MAX_RUN_SECONDS
    unfinished = select(BulkAct.entry_id).where(BulkAct.finished_at.is_(None)).order_by(BulkAct.entry_id).limit(1)
    while (left := end - time.monotonic()) > 0 and (entry_id := session.scalar(unfinished)) is not None:
        run(entry_id, perform, seconds=left)


def locked(entry_id: int) -> BulkAct | None:
    """An act on many, so that nobody else continues it until the transaction ends."""
    found = select(BulkAct).where(BulkAct.entry_id == entry_id).with_for_update()
    return session.scalars(found, execution_options={"populate_existing": True}).one_or_none()


def stop(act: BulkAct) -> None:
    """Leave out what has not been done yet; the caller has locked the act."""
    act.outcomes = [*act.outcomes, *([number, say("Not done: it was undone before.").msgid] for number in act.pending)]
    act.pending, act.finished_at = [], act.finished_at or clock.now()
    session.flush()


def continue_act(entry_id: int, perform: Mapping[str, Perform]) -> bool:
    """Do the next ones until the time limit, at least one, in the caller's transaction; whether any are left."""
    act, end = locked(entry_id), time.monotonic() + MAX_TRANSACTION_SECONDS
    if act is None or act.finished_at is not None:
        return False
    entry = session.get_one(LogEntry, entry_id)
    actor = session.get(Member, entry.actor_id) if entry.actor_id else None
    pending, outcomes = list(act.pending), list(act.outcomes)
    while pending:
        found = pending.pop(0)
        why = _perform_one(actor, found, act, perform[act.act])
        outcomes.append([found, _stored(why) if why else ""])
        if not on_sqlite() or time.monotonic() >= end:
            break
    act.pending, act.outcomes = pending, outcomes
    act.finished_at = None if pending else clock.now()
    session.flush()
    return bool(pending)


def _stored(why: Message) -> str:
    """A refusal as it is kept: what is translated when it is shown, or with values the English sentence."""
    return str(why) if why.values else why.msgid


def _perform_one(actor: Member | None, found: int, act: BulkAct, perform: Perform) -> Message | None:
    """Do it with one; returns why not, if it was not done."""
    if actor is None:  # the account is gone
        return GONE
    before = len(changes_of_session())
    try:
        with session.begin_nested(), in_batch(act.entry_id):
            perform(actor, found, act)
    except NotFound:
        return GONE
    except ForumError as error:
        return error.message if isinstance(error.message, Message) else Message(str(error))
    return None if len(changes_of_session()) > before else UNCHANGED
