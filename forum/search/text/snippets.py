"""Snippets: an excerpt of a hit's text with the search words highlighted.

The only code besides the markup package that makes SafeHtml: it escapes plain text and adds nothing but <mark>.
"""

from collections.abc import Collection
from dataclasses import dataclass
from html import escape
from itertools import takewhile

from forum.markup.render import SafeHtml
from forum.search.text.highlight import word_spans, word_spans_in_long_text
from forum.search.text.stemmers import ENGLISH
from forum.search.text.tokenizer import Span, Term

SNIPPET_CHARACTERS = 240  # characters
LEAD_CHARACTERS = 60  # characters before the first word shown


@dataclass(frozen=True)
class HighlightedText:
    """Escaped text with the search words in <mark>."""

    html: SafeHtml


def highlight(
    text: str, words: Collection[str], language: str = ENGLISH, sequences: Collection[Term] = ()
) -> HighlightedText:
    """A whole text, such as a title, with the words and the sequences of adjacent words marked."""
    return _mark(text, word_spans(text, words, language, sequences))


def snippet(
    text: str, words: Collection[str], language: str = ENGLISH, sequences: Collection[Term] = ()
) -> HighlightedText:
    """The excerpt of a text with the most distinct search words, marked; the beginning if there are none."""
    line = " ".join(text.split())
    highlighted = word_spans_in_long_text(line, words, language, sequences)
    start = max(0, _best(highlighted) - LEAD_CHARACTERS)
    if start:
        start = line.find(" ", start, start + LEAD_CHARACTERS) + 1 or start
    end = start + SNIPPET_CHARACTERS
    if end < len(line):
        end = (
            line.rfind(" ", start + SNIPPET_CHARACTERS // 2, end)
            if " " in line[start + SNIPPET_CHARACTERS // 2 : end]
            else end
        )
    inside = [span for span in highlighted if start <= span.start < span.end <= end]
    shifted = [Span(span.start - start, span.end - start, span.word) for span in inside]
    inner = _mark(line[start:end], shifted).html
    return HighlightedText(SafeHtml(f"{'… ' if start else ''}{inner}{' …' if end < len(line) else ''}"))


def _best(highlighted: list[Span]) -> int:
    """The start of the first excerpt with the most distinct words."""
    best, most, length = 0, 0, SNIPPET_CHARACTERS - LEAD_CHARACTERS
    for index, span in enumerate(highlighted):
        following = takewhile(lambda other, end=span.start + length: other.end <= end, highlighted[index:])  # type: ignore[misc]
        different = len({other.word for other in following})
        if different > most:
            best, most = span.start, different
    return best


def _mark(text: str, highlighted: list[Span]) -> HighlightedText:
    parts: list[str] = []
    position = 0
    for start, end in _merged(highlighted):
        parts += [escape(text[position:start]), "<mark>", escape(text[start:end]), "</mark>"]
        position = end
    return HighlightedText(SafeHtml("".join([*parts, escape(text[position:])])))


def _merged(highlighted: list[Span]) -> list[tuple[int, int]]:
    """The spans of the words, overlapping ones merged."""
    merged: list[tuple[int, int]] = []
    for span in highlighted:
        if merged and span.start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], span.end))
        else:
            merged.append((span.start, span.end))
    return merged
