"""Mutes: in which boards a member cannot write, until when and why."""

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


def mute_in(member: Member, board_id: int) -> Sanction | None:
    """The mute of a member that counts in a board: of the whole forum, or of the board or one that contains it."""
    if not member.is_muted:
        return None
    by_scope = {mute.scope: mute for mute in mutes_of(member)}
    scopes = ["", *(scope_of_board(board.id) for board in snapshot().tree.ancestors_of(board_id))]
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


def board_of(mute: Sanction) -> int | None:
    """The id of the board in which a mute applies; None for the whole forum."""
    kind, _, board_id = mute.scope.partition(":")
    return int(board_id) if kind == "board" else None


def words_of(mute: Sanction) -> Message:
    """What a muted member is told."""
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
