"""How long a list is, counted no further than it matters: what a page costs is not to grow with the forum."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, func, select

from forum.infra.db import session
from forum.infra.paging import SIZE, Page

PAGES_AHEAD = 10  # pages after the one that is shown


def bounded_count(
    number: int, ids: Select[Any], values: Mapping[str, Any] | None = None, *, size: int = SIZE, most: int
) -> Page:
    """The page of a list of which only what lies up to AHEAD pages on is counted, and `most` things at most."""
    counted = ids.limit(min(most, (number + PAGES_AHEAD) * size)).subquery()
    return Page(number, session.scalar(select(func.count()).select_from(counted), values) or 0, size)
