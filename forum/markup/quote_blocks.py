"""Attributed quotes: blockquotes whose first line consists only of a link to a post, or to a message."""

import re

from markdown_it.token import Token

from forum.markup.urls import is_own

_POST = re.compile(r"/posts/([1-9]\d{0,17})")
_MESSAGE = re.compile(r"/conversations/[1-9]\d{0,17}/messages/[1-9]\d{0,17}")
_HOST = re.compile(r"https?://[^/]+", re.IGNORECASE)


def split_attributions(tokens: list[Token], own_hosts: frozenset[str]) -> tuple[list[Token], list[int]]:
    """The tokens with each attribution in a separate paragraph, and the ids of posts quoted at the top level."""
    out: list[Token] = []
    posts: list[int] = []
    depth = 0
    for index, token in enumerate(tokens):
        out.append(token)
        depth += token.nesting if token.tag == "blockquote" else 0
        children = _first_line_of(tokens, index)
        post = _post_of(children, own_hosts) if children else None
        if post is None or not children:
            continue
        token.attrs["class"] = "quote"
        out += _split(tokens, index, children)
        posts += [post] if depth == 1 and post else []
    return out, list(dict.fromkeys(posts))


def _first_line_of(tokens: list[Token], quote: int) -> list[Token]:
    """The tokens of the link that is alone on the first line of the quote opened here, or an empty list."""
    if tokens[quote].type != "blockquote_open" or tokens[quote + 1].type != "paragraph_open":
        return []
    children = tokens[quote + 2].children or []
    if not children or children[0].type != "link_open":
        return []
    end = 1 + next(index for index, child in enumerate(children) if child.type == "link_close")
    is_alone = end == len(children) or children[end].type in ("softbreak", "hardbreak")
    return children[:end] if is_alone else []


def _post_of(link: list[Token], own_hosts: frozenset[str]) -> int | None:
    """The id of the post to which a link leads; 0 for a message of a conversation, None for anything else."""
    address = str(link[0].attrs["href"])
    path = _HOST.sub("", address, count=1)
    match = _POST.fullmatch(path)
    if not match and not _MESSAGE.fullmatch(path):
        return None
    return (int(match[1]) if match else 0) if is_own(address, own_hosts) else None


def _split(tokens: list[Token], quote: int, link: list[Token]) -> list[Token]:
    """Move the link into a separate paragraph; the rest stays in the original one."""
    opening, inline = tokens[quote + 1], tokens[quote + 2]
    rest = (inline.children or [])[len(link) + 1 :]
    if not rest:
        opening.attrs["class"] = "quote-by"
        return []
    inline.children = rest
    first = Token("inline", "", 0, children=link)
    return [Token("paragraph_open", "p", 1, attrs={"class": "quote-by"}, block=True), first, _closing()]


def _closing() -> Token:
    return Token("paragraph_close", "p", -1, block=True)
