"""What the text of a row says, as a condition: for rows that were found by something else than their words."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal, not_, or_

from forum.search.index.store import store
from forum.search.index.tables import THREADS, Expression, Index
from forum.search.text.tokenizer import Term


def says(index: Index, rowid: Any, asked: Expression) -> ColumnElement[bool]:
    """Whether a row of the index says what is asked; engines do not begin with the index to find out."""
    columns = [index.table.c[name] for name in index.columns]
    here = columns[:1] if asked.in_title else columns
    wanted = [_has(here, term) for term in (*asked.all_of, *asked.read)]
    if asked.any_of:
        wanted.append(or_(*[_has(here, term) for term in asked.any_of]))
    unwanted = [not_(_has(columns, term)) for term in asked.none_of]
    return exists().where(index.table.c.rowid == rowid, *wanted, *unwanted)


def is_titled_well(thread_id: Any, asked: Expression) -> ColumnElement[bool]:
    """Whether a thread's title has nothing unwanted, which speaks against its replies too."""
    title = THREADS.table.c.title
    return ~exists().where(THREADS.table.c.rowid == thread_id, or_(*[_has([title], term) for term in asked.none_of]))


def _has(columns: Sequence[ColumnElement[Any]], term: Term) -> ColumnElement[bool]:
    holds, words = store().holds, " ".join(term)
    # the first look copies no text, and mostly settles it
    return or_(*[and_(holds(one, words), holds(literal(" ").concat(one).concat(" "), f" {words} ")) for one in columns])
