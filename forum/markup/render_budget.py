"""The work budget of one rendering, and estimates of its cost."""

import re
import time
from dataclasses import dataclass, field

from forum.markup.limits import (
    ATTRIBUTE_WORK,
    ENTITY_WORK,
    INLINE_STEP,
    INLINE_WORK,
    MAX_HTML_DEPTH,
    MAX_INLINE_NESTING,
    MAX_SECONDS,
    MAX_WORK,
    NESTED_WORK,
    SIBLING_WORK,
    TAG_WORK,
)

_TAG = re.compile(r"<(/?)([a-z0-9]+)")
_VOID = frozenset({"br", "hr", "img"})


class TooCostly(Exception):
    """The markup exceeds the limits on depth, size or cost."""


class TooSlow(TooCostly):
    """The rendering exceeds its CPU time: the markup may be too costly, or the process was held up."""


@dataclass
class Budget:
    """The remaining work and the CPU-time deadline of one rendering."""

    work: float = MAX_WORK
    deadline: float = field(default_factory=lambda: time.thread_time() + MAX_SECONDS)

    def spend(self, work: float) -> None:
        """Deduct work before it is done; raises TooCostly if the budget is exceeded, TooSlow after the deadline."""
        self.work -= work
        if self.work < 0:
            raise TooCostly
        if time.thread_time() > self.deadline:
            raise TooSlow


def inline_work(text: str) -> float:
    """An upper bound on the inline parser's work for a paragraph."""
    counts = {mark: text.count(mark) for mark in INLINE_WORK}
    # the parser scans ahead from each open bracket, over what it has already parsed, up to the nesting limit
    ahead = min(counts["["], MAX_INLINE_NESTING) * NESTED_WORK
    return INLINE_STEP + sum(number * (INLINE_WORK[mark] + ahead) for mark, number in counts.items())


def html_work(html: str) -> float:
    """The work of bleach for HTML, except for its sibling searches."""
    return html.count("<") * TAG_WORK + html.count('="') * ATTRIBUTE_WORK + html.count("&") * ENTITY_WORK


def tree_work(html: str) -> float:
    """The work of bleach's sibling searches in well-formed HTML; raises TooCostly if it is nested too deeply.

    Its tree walker searches for each element among all its siblings.
    """
    pairs, children = 0, [0]
    for closing, name in _TAG.findall(html):
        if closing:
            pairs += children.pop() ** 2
            continue
        children[-1] += 1
        if name not in _VOID:
            children.append(0)
            if len(children) > MAX_HTML_DEPTH:
                raise TooCostly
    return (pairs + children[0] ** 2) * SIBLING_WORK
