"""Finding rows of the index that a reader may see: permission and filters are in the query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select

from forum.infra.db import session
from forum.models import Board, Post, Thread
from forum.search.index.store import store
from forum.search.index.tables import ASKED, THREADS, Expression, Index
from forum.search.query.row_text_filter import is_titled_well, says
from forum.search.query.scope import FEW_ROWS, MOMENT, Ids, Scope, columns

SPARE = 4  # a fourth more rows than are wanted are looked at first: most of what is found may be seen
SCANNED = 2_000, 5_000  # rows that are looked at next for permission and filters, the newest first
READ = 4_000  # of them at most where their text must be read too
RECENT = 100_000  # of threads and posts each, the last, in which combinations of common words are looked for


@dataclass(frozen=True)
class Found:
    """A row of the index: a reply, or a thread with its first post if there is one."""

    index: Index
    rowid: int
    thread_id: int
    post_id: int | None
    moment: datetime


@dataclass(frozen=True)
class Result:
    """What was found, the newest first; what is older than `since` was not all looked at, unless that is None."""

    rows: list[Found]
    since: datetime | None = None


@dataclass(frozen=True)
class _Scan:
    """A way along rows, the newest first, and what is still to be read in them; after the id `end` it breaks off."""

    ids: Ids
    unread: Expression
    values: Mapping[str, object] = field(default_factory=dict)
    end: int = 0


def look(scope: Scope, index: Index, asked: Expression, *, most: int) -> Result:
    """The newest rows that match and pass the filters; all that pass them if no word is wanted."""
    way, enough = _way(scope, index, asked), (most + most // SPARE if asked.is_wanting else 2 * most) + 1
    newest = [row.rowid for row in session.execute(way.ids.limit(enough), way.values)]
    rows = _passing(scope, index, newest, asked, way.unread)[:most] if newest else []
    if len(rows) == most:
        return Result(rows, rows[-1].moment)
    if len(newest) < enough:
        return Result(rows, scope.later(_moment(index, way.end)))
    return _further(scope, index, asked, way, most)  # seldom, and far dearer


def _further(scope: Scope, index: Index, asked: Expression, way: _Scan, most: int) -> Result:
    """The same among many more rows: all that a filter leaves if they are few, else so many of the newest."""
    if index.name in scope.few:
        few = scope.few[index.name].limit(FEW_ROWS)
        rows = _read(index, _statement(scope, index, few, asked, asked).limit(most))
        return Result(rows, rows[-1].moment if len(rows) == most else None)
    for scanned in (READ,) if way.unread.is_wanting else SCANNED:
        ids = way.ids.limit(scanned)
        rows = _read(index, _statement(scope, index, ids, asked, way.unread).limit(most), way.values)
        if len(rows) == most:
            return Result(rows, rows[-1].moment)
        looked_at = ids.subquery()
        number, last = session.execute(select(func.count(), func.min(looked_at.c.age)), way.values).one()
        if number < scanned:
            last = way.end
            break
    return Result(rows, scope.later(_moment(index, last)))


def ids_with(scope: Scope, index: Index, asked: Mapping[str, Expression], *, scanned: int) -> dict[str, list[int]]:
    """The ids of the newest rows that match and pass the filters, by expression, of so many that are looked at."""
    found = {}
    for name, one in asked.items():
        way = _way(scope, index, one)
        rows = _read(index, _statement(scope, index, way.ids.limit(scanned), one, way.unread), way.values)
        found[name] = [row.rowid for row in rows]
    return found


def rows_of(scope: Scope, index: Index, ids: Sequence[int], asked: Expression) -> list[Found]:
    """Those of some rows that an engine found which pass the filters, and say what it was not asked for."""
    return _passing(scope, index, ids, asked, asked.unasked)


def _way(scope: Scope, index: Index, asked: Expression) -> _Scan:
    if not asked.is_wanting:
        return _Scan(scope.by_age(index), asked)
    low, high = scope.id_ranges[index.name]
    end = max(0, (high or _newest(index)) - RECENT) if asked.only_recent else 0
    rowid = index.table.c.rowid
    ids = select(rowid, rowid.label("age")).select_from(index.table).where(store().matches(index))
    place = store().place(rowid, is_rare=asked.is_rare)
    ids = ids.where(place > max(low - 1, end), *([] if high is None else [place <= high])).order_by(place.desc())
    return _Scan(ids, asked.unasked, {ASKED: store().in_words(asked)}, end if end > low else 0)


def _passing(scope: Scope, index: Index, ids: Sequence[int], asked: Expression, unread: Expression) -> list[Found]:
    key, _, age = columns(index)
    order = key if asked.is_wanting else age
    chosen = select(key.label("rowid"), order.label("age")).where(key.in_(ids)).limit(len(ids))
    return _read(index, _statement(scope, index, chosen, asked, unread))


def _statement(scope: Scope, index: Index, ids: Ids, asked: Expression, unread: Expression) -> Select[Any]:
    """Of some rows those that the reader may see, that pass the filters and say what is unread, the newest first."""
    chosen, (key, _, _) = ids.subquery(), columns(index)
    names = {"rowid": key, "thread_id": Thread.id, "post_id": Post.id, "moment": MOMENT}
    found: Any = select(*[column.label(name) for name, column in names.items()]).select_from(chosen)
    if index is THREADS:
        found = found.join(Thread, Thread.id == chosen.c.rowid)
        found = found.outerjoin(Post, and_(Post.thread_id == Thread.id, Post.position == 1))
    else:
        found = found.join(Post, Post.id == chosen.c.rowid).join(Thread, Post.thread_id == Thread.id)
        found = found.where(Post.position > 1, *([is_titled_well(Thread.id, asked)] if asked.none_of else []))
    found = found.join(Board, Board.id == Thread.board_id).where(scope.condition)
    if unread.is_wanting or unread.none_of:
        found = found.where(says(index, key, unread))
    statement: Select[Any] = found.order_by(chosen.c.age.desc(), key.desc())
    return statement


def _read(index: Index, statement: Select[Any], values: Mapping[str, object] | None = None) -> list[Found]:
    rows = session.execute(statement, values)
    return [Found(index, row.rowid, row.thread_id, row.post_id, row.moment) for row in rows]


def _moment(index: Index, last: Any) -> datetime | None:
    """When a row was written of which the id is known, or its moment; nothing of none."""
    if not last or isinstance(last, datetime):
        return last or None
    key, _, age = columns(index)
    moment: datetime | None = session.scalar(select(age).where(key <= last).order_by(key.desc()).limit(1))
    return moment


def _newest(index: Index) -> int:
    return session.scalar(select(func.max(columns(index)[0]))) or 0
