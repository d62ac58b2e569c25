"""Task lists: `[ ]` or `[x]` at the start of a list item becomes an empty or ticked checkbox."""

import re
from collections.abc import Sequence

from markdown_it.token import Token

_BOX = re.compile(r"\[([ xX])\][ \t]+(?=\S)")


def take_checkbox(tokens: Sequence[Token], index: int) -> list[Token]:
    """Remove the checkbox from the start of the text at `index` and return it: at most one, only at an item's start."""
    text = tokens[index]
    is_first = index > 1 and tokens[index - 1].type == "paragraph_open" and tokens[index - 2].type == "list_item_open"
    match = _BOX.match(text.content) if is_first else None
    if match is None:
        return []
    text.content = text.content[match.end() :]
    box = Token("box", "span", 0)
    box.content = match[1].strip()
    return [box]
