"""Fields that several of these schemas have."""

from collections.abc import Mapping
from typing import Any

from forum.schemas.shapes import CleanText, WholeNumber

MAX_SEARCH_INPUT = 300  # characters of a member search


def column_text(column: Any = None, *, most: int = 0, **more: Any) -> CleanText:
    """A text as long as its column, or as `most`."""
    return CleanText(most=most or column.type.length, **more)


class OptionalNumber(WholeNumber):
    """A whole number; null, or empty in a form, for none."""

    def deserialize(
        self, value: Any, attr: str | None = None, data: Mapping[str, Any] | None = None, **kwargs: Any
    ) -> Any:
        """The number, or None."""
        return super().deserialize(None if self.in_form and value == "" else value, attr, data, **kwargs)
