"""Members ask to join groups that take requests, withdraw, and leave."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import and_, delete, or_, select

from forum import permissions
from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid, NotFound
from forum.infra.text.messages import one_line, say
from forum.models import Group, GroupMembership, GroupRequest, Member

MAX_REASON = 300
AGAIN_AFTER = timedelta(days=7)  # after a request was refused, the member may ask again


@dataclass(frozen=True)
class OpenGroup:
    """A group that takes requests, as a member sees it."""

    group: Group
    request: GroupRequest | None
    membership: GroupMembership | None
    is_joined: bool

    @property
    def is_waiting(self) -> bool:
        """Whether the member has asked and has no answer yet."""
        return self.request is not None and self.request.refused_at is None

    @property
    def is_refused(self) -> bool:
        """Whether the member was refused, lately or long ago."""
        return self.request is not None and self.request.refused_at is not None

    @property
    def may_ask(self) -> bool:
        """Whether the member may ask now."""
        return not self.is_joined and not self.is_waiting and (self.request is None or not _is_recent(self.request))

    @property
    def state(self) -> str:
        """What has become of it, in one word."""
        if self.is_joined:
            return "joined"
        return "waiting" if self.is_waiting else "refused" if self.is_refused else "open"


def open_groups(member: Member) -> list[OpenGroup]:
    """The groups that take requests, and those in which a request of the member waits."""
    wanted = or_(Group.takes_requests, GroupRequest.member_id.is_not(None))
    rows = session.execute(_with_state(member).where(wanted))
    return [OpenGroup(group, request, joined, _is_in_force(joined)) for group, request, joined in rows]


def _with_state(member: Member) -> Any:
    asked = and_(GroupRequest.group_id == Group.id, GroupRequest.member_id == member.id)
    joined = and_(GroupMembership.group_id == Group.id, GroupMembership.member_id == member.id)
    rows = select(Group, GroupRequest, GroupMembership).outerjoin(GroupRequest, asked)
    return rows.outerjoin(GroupMembership, joined).order_by(Group.order, Group.id)


def _is_in_force(membership: GroupMembership | None) -> bool:
    return membership is not None and (membership.until is None or membership.until > clock.now())


def _is_recent(request: GroupRequest) -> bool:
    return request.refused_at is not None and request.refused_at + AGAIN_AFTER > clock.now()


def find_open_group(member: Member, group_id: int) -> OpenGroup:
    """A group that takes requests, locked for the member, so that two acts of theirs follow each other."""
    session.execute(select(Member.id).where(Member.id == member.id).with_for_update())
    found = next((each for each in open_groups(member) if each.group.id == group_id), None)
    if found is None:
        raise NotFound
    return found


def ask(actor: Member, group_id: int, *, reason: str = "") -> OpenGroup:
    """Ask to join a group; asking while a request waits changes nothing. Raises Invalid, NotFound or Conflict."""
    permissions.require(permissions.may_write(actor))
    clean, found = one_line(reason), find_open_group(actor, group_id)
    if len(clean) > MAX_REASON:
        raise Invalid({"reason": [say("Use at most %(num)d characters.", num=MAX_REASON)]})
    if found.is_waiting:
        return found
    if found.is_joined:
        raise Conflict(say("You are in this group already."))
    if not found.group.takes_requests:
        raise NotFound
    if not found.may_ask:
        raise Conflict(say("You can ask again a week after you were refused."))
    if found.request is not None:
        session.delete(found.request)
        session.flush()
    session.add(GroupRequest(member_id=actor.id, group_id=group_id, reason=clean, created_at=clock.now()))
    session.flush()
    return find_open_group(actor, group_id)


def withdraw_or_leave(actor: Member, group_id: int) -> None:
    """Withdraw the request that waits, or leave the group. Raises NotFound if there is neither."""
    permissions.require(permissions.may_write(actor))
    found = find_open_group(actor, group_id)
    if found.is_waiting:
        session.delete(found.request)
        session.flush()
    elif found.is_joined:
        mine = (GroupMembership.member_id == actor.id, GroupMembership.group_id == group_id)
        session.execute(delete(GroupMembership).where(*mine))
        session.expire(actor, ["joined_groups"])
        record("leave-group", actor=actor, target=f"member:{actor.id}", name=found.group.title)
    else:
        raise NotFound
