"""Accept and refuse requests to join groups."""

from typing import Any

from sqlalchemy import func, select

from forum.admin.groups.delegation import authorize_answer, may_answer
from forum.admin.groups.group_actions import store_membership
from forum.admin.rules import Administrator
from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid
from forum.infra.paging import SIZE
from forum.infra.text.messages import one_line, say
from forum.members.group_requests import MAX_REASON
from forum.models import Group, GroupRequest, Member, Right
from forum.permissions import may_use_right
from forum.verdicts import Verdict

MAX_SHOWN = 5 * SIZE  # the oldest; the others follow when these are answered


def waiting_for(actor: Member, group: Group | None = None) -> list[tuple[GroupRequest, Member, Group]]:
    """The oldest requests that wait and that the actor may answer; of one group if it is given."""
    oldest = (GroupRequest.created_at, GroupRequest.member_id, GroupRequest.group_id)
    rows = _waiting(select(GroupRequest, Member, Group), _answered(actor, group)).order_by(*oldest).limit(MAX_SHOWN)
    return [(request, member, group) for request, member, group in session.execute(rows)]


def waiting_count(actor: Member) -> int:
    """The number of requests that wait and that the actor may answer."""
    return session.scalar(_waiting(select(func.count()).select_from(GroupRequest), _answered(actor))) or 0


def may_answer_some(actor: Member | None) -> Verdict:
    """Whether the actor may answer requests at all."""
    verdict = may_use_right(actor, Right.MANAGE_GROUPS)
    return verdict or may_use_right(actor, Right.MANAGE_MEMBERS)


def _answered(actor: Member, group: Group | None = None) -> list[int]:
    """The groups for which requests wait that the actor may answer; of one group if it is given."""
    asked = select(GroupRequest.group_id).where(GroupRequest.refused_at.is_(None))
    groups = [group] if group is not None else session.scalars(select(Group).where(Group.id.in_(asked)))
    return [each.id for each in groups if may_answer(actor, each)]


def _waiting(rows: Any, group_ids: list[int]) -> Any:
    rows = rows.join(Member, Member.id == GroupRequest.member_id).join(Group, Group.id == GroupRequest.group_id)
    return rows.where(GroupRequest.refused_at.is_(None), Member.closed_at.is_(None), Group.id.in_(group_ids))


def accept(actor: Administrator, group: Group, member: Member) -> None:
    """Put the member who asked into the group. Raises Conflict if the request was answered or withdrawn meanwhile."""
    admin = authorize_answer(actor, group, member)
    _require_waiting(group, member)
    store_membership(admin, group, member)


def refuse(actor: Administrator, group: Group, member: Member, *, answer: str = "") -> None:
    """Refuse a request, with an answer that the member reads. Raises Invalid, or Conflict as accept() does."""
    admin, clean = authorize_answer(actor, group, member), one_line(answer)
    if len(clean) > MAX_REASON:
        raise Invalid({"answer": [say("Use at most %(num)d characters.", num=MAX_REASON)]})
    request = _require_waiting(group, member)
    request.refused_at, request.answer = clock.now(), clean
    session.flush()
    record("refuse-request", actor=admin, target=f"member:{member.id}", name=group.title, reason=clean)


def _require_waiting(group: Group, member: Member) -> GroupRequest:
    session.execute(select(Member.id).where(Member.id == member.id).with_for_update())
    request = session.get(GroupRequest, (member.id, group.id), populate_existing=True)
    if request is None or request.refused_at is not None or member.closed_at is not None:
        raise Conflict(say("This request was answered or withdrawn already."))
    return request
