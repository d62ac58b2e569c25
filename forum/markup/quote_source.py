"""The Markdown of an attributed quote: the author's name, linked to the quoted post, and its text."""

import re
from html import escape
from itertools import takewhile

from forum.infra.text.messages import one_line
from forum.markup.markdown_escape import minimally_escaped
from forum.markup.render import render
from forum.markup.render_budget import TooCostly
from forum.markup.render_context import Lookup, RenderContext
from forum.markup.strip_marks import clean_source, strip_marks
from forum.markup.thread_local_renderer import renderer

_EMPTY_LOOKUP = Lookup(smilies={}, members=lambda _: {}, own_hosts=frozenset())
# A line that begins with a letter cannot turn the attribution into a setext heading or a table header.
_LETTER = re.compile(r"[^\W\d_]")


def quote(author: str, path: str, source: str, *, attribution: str = "%(name)s said:") -> str:
    """Quote a post's source without the quotes in it, followed by an empty line; results can be concatenated.

    `attribution` is a translated sentence with a placeholder for the name.
    """
    link_text = _attribution((attribution % {"name": one_line(author)}).strip(), path)
    own = _without_quotes(clean_source(source))
    lines = own.split("\n") if own else []
    if not all(_LETTER.match(line) for line in takewhile(str.strip, lines)):
        lines.insert(0, "")
    return "\n".join([f"> [{link_text}]({path})", *(f"> {line}".rstrip() for line in lines)]) + "\n\n"


def _attribution(link_text: str, path: str) -> str:
    """The link text, escaped so that it renders as it is."""
    shown = escape(strip_marks(clean_source(link_text)), quote=False)
    link = f'<blockquote class="quote">\n<p class="quote-by"><a href="{escape(path)}">{shown}</a></p>\n</blockquote>\n'
    return minimally_escaped(link_text, lambda markdown: render(f"> [{markdown}]({path})", _EMPTY_LOOKUP).html == link)


def _without_quotes(source: str) -> str:
    """The source without its quotes; unchanged if it consists only of quotes or is too costly to parse."""
    try:
        tokens = renderer.parser.blocks_for(RenderContext(_EMPTY_LOOKUP), source)
    except TooCostly:
        return source.strip("\n")
    lines: list[str | None] = list(source.split("\n"))
    for token in tokens:
        if token.type == "blockquote_open" and token.level == 0 and token.map:
            first, last = token.map
            lines[first:last] = [None] * (last - first)
    remaining = "\n".join(line for line in lines if line is not None)
    return (remaining if remaining.strip() else source).rstrip().strip("\n")
