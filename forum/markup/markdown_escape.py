"""Escapes text as Markdown that renders as that text, with as few backslashes as possible."""

import re
import string
from collections.abc import Callable, Mapping, Sequence

from forum.markup.plain_text import plain_text
from forum.markup.render import Lookup, render
from forum.markup.render_budget import TooCostly
from forum.markup.strip_marks import clean_source

Shows = Callable[[str], bool]
# Characters that may be rendered while removing backslashes; beyond that, every remaining paragraph is fully escaped.
MAX_RENDERED = 100_000
_MARKUP = re.compile(r"<(?!/?(?:p|br|a)\b)")  # URLs and names may become links: their text does not change


def escape_markdown(text: str, smilies: Mapping[str, tuple[str, str]]) -> str:
    """Markdown that renders as the text, with its lines and paragraphs, given these smilies."""
    lookup = Lookup(smilies, lambda names: dict.fromkeys(names, "/"), frozenset())
    lines = [" ".join(line.split()) for line in clean_source(text).split("\n")]
    paragraphs = re.split(r"\n{2,}", "\n".join(lines).strip("\n"))
    left = [MAX_RENDERED]
    return "\n\n".join(_paragraph(paragraph, lookup, left) for paragraph in paragraphs)


def _paragraph(text: str, lookup: Lookup, left: list[int]) -> str:
    def shows(markdown: str) -> bool:
        left[0] -= len(markdown) + 200
        if left[0] < 0:
            raise TooCostly
        html = render(markdown, lookup).html
        return plain_text(html) == text and not _MARKUP.search(html)

    return minimally_escaped(text, shows)


def minimally_escaped(text: str, shows: Shows) -> str:
    """The text with a minimal set of backslashes for which `shows` is true, or fully escaped if there is none.

    The text is also fully escaped if `shows` raises TooCostly.
    """
    marks = [index for index, letter in enumerate(text) if letter in string.punctuation]
    try:
        if shows(text):
            return text
        fewest = _with(text, _needed(text, marks, [], shows))
        return fewest if shows(fewest) else _with(text, marks)
    except TooCostly:
        return _with(text, marks)


def _needed(text: str, marks: Sequence[int], fixed: Sequence[int], shows: Shows) -> list[int]:
    """The marks that need a backslash, given that those in `fixed` have one; found by bisection."""
    if len(marks) < 2:
        return list(marks)
    first, second = marks[: len(marks) // 2], marks[len(marks) // 2 :]
    of_second = [] if shows(_with(text, [*fixed, *first])) else _needed(text, second, [*fixed, *first], shows)
    with_second = [*fixed, *of_second]
    of_first = [] if shows(_with(text, with_second)) else _needed(text, first, with_second, shows)
    return [*of_first, *of_second]


def _with(text: str, positions: Sequence[int]) -> str:
    """The text with a backslash before each of these positions."""
    escaped_at = set(positions)
    return "".join(f"\\{letter}" if index in escaped_at else letter for index, letter in enumerate(text))
