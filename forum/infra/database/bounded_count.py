"""Bounded counts for pagination, so that the cost of a page does not grow with the forum."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, select

from forum.infra.database.db import session
from forum.infra.paging import SIZE, Page

PAGES_AHEAD = 10  # pages counted after the current one


def bounded_count(
    number: int, ids: Select[Any], values: Mapping[str, Any] | None = None, *, size: int = SIZE, most: int
) -> Page:
    """Page `number` of a list; the total is counted only up to PAGES_AHEAD pages further, and up to `most` rows."""
    counted = ids.limit(min(most, (number + PAGES_AHEAD) * size)).subquery()
    return Page(number, session.scalar(select(func.count()).select_from(counted), values) or 0, size)
