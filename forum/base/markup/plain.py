"""From text to HTML and from HTML to text, where no markup is wanted."""

import re
from html import escape, unescape

from forum.base.text import visible_length

_BLANK = re.compile(r"\n[ \t]*\n\s*")
# nh3 writes every attribute in double quotes
_TAG = re.compile(r'<(/?)([a-z0-9]+)([^<>"]*(?:"[^"]*"[^<>"]*)*)>')
_BLOCKS = frozenset(
    {"p", "br", "hr", "h3", "h4", "h5", "h6", "pre", "blockquote", "ul", "ol", "li", "table", "tr", "td"}
)
_BLOCKS |= {"th", "details", "summary", "div"}
_SUMMARY = re.compile(r"<summary>.*?</summary>", re.DOTALL)
_SPACE = re.compile(r"[ \t\xa0]+")
_LINES = re.compile(r"\s*\n\s*")


def as_paragraphs(text: str) -> str:
    """HTML that shows the text as it was typed, with its paragraphs and line ends."""
    words = escape(text.strip(), quote=False)
    return f"<p>{_BLANK.sub('</p><p>', words)}</p>".replace("\n", "<br>") if words else ""


def plain_text(html: str) -> str:
    """The words of a post's HTML, a line for each block: for the search index."""
    return _words(_TAG.sub(lambda tag: "\n" if tag[2] in _BLOCKS else "", html))


def shows_something(html: str) -> bool:
    """Whether a reader of a post's HTML sees anything: words outside of the titles of spoilers, a picture or a rule."""
    return "<img " in html or "<hr>" in html or visible_length(plain_text(_SUMMARY.sub("", html))) > 0


def excerpt(html: str, length: int = 200) -> str:
    """The beginning of what the author wrote on one line: without quotes of others, and without what spoilers hide."""
    words = " ".join(_words(_without_hidden(html)).split()) or " ".join(plain_text(html).split())
    if len(words) <= length:
        return words
    cut = words[: length - 1]
    whole_words = cut.rpartition(" ")[0] if words[length - 1] != " " else cut
    return (whole_words if len(whole_words) > length // 2 else cut).rstrip(" ,;:-") + "…"


def _words(text: str) -> str:
    return _LINES.sub("\n", _SPACE.sub(" ", unescape(text))).strip()


def _without_hidden(html: str) -> str:
    """Text, with a line end for each block, that is in no attributed quote and in no spoiler."""
    out: list[str] = []
    hidden: list[bool] = []
    place = 0
    for tag in _TAG.finditer(html):
        if not any(hidden):
            out.append(html[place : tag.start()])
        place = tag.end()
        if tag[2] in _BLOCKS:
            out.append("\n")
        if tag[2] in ("blockquote", "details"):
            if tag[1]:
                hidden.pop()
            else:
                hidden.append("class=" in tag[3])
    return "".join([*out, html[place:]])
