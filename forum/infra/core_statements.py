"""SQLAlchemy Core statements, built once and executed without the ORM: for the most frequent writes."""

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, Executable, Integer, Table
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.orm.util import identity_key
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from forum.infra.db import Model, on_sqlite, session

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
    """Execute a Core statement, which bypasses loaded objects and costs a third of the ORM.

    Call expire() for the columns it changes of an object that may be loaded.
    """
    session.connection().execute(statement, values)


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
