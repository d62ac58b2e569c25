"""The engine of the full-text index: the database's own."""

from collections.abc import Hashable, Sequence
from functools import cache
from typing import Any, Protocol

from sqlalchemy import ColumnElement

from forum.infra.database.db import on_sqlite
from forum.search.index.store_sqlite import SqliteStore
from forum.search.index.tables import Expression, Index, Row


class Store(Hashable, Protocol):
    """The operations of an engine that plain SQL lacks."""

    def add(self, index: Index, rows: Sequence[Row]) -> None:
        """Insert rows whose ids are not in the index."""

    def matches(self, index: Index) -> ColumnElement[bool]:
        """A condition: a row of the index matches the expression in the bind parameter QUERY_PARAMETER."""

    def in_words(self, expression: Expression) -> str:
        """An expression with at least one required term, as a value of QUERY_PARAMETER, in the engine's language."""

    def place(self, rowid: ColumnElement[int], *, is_rare: bool) -> ColumnElement[int]:
        """The expression of the row id by which matching rows are sorted and bounded."""

    def merge(self, index: Index, *, anew: bool) -> bool:
        """Merge some segments of an index, for milliseconds; `anew` starts over. Return whether there is more to do."""

    def holds(self, text: ColumnElement[Any], words: str) -> ColumnElement[bool]:
        """A condition: a text contains a string."""

    def hold(self, *, alone: bool) -> None:
        """Lock the index until the transaction ends: shared for writers, exclusive (`alone`) for a rebuild."""


_SQLITE = SqliteStore()


def store() -> Store:
    """The engine of the running app's database."""
    return _SQLITE if on_sqlite() else _postgresql()


@cache
def _postgresql() -> Store:
    from forum.search.index.store_postgresql import PostgresqlStore  # noqa: PLC0415 - SQLAlchemy's dialect takes 2 MB

    return PostgresqlStore()
