"""Statements of SQLAlchemy's core, built once and carried out past the loaded objects: for what is written most."""

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
    """An INSERT that can say what holds where the row is there already, in the words of the running database.

    SQLite's and PostgreSQL's are alike in that; the other's are never loaded (2 MB of a process).
    """
    if on_sqlite():
        from sqlalchemy.dialects.sqlite import insert  # noqa: PLC0415
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]  # noqa: PLC0415
    return insert(table_of(model))


def execute_core(statement: Executable, **values: object) -> None:
    """Carry out a statement of SQLAlchemy's core, which knows nothing of loaded objects: a third of the cost.

    What it changes of an object that may be loaded is to be named to `outdate`.
    """
    session.connection().execute(statement, values)


def expire(model: type[Model], key: int, *columns: str) -> None:
    """Let an object's columns be read again at their next use, if it is loaded."""
    found = session.identity_map.get(identity_key(model, key))
    if found is not None:
        session.expire(found, columns)


class without_index(FunctionElement[int]):  # noqa: N801 - a function of SQL
    """A number's column that SQLite is to compare and not to look up: it goes by an index of it wherever there is one.

    PostgreSQL weighs that by what it knows of the column, and gets the column itself.
    """

    name, type, inherit_cache = "unsought", Integer(), True

    def __init__(self, column: ColumnElement[int] | InstrumentedAttribute[int]) -> None:
        super().__init__(column)


@compiles(without_index)
def _plain(element: without_index, compiler: SQLCompiler, **more: Any) -> str:
    return compiler.process(element.clauses, **more)


@compiles(without_index, "sqlite")
def _hidden(element: without_index, compiler: SQLCompiler, **more: Any) -> str:
    return "+" + compiler.process(element.clauses, **more)
