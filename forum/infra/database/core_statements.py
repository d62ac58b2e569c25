"""SQLAlchemy Core statements, built once and executed without the ORM: for the most frequent writes."""

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Executable, Integer, Table, bindparam, update
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from forum.infra.database.db import Model, on_sqlite, session

if TYPE_CHECKING:
    from sqlalchemy.dialects.sqlite import Insert


def table_of(model: type[Model]) -> Table:
    """A model's table, for Core statements."""
    return cast("Table", model.__table__)


def insert_into(model: type[Model]) -> "Insert":
    """An INSERT with ON CONFLICT for the database in use.

    SQLite and PostgreSQL share that API; the other dialect is never imported (2 MB per process).
    """
    if on_sqlite():
        from sqlalchemy.dialects.sqlite import insert  # noqa: PLC0415
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]  # noqa: PLC0415
    return insert(table_of(model))


def execute_core(statement: Executable, **values: object) -> None:
    """Execute a Core statement on rows that are never loaded as objects; it costs a third of the ORM."""
    session.connection().execute(statement, values)


class RowUpdate:
    """An UPDATE of one row by its id, built once and executed without the ORM, at a third of its cost.

    If the row is loaded, the columns that it sets are read again on next use.
    """

    def __init__(self, model: type[Model], **values: object) -> None:
        self._model, self._columns, table = model, tuple(values), table_of(model)
        self.statement = update(table).where(table.c.id == bindparam("row_id")).values(values)

    def __call__(self, row_id: int, **values: object) -> None:
        """Update the row; `values` are the statement's other parameters."""
        session.connection().execute(self.statement, {"row_id": row_id, **values})
        expire(self._model, row_id, *self._columns)


def expire(model: type[Model], key: int, *columns: str) -> None:
    """Expire columns of an object, if it is loaded, so that they are read again on next use."""
    loaded = session.identity_map.get(identity_key(model, key))
    if loaded is not None:
        session.expire(loaded, columns)


class without_index(FunctionElement[int]):  # noqa: N801 - an SQL function
    """Stops SQLite from using an index on a numeric column, as it otherwise does whenever there is one.

    PostgreSQL decides by its statistics and gets the plain column.
    """

    name, type, inherit_cache = "unsought", Integer(), True

    def __init__(self, column: ColumnElement[int] | InstrumentedAttribute[int]) -> None:
        super().__init__(column)


@compiles(without_index)
def _compile_plain(element: without_index, compiler: SQLCompiler, **more: Any) -> str:
    return compiler.process(element.clauses, **more)


@compiles(without_index, "sqlite")
def _compile_for_sqlite(element: without_index, compiler: SQLCompiler, **more: Any) -> str:
    return "+" + compiler.process(element.clauses, **more)
