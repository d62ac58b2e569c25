"""Warnings as pages show them, and how many points of a member count."""

from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from forum.infra import clock
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import SIZE, Page
from forum.models import Member, MemberWarning, Post, Thread, WarningKind
from forum.models.members.member import with_member_name

LIST_PAGES = 500
LISTS = ("all", "in-force", "ended")
MAX_SHOWN = 50  # warnings on the page of a member


def kinds_in_use() -> list[WarningKind]:
    """The kinds for which members can be warned, in their order."""
    active = select(WarningKind).where(WarningKind.is_active)
    return list(session.scalars(active.order_by(WarningKind.order, WarningKind.id)))


def points_of(member: Member, at: datetime | None = None) -> int:
    """How many points of a member count, or counted at a moment, as if what is withdrawn had never been."""
    moment = at or clock.now()
    counts = or_(MemberWarning.expires_at.is_(None), MemberWarning.expires_at > moment)
    theirs = (MemberWarning.member_id == member.id, MemberWarning.withdrawn_at.is_(None))
    given = (*theirs, MemberWarning.created_at <= moment, counts)
    return session.scalar(select(func.coalesce(func.sum(MemberWarning.points), 0)).where(*given)) or 0


def latest_id(member: Member) -> int:
    """The id of a member's latest warning; 0 if they have none."""
    return session.scalar(select(func.max(MemberWarning.id)).where(MemberWarning.member_id == member.id)) or 0


def warnings_of(member: Member) -> list[MemberWarning]:
    """The latest warnings of a member, newest first."""
    theirs = _with_all(select(MemberWarning).where(MemberWarning.member_id == member.id))
    return list(session.scalars(theirs.order_by(MemberWarning.id.desc()).limit(MAX_SHOWN)))


def warnings_on_page(
    actor: Member, shown: str, number: int, *, of: Member | None = None
) -> tuple[list[MemberWarning], Page]:
    """A page of warnings, newest first, without the actor's own: "all", "in-force" or "ended", or of one member.

    Raises NotFound past the end.
    """
    conditions: list[ColumnElement[bool]] = [MemberWarning.member_id != actor.id]
    if shown != "all":
        conditions.append(MemberWarning.in_force() if shown == "in-force" else ~MemberWarning.in_force())
    if of is not None:
        conditions.append(MemberWarning.member_id == of.id)
    wanted = select(MemberWarning).where(*conditions).order_by(MemberWarning.id.desc())
    page = bounded_count(number, wanted.with_only_columns(MemberWarning.id), most=LIST_PAGES * SIZE)
    if not 1 <= number <= page.count:
        raise NotFound
    return list(session.scalars(_with_all(wanted).offset(page.offset).limit(page.size))), page


def find_warning(warning_id: int, *, of: Member) -> MemberWarning:
    """A warning of a member. Raises NotFound."""
    wanted = _with_all(select(MemberWarning).where(MemberWarning.id == warning_id))
    found = session.scalars(wanted.where(MemberWarning.member_id == of.id)).one_or_none()
    if found is None:
        raise NotFound
    return found


def of_decision(decision_id: int) -> MemberWarning | None:
    """The warning of which a decision told the member."""
    return session.scalars(select(MemberWarning).where(MemberWarning.decision_id == decision_id)).one_or_none()


def _with_all(warnings: Select[MemberWarning]) -> Select[MemberWarning]:
    """With the names and the place of the post that a list shows."""
    names = (MemberWarning.member, MemberWarning.by, MemberWarning.withdrawn_by)
    place = joinedload(MemberWarning.about_post).joinedload(Post.thread).joinedload(Thread.board)
    return warnings.options(*map(with_member_name, names), place)
