"""Read what staff decided."""

from collections.abc import Iterable

from sqlalchemy import Select, func, select

from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import SIZE, Page
from forum.models import Decision, Member, Post, Thread
from forum.permissions import visible_threads

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


def titles_of(member: Member, decisions: Iterable[Decision]) -> dict[int, str]:
    """The titles of the threads that decisions are about, by the decisions' ids: those kept with them.

    Of threads that others started it is the title that the thread has, if the member may see it now.
    """
    kept = {decision.id: decision.title for decision in decisions}
    wanted = [decision_id for decision_id, title in kept.items() if not title]
    if not wanted:
        return kept
    thread_id = func.coalesce(Decision.about_thread_id, Post.thread_id)
    rows = select(Decision.id, Thread.title).outerjoin(Post, Post.id == Decision.about_post_id)
    rows = rows.join(Thread, Thread.id == thread_id).join(Thread.board)
    rows = rows.where(Decision.id.in_(wanted), visible_threads(member))
    return kept | {row.id: row.title for row in session.execute(rows)}


def has_any(member: Member) -> bool:
    """Whether anything was decided about the member."""
    return session.scalar(_about(member).with_only_columns(Decision.id).limit(1)) is not None


def _about(member: Member) -> Select[Decision]:
    return select(Decision).where(Decision.member_id == member.id)
