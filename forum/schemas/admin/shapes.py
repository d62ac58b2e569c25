"""Fields that several of these schemas have."""

from typing import Any

from forum.schemas.shapes import CleanText

MAX_SEARCH_INPUT = 300  # characters of a member search


def column_text(column: Any = None, *, most: int = 0, **more: Any) -> CleanText:
    """A text as long as its column, or as `most`."""
    return CleanText(most=most or column.type.length, **more)
