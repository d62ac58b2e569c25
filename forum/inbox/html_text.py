"""The text of a mail that is HTML alone: its lines, with quotes marked as in plain text."""

import re
from html.parser import HTMLParser

import nh3

from forum.inbox.rules import MAX_TEXT

MAX_QUOTE_DEPTH = 10
_BLOCKS = {
    "address", "article", "center", "dd", "div", "dl", "dt", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul",
}  # fmt: skip
_TAGS = _BLOCKS | {"a", "b", "blockquote", "br", "code", "em", "i", "span", "strong", "td", "th", "u"}
_CLEANED = {"script", "style", "title", "head", "noscript", "textarea", "select", "svg", "math"}
_QUOTES = re.compile(r"\b(?:yahoo_quoted|protonmail_quote|gmail_quote_container)\b")
_SIGNATURES = re.compile(r"\b(?:gmail_signature(?:_prefix)?|moz-signature|protonmail_signature_block)\b")
_NO_MARGIN = re.compile(r"\bMso\w+")  # Outlook's paragraphs, which are lines


def text_of_html(markup: str) -> str:
    """The text of a mail's HTML, in time that grows with its length, also for markup that is broken on purpose."""
    clean = nh3.clean(
        markup[:MAX_TEXT],
        tags=_TAGS,
        clean_content_tags=_CLEANED,
        attributes={tag: {"class", "href"} if tag == "a" else {"class"} for tag in _TAGS},
        link_rel=None,
    )
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    """Collects lines; the markup is well-formed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line = ""
        self._open: list[tuple[str, bool, bool]] = []  # tag, whether it quotes, whether it is a signature
        self._depth = self._signatures = self._preformatted = 0

    def text(self) -> str:
        self._end_line()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self._lines)).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._end_line(always=True)
            return
        classes = dict(attrs).get("class") or ""
        if tag in _BLOCKS or tag == "blockquote":
            self._end_line()
        if tag == "p" and not _NO_MARGIN.search(classes):
            self._blank_line()
        if tag == "hr":
            self._blank_line()
            return
        if tag == "li":
            self._line = "- "
        quotes, signs = tag == "blockquote" or bool(_QUOTES.search(classes)), bool(_SIGNATURES.search(classes))
        self._open.append((tag, quotes, signs))
        self._depth += quotes
        self._signatures += signs
        self._preformatted += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        if not self._open or tag in {"br", "hr"}:
            return
        if tag in _BLOCKS or tag == "blockquote":
            self._end_line()
        _, quotes, signs = self._open.pop()
        self._depth -= quotes
        self._signatures -= signs
        self._preformatted -= tag == "pre"
        if tag in {"p", "ul", "ol", "blockquote"}:
            self._blank_line_after(tag)

    def _blank_line_after(self, tag: str) -> None:
        if tag != "p":
            self._blank_line()

    def handle_data(self, data: str) -> None:
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

    def _end_line(self, *, always: bool = False) -> None:
        line = self._line.replace("\u00a0", " ").rstrip()
        if self._line or always:
            self._lines.append(f"{self._marks()}{line}" if line else self._marks().rstrip())
        self._line = ""

    def _blank_line(self) -> None:
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._marks().rstrip())

    def _marks(self) -> str:
        return "> " * min(self._depth, MAX_QUOTE_DEPTH)
