"""From text to HTML and from HTML to text, where no markup is wanted."""

import re
from collections.abc import Collection, Iterable, Iterator
from html import escape, unescape

from forum.infra.messages import visible_length

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
    """HTML that shows the text as it was typed, with its paragraphs and line ends."""
    words = escape(text.strip(), quote=False)
    return f"<p>{_BLANK.sub('</p><p>', words)}</p>".replace("\n", "<br>") if words else ""


def plain_text(html: str) -> str:
    """All words of a post's HTML, a line for each block: for the search index, never to be shown."""
    return _words(_TAG.sub(lambda tag: "\n" if tag[2] in _BLOCKS else "", html))


def has_visible_content(html: str) -> bool:
    """Whether a reader of a post's HTML sees anything: words outside of the titles of spoilers, a picture or a rule."""
    return "<img " in html or "<hr>" in html or visible_length(plain_text(_SUMMARY.sub("", html))) > 0


def shown_text(html: str) -> str:
    """The words of a post's HTML that readers see before they open a spoiler, a line for each block."""
    return _words("".join(_outside(html, ("details",))))


def without_spoilers(html: str) -> str:
    """A post's HTML for programs that may not fold anything: of spoilers there are only the titles."""
    out: list[str] = []
    place = depth = 0
    for tag in _TAG.finditer(html):
        if tag[2] == "details":
            out.append(html[place : tag.start()] if depth == 0 else "")
            depth += -1 if tag[1] else 1
            title = _SUMMARY.match(html, tag.end())
            out.append(f"<p>▸ {title[1]}</p>" if title and depth == 1 and not tag[1] else "")
            place = tag.end()
    return "".join([*out, "" if depth else html[place:]])


def excerpt(html: str, length: int = 200) -> str:
    """The beginning of what the author wrote on one line: without quotes of others, and without what spoilers hide."""
    words = _line(_outside(html, ("details", "blockquote")), length) or _line(_outside(html, ("details",)), length)
    if len(words) <= length:
        return words
    cut = words[: length - 1]
    whole_words = cut.rpartition(" ")[0] if words[length - 1] != " " else cut
    return (whole_words if len(whole_words) > length // 2 else cut).rstrip(" ,;:-") + "…"


def _words(text: str) -> str:
    return _LINES.sub("\n", _SPACE.sub(" ", unescape(text))).strip()


def _line(pieces: Iterable[str], length: int) -> str:
    """A text on one line, or as much of its beginning as is sure to be longer than asked."""
    begun, seen = list[str](), 0
    for piece in pieces:
        begun.append(unescape(piece))
        seen += len(piece.strip())
        if seen > length * 8:  # of which most may be spaces and names of characters
            break
    return " ".join("".join(begun).split())


def _outside(html: str, hiding: Collection[str]) -> Iterator[str]:
    """Text, with a line end for each block, that is in no spoiler and in no quote with a name, as `hiding` says."""
    hidden: list[bool] = []
    place = 0
    for tag in _TAG.finditer(html):
        if not any(hidden):
            yield html[place : tag.start()]
        place = tag.end()
        if tag[2] in _BLOCKS:
            yield "\n"
        if tag[2] in hiding:
            if tag[1]:
                hidden.pop()
            else:
                hidden.append("class=" in tag[3])
    yield html[place:]
