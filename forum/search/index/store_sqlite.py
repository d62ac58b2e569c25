"""The full-text index in SQLite's FTS5."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Insert, Text, bindparam, func, insert, literal_column

from forum.infra.database.db import session
from forum.search.index.tables import QUERY_PARAMETER, Expression, Index, Row, column_values
from forum.search.text.tokenizer import Term

if TYPE_CHECKING:
    import sqlite3

PAGES = 1000  # of 4 kB, merged per call
DONE = 2  # fewer changes mean that nothing was left to merge (sqlite.org/fts5.html, "The 'merge' Command")


@cache
def _into(index: Index) -> Insert:
    return insert(index.table)


class SqliteStore:
    """Writes rows and translates expressions into FTS5's query language with every word quoted."""

    def add(self, index: Index, rows: Sequence[Row]) -> None:
        """Insert rows whose ids are not in the index."""
        session.connection().execute(_into(index), [column_values(index, row) for row in rows])

    def matches(self, index: Index) -> ColumnElement[bool]:
        """A condition: a row of the index matches the expression in the bind parameter QUERY_PARAMETER."""
        return literal_column(index.name).bool_op("MATCH")(bindparam(QUERY_PARAMETER, type_=Text()))

    def in_words(self, expression: Expression) -> str:
        """An expression in FTS5's query language."""
        text = " AND ".join([*map(_term, expression.all_of), *([_any(expression.any_of)] if expression.any_of else [])])
        if expression.in_title:
            text = f"{{title}} : ({text})"
        if expression.none_of:
            text = f"({text}) NOT {_any(expression.none_of)}"
        return text

    def place(self, rowid: ColumnElement[int], *, is_rare: bool) -> ColumnElement[int]:
        """The expression of the row id by which matching rows are sorted and bounded: always the rowid itself."""
        del is_rare
        return rowid

    def merge(self, index: Index, *, anew: bool) -> bool:
        """Merge some segments of an index, for milliseconds; `anew` starts over. Return whether there is more to do.

        FTS5 merges segments by number, whatever their size: those that a rebuild leaves behind would all be merged
        during one of the next replies (10 s for 0.6 GB). It leaves a single large segment alone.
        """
        connection = session.connection()
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        before, pages = driver.total_changes, -PAGES if anew else PAGES
        statement = f"INSERT INTO {index.name} ({index.name}, rank) VALUES ('merge', {pages})"  # noqa: S608 - constants
        connection.exec_driver_sql(statement)
        return driver.total_changes - before >= DONE

    def holds(self, text: ColumnElement[Any], words: str) -> ColumnElement[bool]:
        """A condition: a text contains a string."""
        return func.instr(text, words) > 0

    def hold(self, *, alone: bool) -> None:
        """Do nothing: SQLite has one writer at a time."""


def _any(terms: Sequence[Term]) -> str:
    return "(" + " OR ".join(map(_term, terms)) + ")"


def _term(words: Term) -> str:
    return '"' + " ".join(word.replace('"', '""') for word in words) + '"'
