"""Pagination arithmetic: page numbers and positions, without database."""

from dataclasses import dataclass

SIZE = 20
MAX_PAGE = 1_000_000


@dataclass(frozen=True)
class Page:
    """Page `number` (from 1) of a list of `total` items, `size` per page."""

    number: int
    total: int
    size: int = SIZE

    @property
    def count(self) -> int:
        """The number of pages, at least 1."""
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """The number of items before this page."""
        return (self.number - 1) * self.size

    @property
    def previous(self) -> int | None:
        """The previous page, or None."""
        return min(self.number - 1, self.count) if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The next page, or None."""
        return self.number + 1 if self.number < self.count else None

    @property
    def numbers(self) -> list[int | None]:
        """The page numbers to link: first, last and those around this one; None is a gap."""
        near = {1, self.count, *range(max(1, self.number - 2), min(self.count, self.number + 2) + 1)}
        result: list[int | None] = []
        for number in sorted(near):
            last = result[-1] if result else None
            if last is not None and number - last == 2:  # show the page instead of a gap of one
                result.append(number - 1)
            elif last is not None and number - last > 2:
                result.append(None)
            result.append(number)
        return result


def page_of(position: int, size: int = SIZE) -> int:
    """The page that contains a position (from 1)."""
    return max(1, -(-position // size))


def positions_on(page: int, size: int = SIZE) -> tuple[int, int]:
    """The first and the last position on a page."""
    return (page - 1) * size + 1, page * size
