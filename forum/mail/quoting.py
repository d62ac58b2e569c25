"""What a mail quotes of a post: its HTML reduced to text, lists, quotes, tables and links, and the same as plain text.

Nothing is loaded from anywhere: a picture is a link with its description. Spoilers stay hidden, as mail clients cannot
fold them. Both end at a number of bytes.
"""

import re
from abc import ABC, abstractmethod
from html import escape
from html.parser import HTMLParser
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

_PLAIN = frozenset({"em", "strong", "s", "code", "p", "ul", "ol", "li", "table", "tr", "th", "td", "div"})
_STYLES = {
    "p": "margin:0 0 .75em",
    "pre": "margin:0 0 .75em;white-space:pre-wrap;font-family:monospace",
    "blockquote": "margin:0 0 .75em;padding:0 .75em;border-left:3px solid #999",
    "table": "margin:0 0 .75em;border-collapse:collapse",
    "th": "padding:.15em .5em;border:1px solid #999;text-align:start",
    "td": "padding:.15em .5em;border:1px solid #999",
    "hr": "margin:.75em 0;border:0;border-top:1px solid #999",
}
_HEADINGS = frozenset({"h3", "h4", "h5", "h6"})
_BLOCKS = frozenset({"p", "pre", "blockquote", "li", "tr", "div", *_HEADINGS})
_HIDDEN = frozenset({"details", "script", "style"})
_SCHEMES = frozenset({"http", "https", "mailto"})
_SPACE = re.compile(r"[ \t\n\xa0]+")
MARK = "…"


class Words(NamedTuple):
    """Words of the forum's language that stand for what is left out."""

    spoiler: str
    picture: str


class Quoted(NamedTuple):
    """The two forms of what is quoted; `is_cut` if there is more."""

    html: str
    text: str
    is_cut: bool


def quoted(html: str, *, home: str, words: Words, most: int) -> Quoted:
    """What a mail quotes of a post's HTML: at most about `most` bytes in each of the two forms."""
    shown, plain = _Html(home, words, most), _Text(home, words, most)
    for reader in (shown, plain):
        reader.feed(html)
        reader.close()
    return Quoted(shown.result(), plain.result(), shown.is_cut or plain.is_cut)


def absolute(href: str, home: str) -> str:
    """An address with scheme and host; empty if it is none that a mail may have."""
    if not href:
        return ""
    try:
        address = urljoin(f"{home}/", href)
        return address if urlsplit(address).scheme in _SCHEMES else ""
    except ValueError:
        return ""


class _Reader(HTMLParser, ABC):
    """Reads a post's HTML up to a number of bytes of output, without what is in spoilers."""

    def __init__(self, home: str, words: Words, most: int) -> None:
        super().__init__(convert_charrefs=True)
        self.home, self.words, self.left, self.is_cut = home, words, most, False
        self._hidden: list[str] = []  # spoilers and others around

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the beginning of an element."""
        if tag in _HIDDEN:
            if not self._hidden and tag == "details":
                self.paragraph(self.words.spoiler)
            self._hidden.append(tag)
        elif not self._hidden and not self.is_cut:
            self.begin(tag, {name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        """Take the end of an element."""
        if tag in _HIDDEN:
            if self._hidden and self._hidden[-1] == tag:
                self._hidden.pop()
        elif not self._hidden:
            self.end(tag)

    def handle_data(self, data: str) -> None:
        """Take text."""
        if not self._hidden and not self.is_cut:
            self.say(data)

    def fitting(self, text: str) -> str:
        """The text, or what there is room for; then nothing follows."""
        size = len(text.encode())
        if size <= self.left:
            self.left -= size
            return text
        self.is_cut, self.left = True, max(self.left, 0)
        return text.encode()[: self.left].decode(errors="ignore").rstrip() + MARK

    @abstractmethod
    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        """Write the beginning of an element."""

    @abstractmethod
    def end(self, tag: str) -> None:
        """Write the end of an element."""

    @abstractmethod
    def say(self, text: str) -> None:
        """Write text."""

    def paragraph(self, text: str) -> None:
        """Write words of the forum as a paragraph."""
        self.begin("p", {})
        self.say(text)
        self.end("p")


class _Html(_Reader):
    """Writes HTML of few elements, whose only attributes are addresses of links and styles of ours."""

    def __init__(self, home: str, words: Words, most: int) -> None:
        super().__init__(home, words, most)
        self._out: list[str] = []
        self._open: list[tuple[str, str]] = []  # what was read, and how what was written for it ends

    def result(self) -> str:
        return "".join(self._out)

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "a":
            self._link(attributes.get("href", ""))
        elif tag == "img":
            self._picture(attributes)
        elif tag in {"br", "hr"}:
            self._write(f"<{tag}{_style(tag)}>")
        elif tag in _HEADINGS:
            self._enter(tag, f"<p{_style('p')}><strong>", "</strong></p>")
        elif tag == "ol" and attributes.get("start", "").isdecimal():
            self._enter(tag, f'<ol start="{int(attributes["start"])}">', "</ol>")
        elif tag in _PLAIN or tag in _STYLES:
            self._enter(tag, f"<{tag}{_style(tag)}>", f"</{tag}>")

    def end(self, tag: str) -> None:
        if any(opened == tag for opened, _ in self._open):
            while True:
                opened, ending = self._open.pop()
                self._out.append(ending)
                if opened == tag:
                    break

    def say(self, text: str) -> None:
        if text:
            self._out.append(escape(self.fitting(text), quote=False))
            self.left -= 3 * sum(map(text.count, "&<>"))  # what escaping adds

    def close(self) -> None:
        super().close()
        while self._open:
            self._out.append(self._open.pop()[1])

    def _link(self, href: str) -> None:
        address = absolute(href, self.home)
        if address and not self._is_in_link():
            self._enter("a", f'<a href="{escape(address)}">', "</a>")

    def _picture(self, attributes: dict[str, str]) -> None:
        address = absolute(attributes.get("src", ""), self.home)
        is_linked = bool(address) and not self._is_in_link()
        if is_linked:
            self._link(address)
        self.say(f"[{attributes.get('alt') or self.words.picture}]")
        if is_linked:
            self.end("a")

    def _is_in_link(self) -> bool:
        return any(opened == "a" for opened, _ in self._open)

    def _enter(self, tag: str, beginning: str, ending: str) -> None:
        self._write(beginning)
        self._open.append((tag, ending))
        self.left -= len(ending)

    def _write(self, markup: str) -> None:
        self.left -= len(markup)
        self._out.append(markup)


def _style(tag: str) -> str:
    return f' style="{_STYLES[tag]}"' if tag in _STYLES else ""


class _Text(_Reader):
    """Writes lines, with ">" before those of quotes and the addresses of links behind them."""

    def __init__(self, home: str, words: Words, most: int) -> None:
        super().__init__(home, words, most)
        self._lines: list[str] = []
        self._words, self._depth, self._is_fixed = "", 0, False
        self._lists: list[int] = []  # of each list around: the number of the next item, 0 without
        self._links: list[str] = []

    def result(self) -> str:
        return "\n".join(self._lines).strip("\n")

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _BLOCKS:
            self._flush()
        if tag == "hr":
            self._flush()
            self._add(["* * *", ""])
        elif tag in {"ul", "ol"}:
            self._flush(is_close=bool(self._lists))
            start = attributes.get("start", "1")
            self._lists.append((int(start) if start.isdecimal() else 1) if tag == "ol" else 0)
        elif tag == "li":
            self._words = self._marker()
        else:
            self._begin_inline(tag, attributes)
        self._depth += tag == "blockquote"
        self._is_fixed = self._is_fixed or tag == "pre"

    def _begin_inline(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "br":
            self._words += "\n"
        elif tag == "img":
            self.say(f"[{attributes.get('alt') or self.words.picture}]")
        elif tag == "a":
            self._links.append("" if attributes.get("class") == "mention" else attributes.get("href", ""))
        elif tag in {"td", "th"} and self._words.strip():
            self._words += " | "

    def end(self, tag: str) -> None:
        if tag == "a" and self._links:
            self._name_address(self._links.pop())
        if tag in _BLOCKS or tag in {"ul", "ol"}:
            self._flush(is_close=tag in {"li", "tr"})
        if tag in {"ul", "ol"} and self._lists:
            self._lists.pop()
        if tag in {"ul", "ol", "table"} and not self._lists:
            self._lines.append(self._prefix().rstrip())
        self._depth -= tag == "blockquote"
        self._is_fixed = self._is_fixed and tag != "pre"

    def say(self, text: str) -> None:
        self._words += self.fitting(text if self._is_fixed else _SPACE.sub(" ", text))

    def close(self) -> None:
        super().close()
        self._flush()

    def _marker(self) -> str:
        number = self._lists[-1] if self._lists else 0
        if number:
            self._lists[-1] += 1
        return "  " * (len(self._lists) - 1) + (f"{number}. " if number else "- ")

    def _name_address(self, href: str) -> None:
        address = absolute(href, self.home)
        is_of_author = self._depth and href.startswith("/posts/")
        if address and not is_of_author and not self.is_cut and address not in self._words:
            self.say(f" <{address}>")

    def _flush(self, *, is_close: bool = False) -> None:
        """Write the words as a block; a blank line follows unless the next block is close."""
        if self._words.strip():
            lines = self._words.strip("\n").split("\n")
            self._add([line.rstrip() if self._is_fixed else _outdented(line.rstrip()) for line in lines])
            if not is_close:
                self._lines.append(self._prefix().rstrip())
        self._words = ""

    def _add(self, lines: list[str]) -> None:
        prefix = self._prefix()
        self._lines.extend((prefix + line).rstrip() for line in lines)

    def _prefix(self) -> str:
        return "> " * self._depth


def _outdented(line: str) -> str:
    """A line without the space that a line break left; list items are indented by two."""
    return line if line.startswith("  ") else line.removeprefix(" ")
