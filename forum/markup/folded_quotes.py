"""Attributed quotes of some posts, folded away in a post's HTML."""

import re
from collections.abc import Collection

# nh3 writes every attribute in double quotes, so that no attribute and no text contains this
_QUOTED = re.compile(r'<blockquote class="quote">\n<p class="quote-by"><a href="[^"]*/posts/([1-9]\d{0,17})"')
_TAG = re.compile(r'<(/?)([a-z0-9]+)(?:[^<>"]*(?:"[^"]*"[^<>"]*)*)>')


def quoted_posts(html: str) -> set[int]:
    """The ids of the posts quoted in HTML."""
    return {int(number) for number in _QUOTED.findall(html)}


def fold_quotes(html: str, posts: Collection[int], *, summary: str) -> str:
    """HTML with the quotes of some posts in `<details>` elements; `summary` is HTML."""
    out: list[str] = []
    is_folded: list[bool] = []  # for each quote that is open
    position = 0
    for tag in _TAG.finditer(html):
        if tag[2] != "blockquote":
            continue
        if not tag[1]:
            quoted = _QUOTED.match(html, tag.start())
            is_folded.append(quoted is not None and int(quoted[1]) in posts)
            if is_folded[-1]:
                out.append(f'{html[position : tag.start()]}<details class="spoiler"><summary>{summary}</summary>')
                position = tag.start()
        elif is_folded and is_folded.pop():
            out.append(f"{html[position : tag.end()]}</details>")
            position = tag.end()
    return "".join([*out, html[position:]])
