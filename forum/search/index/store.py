"""Which engine holds the full-text index: the database's own."""

from collections.abc import Hashable, Sequence
from functools import cache
from typing import Any, Protocol

from sqlalchemy import ColumnElement

from forum.infra.db import on_sqlite
from forum.search.index.store_sqlite import SqliteStore
from forum.search.index.tables import Expression, Index, Row


class Store(Hashable, Protocol):
    """What the index asks of an engine beyond plain SQL."""

    def add(self, index: Index, rows: Sequence[Row]) -> None:
        """Add rows whose ids are free."""

    def matches(self, index: Index) -> ColumnElement[bool]:
        """The condition under which a row of the index is what the parameter ASKED asks for."""

    def in_words(self, asked: Expression) -> str:
        """An expression, in which something must be wanted, as a value of ASKED."""

    def place(self, rowid: ColumnElement[int], *, is_rare: bool) -> ColumnElement[int]:
        """The ids of rows, as those that match are to be sorted and bounded by them."""

    def merge(self, index: Index, *, anew: bool) -> bool:
        """Put some of the pieces of an index together, for milliseconds; `anew` begins. Whether there is more to do."""

    def holds(self, text: ColumnElement[Any], words: str) -> ColumnElement[bool]:
        """The condition under which a text has a piece in it."""

    def hold(self, *, alone: bool) -> None:
        """Let writers of the index go on side by side, and a rebuild alone, until the transaction ends."""


_SQLITE = SqliteStore()


def store() -> Store:
    """The engine of the running app's database."""
    return _SQLITE if on_sqlite() else _postgresql()


@cache
def _postgresql() -> Store:
    from forum.search.index.store_postgresql import PostgresqlStore  # noqa: PLC0415 - SQLAlchemy's part for it takes 2 MB

    return PostgresqlStore()
