"""Bans and mutes: who may impose them on whom, imposing and lifting them, and the message to banned members."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import case, literal, select, update
from sqlalchemy.orm import joinedload

from forum import permissions
from forum.audit_log import Change, is_undoing, record
from forum.decisions import earlier
from forum.decisions.actions import Grounds, end_sanctions, state
from forum.infra import clock
from forum.infra.database.db import UtcDateTime, session
from forum.infra.errors import Forbidden, Invalid
from forum.infra.text.messages import one_line, say
from forum.members import queries
from forum.members.credentials import api_tokens, sessions
from forum.members.rules import MAX_BAN_REASON
from forum.models import AccountMerge, Decision, DecisionKind, Member, Right, Role, Sanction, SanctionKind, Thread
from forum.models.members.sanction import bans_in_force
from forum.site import actions as site
from forum.site.mutes import mutes_of, scope_of_board
from forum.site.queries import snapshot
from forum.verdicts import YES, Verdict

RANKS = list(Role)  # in ascending order


class Where(NamedTuple):
    """Where a sanction applies: the whole forum, or what its scope says, of a thread with the thread."""

    scope: str = ""
    thread: Thread | None = None


EVERYWHERE = Where()


class Banned(Forbidden):
    """Refuses a banned member and tells them why and until when."""

    slug = "banned"

    def __init__(self, ban: Sanction, secret: str = "") -> None:
        self.secret = secret  # of the page on which they read the decisions about them, and appeal
        given = {"reason": ban.reason} | ({"day": snapshot().day_of(ban.until)} if ban.until else {})
        if ban.until and ban.reason:
            words = say("You are banned until %(day)s. Reason: %(reason)s", **given)
        elif ban.until:
            words = say("You are banned until %(day)s.", **given)
        else:
            words = say("You are banned. Reason: %(reason)s", **given) if ban.reason else say("You are banned.")
        super().__init__(words)


def may_ban(actor: Member | None, member: Member) -> Verdict:
    """Whether the actor may ban or unban a member: not themselves, nor a member of their rank or a higher one.

    Among those with the role of a member, the ones who may ban rank above the others.
    """
    verdict = permissions.may_use_right(actor, Right.BAN_MEMBERS)
    if actor is None or not verdict:
        return verdict
    if actor.id == member.id:
        return Verdict(Forbidden(say("You cannot ban yourself.")))
    if _rank(member) >= _rank(actor):
        return Verdict(Forbidden(say("You can only ban members of a lower rank than yours.")))
    return YES


def _rank(member: Member) -> tuple[int, bool]:
    is_plain = member.role == Role.MEMBER
    rights = permissions.scope_despite_ban(member).rights
    return RANKS.index(Role(member.role)), is_plain and Right.BAN_MEMBERS in rights


def account_to_sanction(member: Member) -> Member:
    """The account that stays if a member's is being merged into another, else theirs."""
    session.execute(select(Member.id).where(Member.id == member.id).with_for_update())  # a merge may just begin
    target = select(Member).join(AccountMerge, AccountMerge.target_id == Member.id)
    return session.scalars(target.where(AccountMerge.member_id == member.id)).one_or_none() or member


def ban(actor: Member, member: Member, *, reason: str = "", rule: str = "", until: datetime | None = None) -> None:
    """Ban a member, permanently or until a time, and end all their logins and tokens."""
    member = account_to_sanction(member)
    permissions.require(may_ban(actor, member))
    impose_ban(actor, member, reason=reason, rule=rule, until=until)


def impose_ban(
    actor: Member | None, member: Member, *, reason: str = "", rule: str = "", until: datetime | None = None
) -> None:
    """Ban a member without checking the actor's permission, for example by the operator; replaces an earlier ban.

    Raises Invalid, or Forbidden for the last admin.
    """
    member = account_to_sanction(member)
    if member.is_admin:
        session.refresh(member, with_for_update=True)
        site.lock()  # so that two admins cannot go at once, each because of the other
        if queries.is_last_admin(member):
            raise Forbidden(say("The forum needs at least one admin. Make another member an admin first."))
    before = kept_ban(member)
    told = impose(SanctionKind.BAN, actor, member, grounds=Grounds(reason, rule), until=until)
    sessions.end_all(member)
    api_tokens.revoke_all(member)
    change = Change(before, kept_ban(member))
    record("ban", actor=actor, target=f"member:{member.id}", change=change, **told)


def impose(
    kind: SanctionKind,
    actor: Member | None,
    member: Member,
    *,
    where: Where = EVERYWHERE,
    grounds: Grounds,
    until: datetime | None,
) -> dict[str, str]:
    """Replace what is in force of this kind and scope; undoing brings back what was. Returns details for the log."""
    _lock(member)
    why, now = one_line(grounds.reason), clock.now()
    if len(why) > MAX_BAN_REASON:
        raise Invalid({"reason": [say("Use at most %(num)d characters.", num=MAX_BAN_REASON)]})
    if until is not None and until <= now:
        raise Invalid({"until": [say("Choose a day after today.")]})
    before = earlier.find_ended(kind, member, where.scope, earlier.Imposed(why, until)) if is_undoing() else None
    end_open(kind, member, scope=where.scope, at=before.created_at if before else now)
    if before is not None:
        earlier.resume(before)
    else:
        by_id = actor.id if actor else None
        row = Sanction(member_id=member.id, kind=kind, scope=where.scope, until=until, reason=why, by_id=by_id)
        row.created_at = now
        _begin(row, actor, grounds._replace(reason=why), where.thread)
    session.flush()
    forget_sanctions(member)
    return told_to_log(why, until)


def _begin(row: Sanction, actor: Member | None, grounds: Grounds, thread: Thread | None) -> None:
    """Store a sanction, and tell the member."""
    session.add(row)
    kind = earlier.told_as(SanctionKind(row.kind), row.scope)
    decision = state(kind, actor, row.member_id, grounds, about=thread)
    if decision is not None:
        decision.at = row.created_at


def told_to_log(reason: str, until: datetime | None) -> dict[str, str]:
    """The reason and day of a sanction as details of an entry."""
    return {"reason": reason} | ({"until": snapshot().day_of(until).isoformat()} if until else {})


def _lock(member: Member) -> None:
    """Decide one after the other about a member."""
    session.execute(select(Member.id).where(Member.id == member.id).with_for_update())


def forget_sanctions(member: Member) -> None:
    """Forget what was read of the member's sanctions."""
    session.expire(member, ["is_banned", "is_muted"])
    member.mutes = None


def unban(actor: Member, member: Member) -> bool:
    """Unban a member; return False if they were not banned."""
    permissions.require(may_ban(actor, member))
    return lift_ban(actor, member)


def lift_ban(actor: Member | None, member: Member) -> bool:
    """Unban a member without checking the actor's permission; return False if they were not banned."""
    was_banned, before = member.is_banned, kept_ban(member)
    end_open(SanctionKind.BAN, member)
    forget_sanctions(member)
    if was_banned:
        record("unban", actor=actor, target=f"member:{member.id}", change=Change(before, kept_ban(member)))
    return was_banned


def ban_of(member: Member) -> Sanction | None:
    """The member's ban in force, if any, with the member who imposed it."""
    bans = select(Sanction).where(Sanction.member_id == member.id, bans_in_force())
    return session.scalars(bans.options(joinedload(Sanction.by))).first()


def kept_ban(member: Member) -> dict[str, object]:
    """The ban in force as the log keeps it, so that a decision can be undone."""
    return {"ban": kept(ban_of(member))}


def kept_mute(member: Member, board_id: int | None) -> dict[str, object]:
    """The mute in force in a board, or with None everywhere, as the log keeps it."""
    mute = next((each for each in mutes_of(member) if each.scope == _scope(board_id)), None)
    return {"board": board_id, "mute": kept(mute)}


def kept(sanction: Sanction | None) -> dict[str, object] | None:
    """A sanction as the log keeps it."""
    if sanction is None:
        return None
    return {"reason": sanction.reason, "until": sanction.until.isoformat() if sanction.until else None}


def end_open(kind: SanctionKind, member: Member, *, scope: str = "", at: datetime | None = None) -> None:
    """End the open sanction of a kind and scope, also an expired one; locks the member to serialize decisions.

    `at` is when the one began that replaces it.
    """
    _lock(member)
    now = literal(clock.now(), UtcDateTime())
    ended_at = now if at is None else case((Sanction.created_at < at, literal(at, UtcDateTime())), else_=now)
    ours = (Sanction.member_id == member.id, Sanction.kind == kind, Sanction.scope == scope)
    ended = update(Sanction).where(*ours, Sanction.ended_at.is_(None)).values(ended_at=ended_at)
    begun = session.scalars(ended.returning(Sanction.created_at)).all()
    end_sanctions(earlier.told_as(kind, scope), member.id, begun)


def until_of(decision: Decision) -> datetime | None:
    """Until when the ban, mute or hold of which a decision told is in force; None if it is not, or for good."""
    kind = SanctionKind.MUTE.value if decision.kind == DecisionKind.THREAD_BAN else decision.kind
    begun = (Sanction.member_id == decision.member_id, Sanction.kind == kind, Sanction.created_at == decision.at)
    return session.scalar(select(Sanction.until).where(*begun, Sanction.ended_at.is_(None)).limit(1))


# --- mutes ------------------------------------------------------------------------------------------


def may_mute(actor: Member | None, member: Member, board_id: int | None) -> Verdict:
    """Whether the actor may mute or unmute a member in a board and those inside it, or with None everywhere.

    Who may ban members may mute the same ones, everywhere. Who moderates a board and those inside it may mute there
    members who moderate none of them.
    """
    everywhere = may_ban(actor, member)
    if actor is None or everywhere or board_id is None or actor.id == member.id:
        return everywhere
    return may_as_moderator_of(actor, member, _with_those_inside(board_id), everywhere)


def may_as_moderator_of(actor: Member, member: Member, boards: set[int], otherwise: Verdict) -> Verdict:
    """Whether the actor may mute a member as a moderator of all these boards, who may not ban."""
    if not boards <= set(permissions.scope_of(actor).moderate) or permissions.has_right(actor, Right.BAN_MEMBERS):
        return otherwise
    verdicts = [permissions.may_write_in(actor, board_id) for board_id in boards]
    active = next((each for each in verdicts if not each), YES) and permissions.unless_lacking(actor)
    if not active:
        return active
    theirs = permissions.scope_despite_ban(member)
    is_plain = member.role == Role.MEMBER and Right.BAN_MEMBERS not in theirs.rights
    moderates = not boards.isdisjoint(theirs.moderate)
    if is_plain and not moderates:
        return YES
    return Verdict(Forbidden(say("You can only mute members who do not moderate here.")))


def _with_those_inside(board_id: int) -> set[int]:
    """The ids of a board and of those inside it, in which a mute counts too."""
    tree = snapshot().tree
    board = tree.get(board_id)
    return {board_id, *(each.id for each in tree.below(board))} if board else {board_id}


def may_mute_somewhere(actor: Member | None, member: Member) -> Verdict:
    """Whether the actor may mute a member in any board."""
    everywhere = may_ban(actor, member)
    if actor is None or everywhere:
        return everywhere
    boards = permissions.scope_of(actor).moderate
    return YES if any(may_mute(actor, member, board_id) for board_id in boards) else everywhere


def mute(
    actor: Member,
    member: Member,
    *,
    board_id: int | None,
    reason: str = "",
    rule: str = "",
    until: datetime | None = None,
) -> None:
    """Stop a member from writing and reacting in a board and those inside it, or with None everywhere."""
    member = account_to_sanction(member)
    permissions.require(may_mute(actor, member, board_id))
    impose_mute(actor, member, board_id=board_id, reason=reason, rule=rule, until=until)


def impose_mute(
    actor: Member | None,
    member: Member,
    *,
    board_id: int | None,
    reason: str = "",
    rule: str = "",
    until: datetime | None = None,
) -> None:
    """Mute a member without checking the actor's permission; replaces an earlier mute in the same place.

    Raises Invalid.
    """
    if board_id is not None and snapshot().tree.get(board_id) is None:
        raise Invalid({"board": [say("There is no such board.")]})
    member = account_to_sanction(member)
    before = kept_mute(member, board_id)
    where, grounds = Where(_scope(board_id)), Grounds(reason, rule)
    told = impose(SanctionKind.MUTE, actor, member, where=where, grounds=grounds, until=until)
    change = Change(before, kept_mute(member, board_id))
    record("mute", actor=actor, target=f"member:{member.id}", change=change, board=board_id, **told)


def unmute(actor: Member, member: Member, *, board_id: int | None) -> bool:
    """Lift a member's mute in a board, or with None the one for the whole forum; return False if there was none."""
    permissions.require(may_mute(actor, member, board_id))
    return lift_mute(actor, member, board_id=board_id)


def lift_mute(actor: Member | None, member: Member, *, board_id: int | None) -> bool:
    """Lift a mute without checking the actor's permission; return False if there was none."""
    scope, before = _scope(board_id), kept_mute(member, board_id)
    was_muted = any(each.scope == scope for each in mutes_of(member))
    end_open(SanctionKind.MUTE, member, scope=scope)
    forget_sanctions(member)
    if was_muted:
        change = Change(before, kept_mute(member, board_id))
        record("unmute", actor=actor, target=f"member:{member.id}", change=change, board=board_id)
    return was_muted


def _scope(board_id: int | None) -> str:
    return "" if board_id is None else scope_of_board(board_id)


def end_mutes_in(board_id: int) -> None:
    """End all mutes in a board that is being deleted: its id may be given to another."""
    here = (Sanction.kind == SanctionKind.MUTE, Sanction.scope == scope_of_board(board_id))
    session.execute(update(Sanction).where(*here, Sanction.ended_at.is_(None)).values(ended_at=clock.now()))
