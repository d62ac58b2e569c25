"""Text as Markdown that shows it as it is, with as few backslashes as that takes."""

import re
import string
from collections.abc import Callable, Mapping, Sequence

from forum.markup.plain_text import plain_text
from forum.markup.render import Lookup, render
from forum.markup.render_budget import TooCostly
from forum.markup.strip_marks import clean_source

Shows = Callable[[str], bool]
# Characters that may be rendered while backslashes are taken back; where more would be needed, those left stay.
MAX_RENDERED = 100_000
_MARKUP = re.compile(r"<(?!/?(?:p|br|a)\b)")  # addresses and names may be links: their words stay what they are


def escape_markdown(text: str, smilies: Mapping[str, tuple[str, str]]) -> str:
    """Markdown that shows a text as it is, its lines and paragraphs kept, where these smilies are known."""
    lookup = Lookup(smilies, lambda names: dict.fromkeys(names, "/"), frozenset())
    lines = [" ".join(line.split()) for line in clean_source(text).split("\n")]
    paragraphs = re.split(r"\n{2,}", "\n".join(lines).strip("\n"))
    left = [MAX_RENDERED]
    return "\n\n".join(_paragraph(one, lookup, left) for one in paragraphs)


def _paragraph(text: str, lookup: Lookup, left: list[int]) -> str:
    def shows(markdown: str) -> bool:
        left[0] -= len(markdown) + 200
        if left[0] < 0:
            raise TooCostly
        html = render(markdown, lookup).html
        return plain_text(html) == text and not _MARKUP.search(html)

    return escaped(text, shows)


def escaped(text: str, shows: Shows) -> str:
    """The text with backslashes of which none can be spared for `shows` to be true; with all, where it never is.

    `shows` may raise TooCostly.
    """
    marks = [place for place, letter in enumerate(text) if letter in string.punctuation]
    try:
        if shows(text):
            return text
        fewest = _with(text, _needed(text, marks, [], shows))
        return fewest if shows(fewest) else _with(text, marks)
    except TooCostly:
        return _with(text, marks)


def _needed(text: str, marks: Sequence[int], sure: Sequence[int], shows: Shows) -> list[int]:
    """Those of the marks that need a backslash when those that are sure have one: found by halving."""
    if len(marks) < 2:
        return list(marks)
    first, second = marks[: len(marks) // 2], marks[len(marks) // 2 :]
    of_second = [] if shows(_with(text, [*sure, *first])) else _needed(text, second, [*sure, *first], shows)
    with_second = [*sure, *of_second]
    of_first = [] if shows(_with(text, with_second)) else _needed(text, first, with_second, shows)
    return [*of_first, *of_second]


def _with(text: str, places: Sequence[int]) -> str:
    """The text with a backslash before each of these places."""
    before = set(places)
    return "".join(f"\\{letter}" if place in before else letter for place, letter in enumerate(text))
