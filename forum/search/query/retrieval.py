"""Retrieve index rows that a reader may see: permissions and filters are part of the SQL."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, select

from forum.infra.database.db import session
from forum.models import Board, Post, Thread
from forum.search.index.store import store
from forum.search.index.tables import QUERY_PARAMETER, THREADS, Expression, Index
from forum.search.query.row_text_filter import matches_text, title_has_no_excluded_term
from forum.search.query.scope import FEW_ROWS, MOMENT, Ids, SearchScope, columns

EXTRA_ROWS_DIVISOR = 4  # a quarter more rows than wanted are fetched first, as most of them are visible
SCANNED = 2_000, 5_000  # rows checked next for permission and filters, the newest first
SCANNED_WITH_TEXT = 4_000  # limit where their text must be read too
RECENT = 100_000  # newest threads and newest posts in which combinations of common words are searched for


@dataclass(frozen=True)
class IndexHit:
    """A row of the index: a reply, or a thread with its first post if there is one."""

    index: Index
    rowid: int
    thread_id: int
    post_id: int | None
    moment: datetime


@dataclass(frozen=True)
class Result:
    """The rows found, the newest first; rows older than `since` were not all examined (None: all were)."""

    rows: list[IndexHit]
    since: datetime | None = None


@dataclass(frozen=True)
class _Scan:
    """Ids of rows to scan, the newest first, and the part to check in their text; ids up to `end` are not scanned."""

    ids: Ids
    unread: Expression
    values: Mapping[str, object] = field(default_factory=dict)
    end: int = 0


def retrieve(scope: SearchScope, index: Index, expression: Expression, *, most: int) -> Result:
    """The newest rows that match and pass the filters; without required words, all that pass the filters."""
    scan, enough = (
        _scan(scope, index, expression),
        (most + most // EXTRA_ROWS_DIVISOR if expression.has_required_terms else 2 * most) + 1,
    )
    newest = [row.rowid for row in session.execute(scan.ids.limit(enough), scan.values)]
    rows = _passing(scope, index, newest, expression, scan.unread)[:most] if newest else []
    if len(rows) == most:
        return Result(rows, rows[-1].moment)
    if len(newest) < enough:
        return Result(rows, scope.later(_moment(index, scan.end)))
    return _look_deeper(scope, index, expression, scan, most)  # rare, and much more expensive


def _look_deeper(scope: SearchScope, index: Index, expression: Expression, scan: _Scan, most: int) -> Result:
    """Like `retrieve`, among many more rows: all that a filter leaves if they are few, else the newest ones."""
    if index.name in scope.few:
        few = scope.few[index.name].limit(FEW_ROWS)
        rows = _read(index, _statement(scope, index, few, expression, expression).limit(most))
        return Result(rows, rows[-1].moment if len(rows) == most else None)
    for scanned in (SCANNED_WITH_TEXT,) if scan.unread.has_required_terms else SCANNED:
        ids = scan.ids.limit(scanned)
        rows = _read(index, _statement(scope, index, ids, expression, scan.unread).limit(most), scan.values)
        if len(rows) == most:
            return Result(rows, rows[-1].moment)
        examined = ids.subquery()
        number, last = session.execute(select(func.count(), func.min(examined.c.age)), scan.values).one()
        if number < scanned:
            last = scan.end
            break
    return Result(rows, scope.later(_moment(index, last)))


def ids_with(
    scope: SearchScope, index: Index, expressions: Mapping[str, Expression], *, scanned: int
) -> dict[str, list[int]]:
    """The ids of the newest rows that match and pass the filters, by expression, among the `scanned` newest."""
    ids_by_name = {}
    for name, expression in expressions.items():
        scan = _scan(scope, index, expression)
        rows = _read(index, _statement(scope, index, scan.ids.limit(scanned), expression, scan.unread), scan.values)
        ids_by_name[name] = [row.rowid for row in rows]
    return ids_by_name


def rows_of(scope: SearchScope, index: Index, ids: Sequence[int], expression: Expression) -> list[IndexHit]:
    """Those of an engine's matches that pass the filters and the checks of their text."""
    return _passing(scope, index, ids, expression, expression.text_check)


def _scan(scope: SearchScope, index: Index, expression: Expression) -> _Scan:
    if not expression.has_required_terms:
        return _Scan(scope.by_age(index), expression)
    low, high = scope.id_ranges[index.name]
    end = max(0, (high or _newest(index)) - RECENT) if expression.only_recent else 0
    rowid = index.table.c.rowid
    ids = select(rowid, rowid.label("age")).select_from(index.table).where(store().matches(index))
    key = store().place(rowid, is_rare=expression.is_rare)
    ids = ids.where(key > max(low - 1, end), *([] if high is None else [key <= high])).order_by(key.desc())
    return _Scan(ids, expression.text_check, {QUERY_PARAMETER: store().in_words(expression)}, end if end > low else 0)


def _passing(
    scope: SearchScope, index: Index, ids: Sequence[int], expression: Expression, unread: Expression
) -> list[IndexHit]:
    key, _, age = columns(index)
    order = key if expression.has_required_terms else age
    chosen = select(key.label("rowid"), order.label("age")).where(key.in_(ids)).limit(len(ids))
    return _read(index, _statement(scope, index, chosen, expression, unread))


def _statement(scope: SearchScope, index: Index, ids: Ids, expression: Expression, unread: Expression) -> Select[Any]:
    """Of some rows, those that the reader may see and that pass the filters and the text checks, the newest first."""
    chosen, (key, _, _) = ids.subquery(), columns(index)
    names = {"rowid": key, "thread_id": Thread.id, "post_id": Post.id, "moment": MOMENT}
    joined: Any = select(*[column.label(name) for name, column in names.items()]).select_from(chosen)
    if index is THREADS:
        joined = joined.join(Thread, Thread.id == chosen.c.rowid)
        joined = joined.outerjoin(Post, and_(Post.thread_id == Thread.id, Post.position == 1))
    else:
        joined = joined.join(Post, Post.id == chosen.c.rowid).join(Thread, Post.thread_id == Thread.id)
        joined = joined.where(
            Post.position > 1, *([title_has_no_excluded_term(Thread.id, expression)] if expression.none_of else [])
        )
    joined = joined.join(Board, Board.id == Thread.board_id).where(scope.condition)
    if unread.has_required_terms or unread.none_of:
        joined = joined.where(matches_text(index, key, unread))
    statement: Select[Any] = joined.order_by(chosen.c.age.desc(), key.desc())
    return statement


def _read(index: Index, statement: Select[Any], values: Mapping[str, object] | None = None) -> list[IndexHit]:
    rows = session.execute(statement, values)
    return [IndexHit(index, row.rowid, row.thread_id, row.post_id, row.moment) for row in rows]


def _moment(index: Index, last: Any) -> datetime | None:
    """The creation time of a row given by id or already by time; None if there is none."""
    if not last or isinstance(last, datetime):
        return last or None
    key, _, age = columns(index)
    moment: datetime | None = session.scalar(select(age).where(key <= last).order_by(key.desc()).limit(1))
    return moment


def _newest(index: Index) -> int:
    return session.scalar(select(func.max(columns(index)[0]))) or 0
