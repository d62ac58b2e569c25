"""The text of a mail that is HTML alone: its lines, with quotes marked as in plain text."""

import html
import re
from html.parser import HTMLParser
from typing import NamedTuple

import nh3

from forum.inbox.rules import MAX_TAG_DEPTH, MAX_TAGS, MAX_TEXT

MAX_QUOTE_DEPTH = 10
_BLOCKS = {
    "address", "article", "blockquote", "center", "dd", "div", "dl", "dt", "figure", "footer", "h1", "h2", "h3", "h4",
    "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul",
}  # fmt: skip
_TAGS = _BLOCKS | {"a", "b", "br", "code", "em", "i", "span", "strong", "td", "th", "u"}
_CLEANED = {"script", "style", "title", "head", "noscript", "textarea", "select", "svg", "math"}
_QUOTES = re.compile(r"\b(?:yahoo_quoted|protonmail_quote|gmail_quote_container)\b")
_SIGNATURES = re.compile(r"\b(?:gmail_signature(?:_prefix)?|moz-signature|protonmail_signature_block)\b")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9:]{0,20})")
_ANY_TAG = re.compile(r"<[^<>]{0,2000}>")
# what has no end, or whose end may be left out
_NEVER_INSIDE = {"br", "hr", "img", "meta", "link", "input", "wbr", "col", "p", "li", "td", "th", "tr", "o:p", "option"}
_NO_MARGIN = re.compile(r"\bMso\w+")  # Outlook's paragraphs, which are lines


def text_of_html(markup: str) -> str:
    """The text of a mail's HTML, in time that grows with its length, also for markup that is broken on purpose."""
    markup = markup[:MAX_TEXT]
    if _is_excessive(markup):
        return html.unescape(_ANY_TAG.sub("\n", markup))
    clean = nh3.clean(
        markup,
        tags=_TAGS,
        clean_content_tags=_CLEANED,
        attributes={tag: {"class", "href"} if tag == "a" else {"class"} for tag in _TAGS},
        link_rel=None,
    )
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return reader.text()


def _is_excessive(markup: str) -> bool:
    """Whether HTML has more tags, or more of them inside one another, than a person's mail."""
    depth = deepest = count = 0
    for tag in _TAG.finditer(markup):
        count += 1
        if tag[2].lower() not in _NEVER_INSIDE:
            depth = max(0, depth - 1) if tag[1] else depth + 1
            deepest = max(deepest, depth)
    return count > MAX_TAGS or deepest > MAX_TAG_DEPTH


class _Open(NamedTuple):
    """An element that is open."""

    tag: str
    quotes: bool
    signs: bool
    has_margin: bool


class _Reader(HTMLParser):
    """Collects lines; the markup is well-formed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line = ""
        self._open: list[_Open] = []
        self._depth = self._signatures = self._preformatted = 0

    def text(self) -> str:
        """What was read."""
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a line or a quote."""
        if tag == "br":
            self._end_line(always=True)
            return
        classes = dict(attrs).get("class") or ""
        has_margin = tag in {"blockquote", "hr"} or (tag == "p" and not _NO_MARGIN.search(classes))
        self._end_block(tag, has_margin=has_margin)
        if tag == "hr":
            return
        if tag == "li":
            of = next((element.tag for element in reversed(self._open) if element.tag in {"ol", "ul"}), "ul")
            self._line = "1. " if of == "ol" else "- "
        quotes, signs = tag == "blockquote" or bool(_QUOTES.search(classes)), bool(_SIGNATURES.search(classes))
        self._open.append(_Open(tag, quotes, signs, has_margin or tag in {"ol", "ul"}))
        self._count(self._open[-1], 1)

    def handle_endtag(self, tag: str) -> None:
        """End a line or a quote."""
        if not self._open or tag in {"br", "hr"}:
            return
        if tag in _BLOCKS:
            self._end_line()
        element = self._open.pop()
        self._count(element, -1)
        self._end_block(tag, has_margin=element.has_margin)

    def handle_data(self, data: str) -> None:
        """Add words to the line."""
        if self._signatures:
            return
        if self._preformatted:
            *whole, last = data.split("\n")
            for line in whole:
                self._line += line
                self._end_line(always=True)
            self._line += last
            return
        words = re.sub(r"[ \t\r\n]+", " ", data)
        self._line += words.lstrip(" ") if not self._line or self._line.endswith(" ") else words

    def _count(self, element: _Open, change: int) -> None:
        self._depth += change * element.quotes
        self._signatures += change * element.signs
        self._preformatted += change * (element.tag == "pre")

    def _end_block(self, tag: str, *, has_margin: bool) -> None:
        if tag in _BLOCKS:
            self._end_line()
        if has_margin and self._lines and self._lines[-1] != self._marks().rstrip():
            self._lines.append(self._marks().rstrip())

    def _end_line(self, *, always: bool = False) -> None:
        line = self._line.replace("\u00a0", " ").rstrip()
        if self._line or always:
            self._lines.append(f"{self._marks()}{line}".rstrip())
        self._line = ""

    def _marks(self) -> str:
        return "> " * min(self._depth, MAX_QUOTE_DEPTH)
