"""Look up words and texts in the index, without permission checks: callers filter what they show."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Integer, Select, String, bindparam, cast, func, select

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.search.index.store import Store, store
from forum.search.index.tables import QUERY_PARAMETER, THREADS, Expression, Index
from forum.search.text.scoring import Text

SCORED = 4000  # characters of a body that are read for scoring: the topic of a text is stated in its beginning


def threads_with(words: Sequence[str], *, budget: int) -> dict[str, list[int]]:
    """The ids of the threads that contain each word, the newest `budget`; the words must be rare."""
    return {word: ids_with(THREADS, Expression(all_of=((word,),), is_rare=True), budget=budget) for word in words}


def ids_with(index: Index, expression: Expression, *, budget: int) -> list[int]:
    """The ids of matching rows, the newest `budget`."""
    engine = store()
    values = {QUERY_PARAMETER: engine.in_words(expression), "budget": budget}
    joined: str | None = session.scalar(_ids_with(engine, index, is_rare=expression.is_rare), values)
    return [int(rowid) for rowid in joined.split(",")] if joined else []


@cache  # compiling the statement costs more than running it
def _ids_with(engine: Store, index: Index, *, is_rare: bool) -> Select[Any]:
    rowid = index.table.c.rowid
    matching = select(rowid).select_from(index.table).where(engine.matches(index))
    order = engine.place(rowid, is_rare=is_rare).desc()
    newest = matching.order_by(order).limit(bindparam("budget", type_=Integer())).subquery()
    # one string instead of thousands of rows takes a tenth of the time
    return select(func.aggregate_strings(cast(newest.c.rowid, String), ","))


def titles(threads: Iterable[int]) -> dict[int, str]:
    """The indexed titles of threads."""
    columns = THREADS.table.c
    rows = session.execute(select(columns.rowid, columns.title).where(in_list(columns.rowid, set(threads))))
    return {row.rowid: row.title for row in rows}


def texts(index: Index, ids: Iterable[int], *, length: int = SCORED) -> dict[int, Text]:
    """The beginnings of the indexed texts of threads or posts."""
    columns = index.table.c
    title = columns.title if "title" in index.columns else cast("", String)
    body = func.substr(columns.body, 1, length)
    rows = session.execute(select(columns.rowid, title, body).where(in_list(columns.rowid, ids)))
    return {rowid: Text(words, beginning) for rowid, words, beginning in rows}
