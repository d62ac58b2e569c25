"""Showing why something was found: a piece of its text with the words marked.

The only maker of SafeHtml beside the markup: it escapes plain text and puts nothing into it but <mark>.
"""

from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from itertools import takewhile

from forum.markup.render import SafeHtml
from forum.search.text.highlight import places, places_in_long
from forum.search.text.stemmers import ENGLISH
from forum.search.text.tokenizer import Span, Term

LENGTH = 240  # characters
LEAD = 60  # characters before the first word shown


@dataclass(frozen=True)
class Marked:
    """Escaped text with the words that were looked for in <mark>."""

    html: SafeHtml


def marked(text: str, words: Collection[str], language: str = ENGLISH, sequences: Collection[Term] = ()) -> Marked:
    """A whole text, such as a title, with the words marked, and sequences of words side by side."""
    return _mark(text, places(text, words, language, sequences))


def snippet(text: str, words: Collection[str], language: str = ENGLISH, sequences: Collection[Term] = ()) -> Marked:
    """The piece of a text that has the most different words, with them marked; its beginning if it has none."""
    line = " ".join(text.split())
    found = places_in_long(line, words, language, sequences)
    start = max(0, _best(found) - LEAD)
    if start:
        start = line.find(" ", start, start + LEAD) + 1 or start
    end = start + LENGTH
    if end < len(line):
        end = line.rfind(" ", start + LENGTH // 2, end) if " " in line[start + LENGTH // 2 : end] else end
    inside = [span for span in found if start <= span.start < span.end <= end]
    near = [Span(span.start - start, span.end - start, span.word) for span in inside]
    inner = _mark(line[start:end], near).html
    return Marked(SafeHtml(f"{'… ' if start else ''}{inner}{' …' if end < len(line) else ''}"))


def _best(found: list[Span]) -> int:
    """Where the piece begins that has the most different words; the first such."""
    best, most = 0, 0
    for place, span in enumerate(found):
        near = takewhile(lambda other, start=span.start: other.end <= start + LENGTH - LEAD, found[place:])  # type: ignore[misc]
        different = len({other.word for other in near})
        if different > most:
            best, most = span.start, different
    return best


def _mark(text: str, found: list[Span]) -> Marked:
    parts: list[str] = []
    place = 0
    for start, end in _merged(found):
        parts += [escape(text[place:start]), "<mark>", escape(text[start:end]), "</mark>"]
        place = end
    return Marked(SafeHtml("".join([*parts, escape(text[place:])])))


def _merged(found: list[Span]) -> list[tuple[int, int]]:
    """The places of the words; those that overlap are one."""
    merged: list[tuple[int, int]] = []
    for span in found:
        if merged and span.start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], span.end))
        else:
            merged.append((span.start, span.end))
    return merged
