"""Paged lists of members, and name completion, by index-only scans as for threads."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import Page
from forum.infra.text.messages import comparison_key
from forum.members.queries import member_by_name
from forum.members.rules import PAGE_OF_MEMBERS
from forum.models import Member, Post, Thread
from forum.models.members.member import is_public

LIST_PAGES = 250  # page limit of the list, in every order
MAX_RANKED_NAMES = 200  # matching names that are all ranked; if there are more, only those of ACTIVE members are
MOST_ACTIVE_MEMBERS = 1000  # members with the most messages
MAX_NEWEST_POSTS = 500  # of a thread, whose authors are suggested first
LAST_LETTER = "\U0010ffff"
SORTS: Mapping[str, tuple[ColumnElement[Any], ...]] = {
    "messages": (Member.message_count.desc(), Member.id.desc()),
    "score": (Member.score.desc(), Member.id.desc()),
    "joined": (Member.joined_at.desc(), Member.id.desc()),
    "name": (Member.plain_name.asc(), Member.id.asc()),
}


def members_on_page(sort: str, number: int) -> tuple[list[Member], Page]:
    """A page of the list of members, sorted by "messages", "score", "joined" or "name".

    In "joined", members with an unknown date come last. The total is capped at LIST_PAGES pages. Raises NotFound past
    the end.
    """
    most, order = LIST_PAGES * PAGE_OF_MEMBERS, SORTS.get(sort, SORTS["messages"])
    page = Page(number, _count(_ids(*SORTS["messages"]), most), PAGE_OF_MEMBERS)
    if not 1 <= number <= page.count:
        raise NotFound
    ids = _ids(*order)
    if sort != "joined":
        return _load(_part(ids, page.offset, page.size), order), page
    known, unknown = ids.where(Member.joined_at.is_not(None)), ids.where(Member.joined_at.is_(None))
    members = _load(_part(known, page.offset, page.size), order)
    if len(members) < page.size:
        before = max(0, page.offset - _count(known, most))
        members += _load(_part(unknown, before, page.size - len(members)), order)
    return members, page


def _ids(*order: ColumnElement[Any]) -> Select[Any]:
    return select(Member.id).where(is_public()).order_by(*order)


def _part(ids: Select[Any], offset: int, size: int) -> Select[Any]:
    return ids.offset(offset).limit(size)


def _count(ids: Select[Any], most: int) -> int:
    return session.scalar(select(func.count()).select_from(ids.limit(most).subquery())) or 0


def _load(ids: Select[Any], order: tuple[ColumnElement[Any], ...]) -> list[Member]:
    return list(session.scalars(select(Member).where(Member.id.in_(ids)).order_by(*order)))


def names_like(start: str, limit: int = 8, *, thread: Thread | None = None) -> list[Member]:
    """Members whose names start with the text typed after an @: authors of a thread first, then the most active."""
    typed = comparison_key(start)
    if not typed:
        return []
    posted = _authors_by_prefix(thread, typed, limit) if thread else []
    return [*posted, *(member for member in _members_by_prefix(start, typed, limit) if member not in posted)][:limit]


def _authors_by_prefix(thread: Thread, typed: str, limit: int) -> list[Member]:
    """Matching authors of the thread's newest posts, found by the index on its positions."""
    visible = select(Post.author_id).where(Post.thread_id == thread.id, Post.is_public)
    authors = visible.order_by(Post.position.desc()).limit(MAX_NEWEST_POSTS)
    wanted = select(Member).where(Member.id.in_(authors), is_public(), _has_prefix(typed))
    return list(session.scalars(wanted.order_by(*SORTS["messages"]).limit(limit)))


def _members_by_prefix(start: str, typed: str, limit: int) -> list[Member]:
    begins_so = Member.plain_name.between(typed, typed + LAST_LETTER)
    by_name = list(session.scalars(_ids(*SORTS["name"]).where(begins_so).limit(MAX_RANKED_NAMES + 1)))
    chosen = by_name if len(by_name) <= MAX_RANKED_NAMES else [*_most_active(typed, limit), *by_name[:limit]]
    few = select(Member).where(Member.id.in_(chosen)).order_by(*SORTS["messages"]).limit(limit)
    members = list(session.scalars(few))
    exact = member_by_name(start) if len(members) < limit else None  # the prefix "ibrahim" does not match İbrahim
    return members if exact is None or exact in members else [*members, exact]


def _most_active(typed: str, limit: int) -> list[int]:
    active = select(Member.id).where(
        Member.id.in_(_ids(*SORTS["messages"]).limit(MOST_ACTIVE_MEMBERS)), _has_prefix(typed)
    )
    return list(session.scalars(active.order_by(*SORTS["messages"]).limit(limit)))


def _has_prefix(typed: str) -> ColumnElement[bool]:
    """A prefix match written so that no index on names is used: very many names may match."""
    return func.substr(Member.plain_name, 1, len(typed)) == typed
