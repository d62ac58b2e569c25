"""Task lists: an item that begins with `[ ]` or `[x]` has a box, empty or ticked, in its place."""

import re
from collections.abc import Sequence

from markdown_it.token import Token

_BOX = re.compile(r"\[([ xX])\][ \t]+(?=\S)")


def take_checkbox(tokens: Sequence[Token], index: int) -> list[Token]:
    """The box that the text at `index` begins with, taken out of it: at most one, at the beginning of an item."""
    text = tokens[index]
    is_first = index > 1 and tokens[index - 1].type == "paragraph_open" and tokens[index - 2].type == "list_item_open"
    found = _BOX.match(text.content) if is_first else None
    if found is None:
        return []
    text.content = text.content[found.end() :]
    box = Token("box", "span", 0)
    box.content = found[1].strip()
    return [box]
