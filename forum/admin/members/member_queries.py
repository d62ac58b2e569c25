"""Find members by name, e-mail or IP address, state, group, day of joining and number of messages."""

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, func, or_, select, union
from sqlalchemy.orm import aliased

from forum.admin.rules import Administrator, authorize
from forum.infra import clock
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import SIZE, Page
from forum.infra.text.messages import comparison_key
from forum.members.lists import LAST_LETTER
from forum.members.queries import member_by_login
from forum.models import GroupMembership, Invitation, LogEntry, Member, MemberSession, Right, Role, Sanction
from forum.models.members.member import is_public
from forum.models.members.sanction import bans_in_force, mutes_in_force
from forum.site.group_membership import BUILT_IN_GROUPS
from forum.site.ip_addresses import expiry

FILTERS = ("all", "staff", "banned", "muted", "waiting", "closed")
MAX_PAGES = 500
MAX_LISTED_MEMBERS = 2000  # of a group, of which all are sorted


def find_account(member_id: int) -> Member:
    """A member, also one whose e-mail address is not confirmed yet. Raises NotFound."""
    member = session.get(Member, member_id)
    if member is None:
        raise NotFound
    return member


class MemberQuery(NamedTuple):
    """Whom an admin looks for: what is empty or None does not count.

    `words` are the beginning of a name, or a whole name or e-mail address; `address` is an IP address from which they
    were logged in or are in the log; `chosen` is one of FILTERS; `invited_by` and `group` are ids.
    """

    words: str = ""
    chosen: str = "all"
    invited_by: int | None = None
    group: int | None = None
    address: str = ""
    joined_from: datetime | None = None
    joined_to: datetime | None = None
    messages: int | None = None

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for more than words."""
        return self != MemberQuery(self.words)


def search_members(actor: Administrator, query: MemberQuery, number: int) -> tuple[list[Member], Page]:
    """A page of the members who match: by name if words are given, by messages if a number is, else the newest first.

    An account that is not confirmed yet is found by its whole name or address, and by its state. Raises NotFound past
    the end, and Forbidden for an IP address that the actor may not see.
    """
    authorize(actor, Right.MANAGE_MEMBERS)
    if query.address:
        authorize(actor, Right.SEE_ADDRESSES)
    ids, order = _ids(query), _order(query)
    page = bounded_count(number, ids, most=MAX_PAGES * SIZE)
    exact = member_by_login(query.words) if query.words and number == 1 and not query.is_narrowed else None
    if not 1 <= number <= page.count:
        raise NotFound
    found = ids.offset(page.offset).limit(page.size)
    members = list(session.scalars(select(Member).where(Member.id.in_(found)).order_by(*order)))
    return members if exact is None else [exact, *(member for member in members if member.id != exact.id)], page


def _ids(query: MemberQuery) -> Select[Any]:
    ids = select(Member.id).where(_in_state(query.chosen)).order_by(*_order(query))
    typed = comparison_key(query.words)
    if typed:
        ids = ids.where(Member.plain_name.between(typed, typed + LAST_LETTER))
    if query.invited_by is not None:
        ids = ids.where(Member.id.in_(select(Invitation.used_by_id).where(Invitation.inviter_id == query.invited_by)))
    if query.group is not None:
        ids = ids.where(_is_in_group(query.group))
    if query.address:
        ids = ids.where(Member.id.in_(_ids_at(query.address)))
    if query.joined_from is not None:
        ids = ids.where(Member.joined_at >= query.joined_from)
    if query.joined_to is not None:
        ids = ids.where(Member.joined_at < query.joined_to)
    return ids if query.messages is None else ids.where(Member.message_count >= query.messages)


def _ids_at(address: str) -> CompoundSelect[Any]:
    """The ids of those who were logged in from an IP address or are in the log with it, as long as it is stored."""
    since = expiry()
    seen = select(MemberSession.member_id).where(MemberSession.address == address, MemberSession.last_used_at >= since)
    logged = select(LogEntry.actor_id).where(LogEntry.address == address, LogEntry.at >= since)
    return union(seen, logged.where(LogEntry.actor_id.is_not(None)))


def _in_state(chosen: str) -> ColumnElement[bool]:
    """SQL condition over Member for one of FILTERS."""
    if chosen == "waiting":
        return and_(Member.password_hash.is_not(None), Member.joined_at.is_(None), Member.closed_at.is_(None))
    if chosen == "closed":
        return Member.closed_at.is_not(None)
    if chosen == "staff":
        staff = aliased(Member)
        ids = select(staff.id).where(staff.role.in_([role for role in Role if role != Role.MEMBER]))
        return and_(is_public(), Member.id.in_(ids))
    if chosen in {"banned", "muted"}:
        in_force = bans_in_force() if chosen == "banned" else mutes_in_force()
        return and_(is_public(), Member.id.in_(select(Sanction.member_id).where(in_force)))
    return is_public()


def _is_in_group(group_id: int) -> ColumnElement[bool]:
    """SQL condition over Member: in a group by its role, or put into it; not by the conditions of a group."""
    roles = [role for role, groups in BUILT_IN_GROUPS.items() if group_id in groups]
    if roles:
        return Member.role.in_(roles)
    is_current = or_(GroupMembership.until.is_(None), GroupMembership.until > clock.now())
    joined = select(GroupMembership.member_id).where(GroupMembership.group_id == group_id, is_current)
    few = session.scalar(select(func.count()).select_from(joined.limit(MAX_LISTED_MEMBERS + 1).subquery())) or 0
    if few <= MAX_LISTED_MEMBERS:
        return Member.id.in_(joined)
    return joined.where(GroupMembership.member_id == Member.id).exists()  # asked of one member after the other


def _order(query: MemberQuery) -> tuple[ColumnElement[Any], ...]:
    if query.words:
        return Member.plain_name.asc(), Member.id.asc()
    if query.messages is not None:
        return Member.message_count.desc(), Member.id.desc()
    return Member.joined_at.desc(), Member.id.desc()
