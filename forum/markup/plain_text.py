"""Converts plain text to HTML and HTML to plain text."""

import re
from collections.abc import Collection, Iterable, Iterator
from html import escape, unescape

from forum.infra.text.messages import visible_length

_BLANK = re.compile(r"\n[ \t]*\n\s*")
# nh3 writes every attribute in double quotes
_TAG = re.compile(r'<(/?)([a-z0-9]+)([^<>"]*(?:"[^"]*"[^<>"]*)*)>')
_BLOCKS = frozenset(
    {"p", "br", "hr", "h3", "h4", "h5", "h6", "pre", "blockquote", "ul", "ol", "li", "table", "tr", "td"}
)
_BLOCKS |= {"th", "details", "summary", "div"}
_SUMMARY = re.compile(r"<summary>(.*?)</summary>", re.DOTALL)
_SPACE = re.compile(r"[ \t\xa0]+")
_LINES = re.compile(r"\s*\n\s*")


def as_paragraphs(text: str) -> str:
    """HTML that shows the text as typed, with its paragraphs and line breaks."""
    words = escape(text.strip(), quote=False)
    return f"<p>{_BLANK.sub('</p><p>', words)}</p>".replace("\n", "<br>") if words else ""


def plain_text(html: str) -> str:
    """All text of a post's HTML, one line per block: for the search index, never to be shown."""
    return _normalized(_TAG.sub(lambda tag: "\n" if tag[2] in _BLOCKS else "", html))


def has_visible_content(html: str) -> bool:
    """Whether a post's HTML shows anything: text other than spoiler titles, an image or a horizontal rule."""
    return "<img " in html or "<hr>" in html or visible_length(plain_text(_SUMMARY.sub("", html))) > 0


def shown_text(html: str) -> str:
    """The text of a post's HTML outside spoilers, one line per block."""
    return _normalized("".join(_outside(html, ("details",))))


def own_text(html: str) -> str:
    """The text of a post's HTML outside attributed quotes, one line per block."""
    return _normalized("".join(_outside(html, ("blockquote",))))


def without_spoilers(html: str) -> str:
    """A post's HTML for programs that may not support <details>: spoilers are reduced to their titles."""
    out: list[str] = []
    position = depth = 0
    for tag in _TAG.finditer(html):
        if tag[2] == "details":
            out.append(html[position : tag.start()] if depth == 0 else "")
            depth += -1 if tag[1] else 1
            title = _SUMMARY.match(html, tag.end())
            out.append(f"<p>▸ {title[1]}</p>" if title and depth == 1 and not tag[1] else "")
            position = tag.end()
    return "".join([*out, "" if depth else html[position:]])


def excerpt(html: str, length: int = 200) -> str:
    """The beginning of the author's own text on one line, without attributed quotes and spoilers."""
    words = _line(_outside(html, ("details", "blockquote")), length) or _line(_outside(html, ("details",)), length)
    if len(words) <= length:
        return words
    cut = words[: length - 1]
    whole_words = cut.rpartition(" ")[0] if words[length - 1] != " " else cut
    return (whole_words if len(whole_words) > length // 2 else cut).rstrip(" ,;:-") + "…"


def _normalized(text: str) -> str:
    return _LINES.sub("\n", _SPACE.sub(" ", unescape(text))).strip()


def _line(pieces: Iterable[str], length: int) -> str:
    """A text on one line, or a prefix that is certain to be longer than `length`."""
    pieces_read, characters_read = list[str](), 0
    for piece in pieces:
        pieces_read.append(unescape(piece))
        characters_read += len(piece.strip())
        if characters_read > length * 8:  # most of it may be spaces and character references
            break
    return " ".join("".join(pieces_read).split())


def _outside(html: str, hiding: Collection[str]) -> Iterator[str]:
    """The text outside the elements in `hiding` (spoilers, attributed quotes), with a line break per block."""
    hidden: list[bool] = []
    position = 0
    for tag in _TAG.finditer(html):
        if not any(hidden):
            yield html[position : tag.start()]
        position = tag.end()
        if tag[2] in _BLOCKS:
            yield "\n"
        if tag[2] in hiding:
            if tag[1]:
                hidden.pop()
            else:
                hidden.append("class=" in tag[3])
    yield html[position:]
