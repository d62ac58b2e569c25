"""What one rendering may cost, and the refusal when it would cost more."""

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
    """The markup is deeper, wider or dearer than a post may be."""


@dataclass
class Budget:
    """The work and the CPU time that are left for one rendering."""

    work: float = MAX_WORK
    deadline: float = field(default_factory=lambda: time.thread_time() + MAX_SECONDS)

    def spend(self, work: float) -> None:
        """Pay for work before it is done, or raise TooCostly."""
        self.work -= work
        if self.work < 0 or time.thread_time() > self.deadline:
            raise TooCostly


def inline_work(text: str) -> float:
    """What the inline parser will make of a paragraph, at most."""
    counts = {mark: text.count(mark) for mark in INLINE_WORK}
    # from each open bracket the parser looks ahead, over what it has found before, until it is too deep
    ahead = min(counts["["], MAX_INLINE_NESTING) * NESTED_WORK
    return INLINE_STEP + sum(number * (INLINE_WORK[mark] + ahead) for mark, number in counts.items())


def html_work(html: str) -> float:
    """What bleach will make of HTML, but for the places of its elements."""
    return html.count("<") * TAG_WORK + html.count('="') * ATTRIBUTE_WORK + html.count("&") * ENTITY_WORK


def tree_work(html: str) -> float:
    """What bleach will make of the places of the elements in well-formed HTML; raises TooCostly where it is too deep.

    Its tree walker looks for each element among all its siblings.
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
