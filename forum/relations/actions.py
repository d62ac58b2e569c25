"""Ignore and follow members. Doing it twice is doing it once."""

from sqlalchemy import delete, func, select

from forum import permissions
from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden
from forum.infra.text.messages import say
from forum.models import FollowedMember, IgnoredMember, Member
from forum.relations import rules
from forum.relations.queries import ignored_by
from forum.verdicts import MUST_LOG_IN, YES, Verdict

NOT_ONESELF = Verdict(Forbidden(say("You cannot ignore yourself.")))
NOT_STAFF = Verdict(Forbidden(say("You cannot ignore moderators and admins: what they write may concern you.")))
NOT_FOLLOWING_ONESELF = Verdict(Forbidden(say("You cannot follow yourself.")))
IGNORED = Verdict(Conflict(say("You ignore this member. Stop ignoring them first.")))


def may_ignore(actor: Member | None, member: Member) -> Verdict:
    """Whether the actor may ignore a member: anybody but themselves, and staff, whose role is to be heard.

    It is open to the muted too, as nobody else notices.
    """
    if actor is None:
        return MUST_LOG_IN
    if actor.id == member.id:
        return NOT_ONESELF
    return NOT_STAFF if member.is_moderator else YES


def may_follow(actor: Member | None, member: Member) -> Verdict:
    """Whether the actor may follow a member: anybody but themselves and those whom they ignore."""
    if actor is None:
        return MUST_LOG_IN
    if actor.id == member.id:
        return NOT_FOLLOWING_ONESELF
    return IGNORED if member.id in ignored_by(actor) else YES


def ignore(actor: Member, member: Member) -> None:
    """Ignore a member, and no longer follow them. Raises Forbidden for staff and oneself, Conflict at the limit."""
    permissions.require(may_ignore(actor, member))
    _lock(actor)
    values = {"member_id": actor.id, "ignored_id": member.id}
    if session.get(IgnoredMember, values) is None:
        count = session.scalar(select(func.count()).where(IgnoredMember.member_id == actor.id)) or 0
        if count >= rules.MAX_IGNORED:
            raise Conflict(say("You ignore %(num)d members, and cannot ignore more.", num=count))
        session.execute(insert_into(IgnoredMember).values(**values, created_at=clock.now()).on_conflict_do_nothing())
        session.expire(actor, ["ignored_ids"])
    unfollow(actor, member)


def stop_ignoring(actor: Member, member: Member) -> None:
    """Ignore a member no longer."""
    theirs = (IgnoredMember.member_id == actor.id, IgnoredMember.ignored_id == member.id)
    session.execute(delete(IgnoredMember).where(*theirs))
    session.expire(actor, ["ignored_ids"])


def follow(actor: Member, member: Member) -> None:
    """Follow a member. Raises Forbidden for oneself, Conflict for those whom the actor ignores and at the limit."""
    permissions.require(permissions.may_write(actor))
    _lock(actor)
    permissions.require(may_follow(actor, member))
    values = {"member_id": actor.id, "followed_id": member.id}
    if session.get(FollowedMember, values) is None:
        count = session.scalar(select(func.count()).where(FollowedMember.member_id == actor.id)) or 0
        if count >= rules.MAX_FOLLOWED:
            raise Conflict(say("You follow %(num)d members, and cannot follow more.", num=count))
        session.execute(insert_into(FollowedMember).values(**values, created_at=clock.now()).on_conflict_do_nothing())


def unfollow(actor: Member, member: Member) -> None:
    """Follow a member no longer."""
    theirs = (FollowedMember.member_id == actor.id, FollowedMember.followed_id == member.id)
    session.execute(delete(FollowedMember).where(*theirs))


def _lock(actor: Member) -> None:
    """Lock the actor's row, so that two acts of theirs follow each other: none passes the limit, none is lost."""
    session.execute(select(Member.id).where(Member.id == actor.id).with_for_update())
    session.expire(actor, ["ignored_ids"])
