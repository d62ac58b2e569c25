"""The reader and the filters of a search: as an SQL condition, and as rows found through a filter's own SQL index."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from forum.infra.database.db import UtcDateTime, session
from forum.models import Member, Post, Thread
from forum.permissions import visible_posts
from forum.search.index.tables import POSTS, THREADS, Index

FEW_ROWS = 5_000  # up to this many rows that a filter leaves are checked one by one
EDGE_ROWS = 1000  # rows read at either end of what a filter leaves, to estimate the lowest and the highest id
# falls back to the thread if its first post is missing
MOMENT = func.coalesce(Post.created_at, Thread.started_at, type_=UtcDateTime())
_AUTHOR = func.coalesce(Post.author_id, Thread.starter_id)
Ids = Select[Any, Any]  # with the columns rowid and age


@dataclass(frozen=True)
class SearchScope:
    """The reader, and the filters by author, boards, thread and days; None means no filter."""

    actor: Member | None
    author_id: int | None = None
    boards: frozenset[int] | None = None
    after: date | None = None
    before: date | None = None
    thread_id: int | None = None
    without_authors: frozenset[int] = frozenset()

    @property
    def is_narrow(self) -> bool:
        """Whether there is a filter, so that a search without words is allowed."""
        chosen = (self.author_id, self.boards, self.after, self.before, self.thread_id)
        return bool(self.without_authors) or any(item is not None for item in chosen)

    @property
    def condition(self) -> ColumnElement[bool]:
        """On Post (outer-joined), Thread and Board; written so that the planner uses none of their indexes."""
        parts = [visible_posts(self.actor, or_none=True), *_days(MOMENT, self.after, self.before)]
        if self.author_id is not None:
            parts.append(_AUTHOR.bool_op("=")(self.author_id))
        if self.without_authors:
            parts.append(_AUTHOR.not_in(self.without_authors))
        if self.boards is not None:
            parts.append((Thread.board_id + 0).in_(self.boards))
        if self.thread_id is not None:
            parts.append(Thread.id + 0 == self.thread_id)
        return and_(*parts)

    @cached_property
    def few(self) -> dict[str, Ids]:
        """All rows that one of the filters leaves, if they are few, by index name."""
        ids_of = {}
        for index in (THREADS, POSTS):
            ids = next((ids for ids in self._by_filter(index) if _are_few(ids)), None)
            if ids is not None:
                ids_of[index.name] = ids
        return ids_of

    def by_age(self, index: Index, *, oldest: bool = False) -> Ids:
        """The rows that pass the filters by thread, or by author and days, the newest or the oldest first."""
        if self.thread_id is not None:
            return _in_thread(index, self.thread_id, oldest=oldest)
        key, author, age = columns(index)
        of_author = [] if self.author_id is None else [author == self.author_id]
        statement = select(key.label("rowid"), age.label("age")).where(*of_author, *_days(age, self.after, self.before))
        return statement.order_by(*((age, key) if oldest else (age.desc(), key.desc())))

    def later(self, moment: datetime | None) -> datetime | None:
        """A time, or None if it lies before the first day searched."""
        return None if moment and self.after and moment < _midnight(self.after) else moment

    @cached_property
    def id_ranges(self) -> dict[str, tuple[int, int | None]]:
        """The lowest and highest ids that the filters leave, by index name, as ids grow with time."""
        return {index.name: self._id_range(index) for index in (THREADS, POSTS)}

    def _id_range(self, index: Index) -> tuple[int, int | None]:
        if not (self.thread_id or self.author_id or self.after or self.before):
            return 0, None
        newest, oldest = (self.by_age(index, oldest=oldest).limit(EDGE_ROWS).subquery() for oldest in (False, True))
        low, high = select(func.min(oldest.c.rowid)), select(func.max(newest.c.rowid))
        return session.scalar(low) or 0, session.scalar(high) or 0

    def _by_filter(self, index: Index) -> Iterator[Ids]:
        if self.thread_id is not None:
            yield _in_thread(index, self.thread_id)
        if self.author_id is not None or self.after or self.before:
            yield SearchScope(None, self.author_id, after=self.after, before=self.before).by_age(index)
        if self.boards is not None and (index is THREADS or _are_few(_in_boards(THREADS, self.boards))):
            yield _in_boards(index, self.boards)


def columns(index: Index) -> tuple[Any, Any, Any]:
    """The id, author and time columns of the model behind an index."""
    return (
        (Thread.id, Thread.starter_id, Thread.started_at)
        if index is THREADS
        else (Post.id, Post.author_id, Post.created_at)
    )


def _in_thread(index: Index, thread_id: int, *, oldest: bool = False) -> Ids:
    key, _, age = columns(index)
    statement = select(key.label("rowid"), age.label("age"))
    if index is THREADS:
        return statement.where(key == thread_id)
    order = Post.position.asc() if oldest else Post.position.desc()
    return statement.where(Post.thread_id == thread_id).order_by(order)


def _in_boards(index: Index, boards: frozenset[int]) -> Ids:
    if index is THREADS:
        return select(Thread.id.label("rowid"), Thread.started_at.label("age")).where(Thread.board_id.in_(boards))
    posts = select(Post.id.label("rowid"), Post.created_at.label("age")).join(Thread, Post.thread_id == Thread.id)
    return posts.where(Thread.board_id.in_(boards))


def _are_few(ids: Ids) -> bool:
    return (session.scalar(select(func.count()).select_from(ids.limit(FEW_ROWS + 1).subquery())) or 0) <= FEW_ROWS


def _days(moment: Any, after: date | None, before: date | None) -> list[ColumnElement[bool]]:
    parts = []
    if after is not None:
        parts.append(moment >= _midnight(after))
    if before is not None:
        parts.append(moment < _midnight(before))
    return parts


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
