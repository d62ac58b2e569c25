"""Finding rows of the index that a reader may see: permission and filters are in the query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Integer, Select, and_, bindparam, func, select

from forum.base.db import UtcDateTime, session
from forum.models import Board, Member, Post, Thread
from forum.permissions import visible_posts
from forum.search.store import store
from forum.search.tables import ASKED, THREADS, Expression, Index

SPARE = 4  # a fourth more rows than are wanted are read at first: most of what is found may be seen
RECENT = 100_000  # of threads and posts each, the last, in which combinations of common words are looked for
SCANNED = 10_000  # rows that have a word and are looked at for permission and filters, the newest first
# of a thread whose first post is not here, the thread's own
_MOMENT = func.coalesce(Post.created_at, Thread.started_at, type_=UtcDateTime())
_AUTHOR = func.coalesce(Post.author_id, Thread.starter_id)


@dataclass(frozen=True)
class Scope:
    """Who reads, and what is left in by author, boards and days; None is everything."""

    actor: Member | None
    author_id: int | None = None
    boards: frozenset[int] | None = None
    after: date | None = None
    before: date | None = None

    @property
    def is_narrow(self) -> bool:
        """Whether there is a filter, so that a search without words has an answer."""
        return any(item is not None for item in (self.author_id, self.boards, self.after, self.before))

    def condition(self, *, by_words: bool) -> ColumnElement[bool]:
        """Over Post, which may be missing, joined to Thread and Board.

        `by_words` says that rows are found by their words: then no engine is to begin with all threads of a board.
        """
        board = Thread.board_id + 0 if by_words else Thread.board_id
        parts = [visible_posts(self.actor)]
        if self.author_id is not None:
            parts.append(_AUTHOR.bool_op("=")(self.author_id))
        if self.boards is not None:
            parts.append(board.in_(self.boards))
        if self.after is not None:
            parts.append(_MOMENT.bool_op(">=")(_midnight(self.after)))
        if self.before is not None:
            parts.append(_MOMENT.bool_op("<")(_midnight(self.before)))
        return and_(*parts)


@dataclass(frozen=True)
class Found:
    """A row of the index: a reply, or a thread with its first post if there is one."""

    index: Index
    rowid: int
    thread_id: int
    post_id: int | None
    moment: datetime


def rows_with(scope: Scope, index: Index, asked: Expression, *, most: int, only_recent: bool = False) -> list[Found]:
    """The newest rows that match; `only_recent` looks no further than RECENT."""
    words, enough = store().in_words(asked), most + most // SPARE + 1
    matching = _matching(index, only_recent=only_recent)
    newest = list(session.scalars(select(matching.c.rowid), {ASKED: words, "scanned": enough}))
    found = rows_of(scope, index, newest)[:most] if newest else []
    if len(found) == most or len(newest) < enough:  # mostly so, and far cheaper than looking at all
        return found
    statement = _visible(scope, index, matching).limit(most)
    return _read(index, statement, {ASKED: words, "scanned": SCANNED})


def ids_with(scope: Scope, index: Index, asked: Sequence[Expression], *, scanned: int) -> list[list[int]]:
    """The ids of the newest rows that match, for each expression, of so many that are looked at."""
    matching = _matching(index)
    statement = _visible(scope, index, matching).with_only_columns(matching.c.rowid)
    values = [{ASKED: store().in_words(one), "scanned": scanned} for one in asked]
    return [list(session.scalars(statement, one)) for one in values]


def rows_of(scope: Scope, index: Index, ids: Sequence[int]) -> list[Found]:
    """The rows with these ids."""
    key = Thread.id if index is THREADS else Post.id
    return _read(index, _visible(scope, index, select(key.label("rowid")).where(key.in_(ids)).subquery()))


def latest(scope: Scope, index: Index, *, most: int) -> list[Found]:
    """The newest rows, whatever they say."""
    key, age = (Thread.id, Thread.started_at) if index is THREADS else (Post.id, Post.created_at)
    statement = _visible(scope, index, None).order_by(None).order_by(age.desc(), key.desc())
    return _read(index, statement.limit(most))


def _read(index: Index, statement: Select[Any], values: Mapping[str, object] | None = None) -> list[Found]:
    rows = session.execute(statement, values)
    return [Found(index, row.rowid, row.thread_id, row.post_id, row.moment) for row in rows]


def _matching(index: Index, *, only_recent: bool = False) -> FromClause:
    rowid = index.table.c.rowid
    matching = select(rowid).select_from(index.table).where(store().matches(index))
    if only_recent:
        newest = select(func.max((Thread if index is THREADS else Post).id)).scalar_subquery()
        matching = matching.where(rowid > newest - RECENT)
    return matching.order_by(store().newest_first(index)).limit(bindparam("scanned", type_=Integer())).subquery()


def _visible(scope: Scope, index: Index, ids: FromClause | None) -> Select[Any]:
    """The rows with some ids, or all, that the reader may see, the newest first."""
    key = Thread.id if index is THREADS else Post.id
    rowid = key if ids is None else ids.c.rowid
    names = {"rowid": rowid, "thread_id": Thread.id, "post_id": Post.id, "moment": _MOMENT}
    statement = select(*[column.label(name) for name, column in names.items()])
    owner = Thread if index is THREADS else Post
    if ids is None:
        statement = statement.select_from(owner)
    else:
        statement = statement.select_from(ids).join(owner, key == ids.c.rowid)
    if index is THREADS:
        statement = statement.outerjoin(Post, and_(Post.thread_id == Thread.id, Post.position == 1))
    else:
        statement = statement.join(Thread, Post.thread_id == Thread.id).where(Post.position > 1)
    statement = statement.join(Board, Thread.board_id == Board.id)
    return statement.where(scope.condition(by_words=ids is not None)).order_by(rowid.desc())


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)
