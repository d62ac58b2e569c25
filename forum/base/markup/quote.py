"""The Markdown of a quote that names its author and leads to where they said it."""

import re
from itertools import takewhile

from forum.base.markup.budget import TooCostly
from forum.base.markup.clean import clean_source
from forum.base.markup.task import Lookup, Task
from forum.base.markup.workbench import workbench
from forum.base.text import one_line

# What could end the link around a name, or make something of a part of it.
_ESCAPES = str.maketrans({mark: "\\" + mark for mark in "\\`*_~[]<>&:@"})
_NOTHING = Lookup(smilies={}, members=lambda _: {}, own_hosts=frozenset())
# A line that begins with a letter neither underlines the attribution as a heading nor makes it the head of a table.
_LETTER = re.compile(r"[^\W\d_]")


def quote(author: str, path: str, source: str, *, attribution: str = "%(name)s said:") -> str:
    """Quote a post's source; what it quotes itself is left out, and an empty line follows.

    `attribution` is a translated sentence with a gap for the name. Several quotes may be joined as they are.
    """
    words = (attribution % {"name": one_line(author).translate(_ESCAPES)}).strip()
    own = _own_words(clean_source(source))
    lines = own.split("\n") if own else []
    if not all(_LETTER.match(line) for line in takewhile(str.strip, lines)):
        lines.insert(0, "")
    return "\n".join([f"> [{words}]({path})", *(f"> {line}".rstrip() for line in lines)]) + "\n\n"


def _own_words(source: str) -> str:
    """The source without its outermost quotes; all of it, if it is nothing but quotes or too dear to tell."""
    try:
        tokens = workbench.parser.blocks_for(Task(_NOTHING), source)
    except TooCostly:
        return source.strip("\n")
    lines: list[str | None] = list(source.split("\n"))
    for token in tokens:
        if token.type == "blockquote_open" and token.level == 0 and token.map:
            first, last = token.map
            lines[first:last] = [None] * (last - first)
    kept = "\n".join(line for line in lines if line is not None)
    return (kept if kept.strip() else source).rstrip().strip("\n")
