"""Who invited whom, and what became of those who were invited."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Select, case, func, literal, or_, select

from forum.admin.rules import Administrator, authorize
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import SIZE, Page
from forum.members.signup import invitations
from forum.models import Invitation, Member, Right, Sanction
from forum.models.members.invitation import is_open
from forum.models.members.sanction import bans_in_force

MAX_PAGES = 50
MAX_ANCESTORS = 20
RANKED_INVITATIONS = 1000


class Inviter(NamedTuple):
    """Somebody who has invited, None for the operator, with the numbers of their invitations."""

    member: Member | None
    joined: int = 0
    banned: int = 0
    open: int = 0


def inviters_on_page(number: int) -> tuple[list[Inviter], Page]:
    """A page of those who created the newest RANKED_INVITATIONS, with whom most have joined by these first.

    Only the newest, so that the page costs the same in a forum with a million of them. Raises NotFound past the end.
    """
    newest = select(Invitation.inviter_id, Invitation.used_at).order_by(Invitation.id.desc()).limit(RANKED_INVITATIONS)
    recent = newest.subquery()
    ids = select(recent.c.inviter_id).group_by(recent.c.inviter_id)
    ids = ids.order_by(func.count(recent.c.used_at).desc(), recent.c.inviter_id)
    page = _page(number, ids)
    return _with_numbers(session.scalars(ids.offset(page.offset).limit(page.size)).all()), page


def invited_by(member: Member, number: int) -> tuple[list[Inviter], Page]:
    """A page of the members whom somebody has invited, newest first, with the numbers of their own invitations."""
    rows = select(Invitation.used_by_id).where(Invitation.inviter_id == member.id, Invitation.used_by_id.is_not(None))
    rows = rows.order_by(Invitation.id.desc())
    page = _page(number, rows)
    return _with_numbers(session.scalars(rows.offset(page.offset).limit(page.size)).all()), page


def numbers_of(member: Member) -> Inviter:
    """The numbers of a member's invitations."""
    return _with_numbers([member.id])[0]


def inviter_of(member: Member) -> Member | None:
    """The member who has invited a member."""
    joined = Member.id == Invitation.inviter_id
    return session.scalars(select(Member).join(Invitation, joined).where(Invitation.used_by_id == member.id)).first()


def line_of(member: Member) -> list[Member]:
    """Who invited a member, who invited those, and so on; the first of them first, MAX_ANCESTORS at most.

    After a merge the line may lead back to somebody: it stops there.
    """
    start = select(Invitation.inviter_id.label("id"), literal(1).label("depth"))
    line = start.where(Invitation.used_by_id == member.id).cte("line", recursive=True)
    above = select(Invitation.inviter_id, line.c.depth + 1).join(line, Invitation.used_by_id == line.c.id)
    line = line.union_all(above.where(line.c.depth < MAX_ANCESTORS))
    found: dict[int, Member] = {}
    for inviter in session.scalars(select(Member).join(line, Member.id == line.c.id).order_by(line.c.depth)):
        if inviter is member or inviter.id in found:
            break
        found[inviter.id] = inviter
    return list(reversed(found.values()))


def revoke_all(actor: Administrator, member: Member) -> int:
    """Revoke all open invitations of a member; returns their number."""
    return invitations.revoke_all(authorize(actor, Right.MANAGE_MEMBERS), member)


def _page(number: int, rows: Select[Any]) -> Page:
    page = bounded_count(number, rows, most=MAX_PAGES * SIZE)
    if not 1 <= number <= page.count:
        raise NotFound
    return page


def _with_numbers(member_ids: Sequence[int | None]) -> list[Inviter]:
    """The members with these ids, in this order, with the numbers of their invitations; None is the operator."""
    known = [member_id for member_id in member_ids if member_id is not None]
    members = {member.id: member for member in session.scalars(select(Member).where(Member.id.in_(known)))}
    is_theirs = or_(
        Invitation.inviter_id.in_(known), *([Invitation.inviter_id.is_(None)] if None in member_ids else [])
    )
    open_ones = func.sum(case((is_open(), 1), else_=0))
    counts = select(Invitation.inviter_id, func.count(Invitation.used_at), func.count(Sanction.id), open_ones)
    counts = counts.outerjoin(Sanction, (Sanction.member_id == Invitation.used_by_id) & bans_in_force())
    rows = {row[0]: row[1:] for row in session.execute(counts.where(is_theirs).group_by(Invitation.inviter_id))}
    found = [(member_id, members.get(member_id) if member_id is not None else None) for member_id in member_ids]
    return [Inviter(member, *map(int, rows.get(member_id, (0, 0, 0)))) for member_id, member in found]
