"""Bar charts: where the bars of an SVG are, and the numbers at its axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

HEIGHT, STEP, GAP = 100, 10, 2  # of the SVG's units, which are stretched to the width of the page
MAX_BARS_WITH_GAPS = 100


@dataclass(frozen=True)
class Bar:
    """A bar with its label and value."""

    x: int
    height: float
    label: str
    value: int

    @property
    def y(self) -> float:
        """Where it begins, from the top."""
        return round(HEIGHT - self.height, 2)


@dataclass(frozen=True)
class Plot:
    """A chart; `top` is the number at the upper end of its axis."""

    top: int
    bars: Sequence[Bar]
    width: int
    bar_width: int


def bar_plot(values: Sequence[int | None], labels: Sequence[str]) -> Plot:
    """The chart of a series of numbers."""
    top = axis_top(max((value or 0 for value in values), default=0))
    gap = GAP if len(values) <= MAX_BARS_WITH_GAPS else 0
    bars = [
        Bar(number * STEP + gap // 2, round(value / top * HEIGHT, 2), label, value)
        for number, value, label in zip(count(), values, labels, strict=False)
        if value
    ]
    return Plot(top, bars, width=max(1, len(values)) * STEP, bar_width=STEP - gap)


def axis_top(most: int) -> int:
    """The smallest even number of the form 2, 3, 4, 5, 6, 8, 10 × 10ⁿ that is not below `most`."""
    for exponent in count():
        for digit in (2, 3, 4, 5, 6, 8, 10):
            top = int(digit * 10**exponent)
            if top >= most and top % 2 == 0:
                return top
    raise AssertionError("unreachable")
