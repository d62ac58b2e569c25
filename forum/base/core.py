"""Statements of SQLAlchemy's core, built once and carried out past the loaded objects: for what is written most."""

from typing import cast

from sqlalchemy import Executable, Table
from sqlalchemy.orm.util import identity_key

from forum.base.db import Model, session


def table_of(noun: type[Model]) -> Table:
    """A noun's table, for statements of the core."""
    return cast("Table", noun.__table__)


def change(statement: Executable, **values: object) -> None:
    """Carry out a statement of SQLAlchemy's core, which knows nothing of loaded objects: a third of the cost.

    What it changes of an object that may be loaded is to be named to `outdate`.
    """
    session.connection().execute(statement, values)


def outdate(noun: type[Model], key: int, *columns: str) -> None:
    """Let an object's columns be read again at their next use, if it is loaded."""
    found = session.identity_map.get(identity_key(noun, key))
    if found is not None:
        session.expire(found, columns)
