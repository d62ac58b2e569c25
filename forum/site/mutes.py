"""Mutes: in which boards and threads a member cannot write, until when and why."""

from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.errors import Forbidden
from forum.infra.text.messages import Message, say
from forum.models import Member, Sanction
from forum.models.members.sanction import mutes_in_force
from forum.site.queries import snapshot


class Muted(Forbidden):
    """Refuses what a muted member wants to write."""

    slug = "muted"


def mute_in(member: Member, board_id: int, thread_id: int | None = None) -> Sanction | None:
    """The mute of a member that counts in a board, with an id in its thread.

    It is of the whole forum, of the board or one that contains it, or of the thread.
    """
    if not member.is_muted:
        return None
    by_scope = {mute.scope: mute for mute in mutes_of(member)}
    scopes = ["", *(scope_of_board(board.id) for board in snapshot().tree.ancestors_of(board_id))]
    scopes += [scope_of_thread(thread_id)] if thread_id is not None else []
    return next((by_scope[scope] for scope in scopes if scope in by_scope), None)


def mutes_of(member: Member) -> list[Sanction]:
    """A member's mutes in force, the oldest first; read once per request."""
    if member.mutes is None:
        mutes = select(Sanction).where(Sanction.member_id == member.id, mutes_in_force())
        member.mutes = list(session.scalars(mutes.order_by(Sanction.id)))
    return member.mutes


def scope_of_board(board_id: int) -> str:
    """The scope of a sanction in a board and those inside it."""
    return f"board:{board_id}"


def scope_of_thread(thread_id: int) -> str:
    """The scope of a sanction in a thread."""
    return f"thread:{thread_id}"


def thread_of(mute: Sanction) -> int | None:
    """The id of the thread in which a mute applies; None if it is of a board or of the whole forum."""
    kind, _, thread_id = mute.scope.partition(":")
    return int(thread_id) if kind == "thread" else None


def board_of(mute: Sanction) -> int | None:
    """The id of the board in which a mute applies; None for the whole forum, and for a thread."""
    kind, _, board_id = mute.scope.partition(":")
    return int(board_id) if kind == "board" else None


def words_of(mute: Sanction) -> Message:
    """What a muted member is told."""
    if thread_of(mute) is not None:
        return _words_in_thread(mute)
    day, reason = snapshot().day_of(mute.until) if mute.until else None, mute.reason
    if day and reason:
        return say(
            "You are muted here until %(day)s: you can read, but not write. Reason: %(reason)s", day=day, reason=reason
        )
    if day:
        return say("You are muted here until %(day)s: you can read, but not write.", day=day)
    if reason:
        return say("You are muted here: you can read, but not write. Reason: %(reason)s", reason=reason)
    return say("You are muted here: you can read, but not write.")


def _words_in_thread(mute: Sanction) -> Message:
    day, reason = snapshot().day_of(mute.until) if mute.until else None, mute.reason
    if day and reason:
        return say(
            "You are banned from this thread until %(day)s: you can read it, but not write in it. Reason: %(reason)s",
            day=day,
            reason=reason,
        )
    if day:
        return say("You are banned from this thread until %(day)s: you can read it, but not write in it.", day=day)
    if reason:
        return say(
            "You are banned from this thread: you can read it, but not write in it. Reason: %(reason)s", reason=reason
        )
    return say("You are banned from this thread: you can read it, but not write in it.")
