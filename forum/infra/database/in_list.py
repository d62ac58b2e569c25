"""Passes many keys as one array parameter: compiling an IN list costs more than running it."""

import json
from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import ARRAY, ColumnElement, any_, func, literal, select

from forum.infra.database.db import on_sqlite

Key = TypeVar("Key", int, str)


def in_list(column: ColumnElement[Key] | Any, keys: Iterable[Key]) -> ColumnElement[bool]:
    """The condition that a typed column equals one of these keys."""
    if on_sqlite():
        keys_as_rows = func.json_each(json.dumps([*keys])).table_valued("value")
        condition: ColumnElement[bool] = column.in_(select(keys_as_rows.c.value))
    else:
        condition = column == any_(literal([*keys], ARRAY(column.type)))
    return condition
