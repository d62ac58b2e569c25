"""The full-text index in SQLite's FTS5."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Insert, Text, bindparam, func, insert, literal_column

from forum.infra.db import session
from forum.search.index.tables import ASKED, Expression, Index, Row, fields
from forum.search.text.tokenizer import Term

if TYPE_CHECKING:
    import sqlite3

PAGES = 1000  # of four kilobytes, that are merged at once
DONE = 2  # changes by which FTS5 tells that there was something to merge (sqlite.org/fts5.html, "The 'merge' Command")


@cache
def _into(index: Index) -> Insert:
    return insert(index.table)


class SqliteStore:
    """Writes rows and turns what is asked into FTS5's query language, every word quoted."""

    def add(self, index: Index, rows: Sequence[Row]) -> None:
        """Add rows whose ids are free."""
        session.connection().execute(_into(index), [fields(index, row) for row in rows])

    def matches(self, index: Index) -> ColumnElement[bool]:
        """The condition under which a row of the index is what the parameter ASKED asks for."""
        return literal_column(index.name).bool_op("MATCH")(bindparam(ASKED, type_=Text()))

    def in_words(self, asked: Expression) -> str:
        """An expression as a value of ASKED."""
        text = " AND ".join([*map(_term, asked.all_of), *([_any(asked.any_of)] if asked.any_of else [])])
        if asked.in_title:
            text = f"{{title}} : ({text})"
        if asked.none_of:
            text = f"({text}) NOT {_any(asked.none_of)}"
        return text

    def place(self, rowid: ColumnElement[int], *, is_rare: bool) -> ColumnElement[int]:
        """The ids of rows, as those that match are to be sorted and bounded by them: FTS5 has no other."""
        del is_rare
        return rowid

    def merge(self, index: Index, *, anew: bool) -> bool:
        """Put some of the pieces of an index together, for milliseconds; `anew` begins. Whether there is more to do.

        FTS5 merges pieces by how many there are, however large: of those that a rebuild leaves behind it would merge
        all at once, within one of the next replies (10 s of 0.6 GB). One large piece it leaves alone.
        """
        connection = session.connection()
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        before, pages = driver.total_changes, -PAGES if anew else PAGES
        statement = f"INSERT INTO {index.name} ({index.name}, rank) VALUES ('merge', {pages})"  # noqa: S608 - ours
        connection.exec_driver_sql(statement)
        return driver.total_changes - before >= DONE

    def holds(self, text: ColumnElement[Any], words: str) -> ColumnElement[bool]:
        """The condition under which a text has a piece in it."""
        return func.instr(text, words) > 0

    def hold(self, *, alone: bool) -> None:
        """Nothing to do: SQLite has one writer at a time."""


def _any(terms: Sequence[Term]) -> str:
    return "(" + " OR ".join(map(_term, terms)) + ")"


def _term(words: Term) -> str:
    return '"' + " ".join(word.replace('"', '""') for word in words) + '"'
