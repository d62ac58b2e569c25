"""SQL conditions on the indexed text of a row, for rows that were not found through the index."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, literal, not_, or_

from forum.search.index.store import store
from forum.search.index.tables import THREADS, Expression, Index
from forum.search.text.tokenizer import Term


def matches_text(index: Index, rowid: Any, expression: Expression) -> ColumnElement[bool]:
    """Whether the text of an index row matches an expression; never evaluated through the full-text index."""
    columns = [index.table.c[name] for name in index.columns]
    searched = columns[:1] if expression.in_title else columns
    wanted = [_has(searched, term) for term in (*expression.all_of, *expression.read)]
    if expression.any_of:
        wanted.append(or_(*[_has(searched, term) for term in expression.any_of]))
    unwanted = [not_(_has(columns, term)) for term in expression.none_of]
    return exists().where(index.table.c.rowid == rowid, *wanted, *unwanted)


def title_has_no_excluded_term(thread_id: Any, expression: Expression) -> ColumnElement[bool]:
    """Whether a thread's title has no excluded term, which would exclude its replies too."""
    title = THREADS.table.c.title
    return ~exists().where(
        THREADS.table.c.rowid == thread_id, or_(*[_has([title], term) for term in expression.none_of])
    )


def _has(columns: Sequence[ColumnElement[Any]], term: Term) -> ColumnElement[bool]:
    holds, words = store().holds, " ".join(term)
    # the first test copies no text and is mostly decisive
    return or_(
        *[and_(holds(value, words), holds(literal(" ").concat(value).concat(" "), f" {words} ")) for value in columns]
    )
