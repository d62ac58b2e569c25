"""The Markdown of a quote that names its author and leads to where they said it."""

import re
from html import escape
from itertools import takewhile

from forum.infra.messages import one_line
from forum.markup.markdown_escape import escaped
from forum.markup.render import render
from forum.markup.render_budget import TooCostly
from forum.markup.render_context import Lookup, RenderContext
from forum.markup.strip_marks import clean_source, strip_marks
from forum.markup.thread_local_renderer import renderer

_NOTHING = Lookup(smilies={}, members=lambda _: {}, own_hosts=frozenset())
# A line that begins with a letter neither underlines the attribution as a heading nor makes it the head of a table.
_LETTER = re.compile(r"[^\W\d_]")


def quote(author: str, path: str, source: str, *, attribution: str = "%(name)s said:") -> str:
    """Quote a post's source; what it quotes itself is left out, and an empty line follows.

    `attribution` is a translated sentence with a gap for the name. Several quotes may be joined as they are.
    """
    words = _attribution((attribution % {"name": one_line(author)}).strip(), path)
    own = _own_words(clean_source(source))
    lines = own.split("\n") if own else []
    if not all(_LETTER.match(line) for line in takewhile(str.strip, lines)):
        lines.insert(0, "")
    return "\n".join([f"> [{words}]({path})", *(f"> {line}".rstrip() for line in lines)]) + "\n\n"


def _attribution(words: str, path: str) -> str:
    """The words of the link to the post, so that they are shown as they are."""
    shown = escape(strip_marks(clean_source(words)), quote=False)
    link = f'<blockquote class="quote">\n<p class="quote-by"><a href="{escape(path)}">{shown}</a></p>\n</blockquote>\n'
    return escaped(words, lambda markdown: render(f"> [{markdown}]({path})", _NOTHING).html == link)


def _own_words(source: str) -> str:
    """The source without its outermost quotes; all of it, if it is nothing but quotes or too dear to tell."""
    try:
        tokens = renderer.parser.blocks_for(RenderContext(_NOTHING), source)
    except TooCostly:
        return source.strip("\n")
    lines: list[str | None] = list(source.split("\n"))
    for token in tokens:
        if token.type == "blockquote_open" and token.level == 0 and token.map:
            first, last = token.map
            lines[first:last] = [None] * (last - first)
    kept = "\n".join(line for line in lines if line is not None)
    return (kept if kept.strip() else source).rstrip().strip("\n")
