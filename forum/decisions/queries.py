"""Read what staff decided."""

from sqlalchemy import Select, select

from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import SIZE, Page
from forum.models import Decision, Member

MAX_PAGES = 50


def decisions_about(member: Member, number: int) -> tuple[list[Decision], Page]:
    """A page of what staff decided about a member, newest first. Raises NotFound past the end."""
    theirs = _about(member).order_by(Decision.id.desc())
    page = bounded_count(number, theirs.with_only_columns(Decision.id), most=MAX_PAGES * SIZE)
    if not 1 <= number <= page.count:
        raise NotFound
    return list(session.scalars(theirs.offset(page.offset).limit(page.size))), page


def find_own(member: Member, decision_id: int) -> Decision:
    """A decision about the member. Raises NotFound."""
    decision = session.scalars(_about(member).where(Decision.id == decision_id)).one_or_none()
    if decision is None:
        raise NotFound
    return decision


def has_any(member: Member) -> bool:
    """Whether anything was decided about the member."""
    return session.scalar(_about(member).with_only_columns(Decision.id).limit(1)) is not None


def _about(member: Member) -> Select[Decision]:
    return select(Decision).where(Decision.member_id == member.id)
