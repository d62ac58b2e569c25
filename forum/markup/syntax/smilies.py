"""Smilies: names between colons are replaced anywhere, text codes such as :) only if they stand alone."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from forum.infra.text.characters import ends_url, is_unspaced
from forum.markup.limits import MAX_SMILIE_CODE
from forum.markup.render_context import Lookup, Silent, context_of

_NAMED = re.compile(r":[^\s:]+:")
_BEFORE, _AFTER = "([{\"'", ".,!?;)]}\"'"


def named_smilie(state: StateInline, silent: Silent) -> bool:
    """Parse a known name between colons, such as `:coffee:`."""
    start = state.pos
    if state.src[start] != ":":
        return False
    end = state.src.find(":", start + 1, min(start + MAX_SMILIE_CODE, state.posMax)) + 1
    code = state.src[start:end]
    if not end or not _NAMED.fullmatch(code) or code not in context_of(state).lookup.smilies:
        return False
    if not silent:
        _fill(state.push("smilie", "span", 0), code, context_of(state).lookup)
    state.pos = end
    return True


def text_smilies(state: StateCore) -> None:
    """Replace text codes that stand alone in the remaining text tokens: not in code, links, URLs or escapes."""
    lookup = context_of(state).lookup
    codes = _codes(tuple(code for code in lookup.smilies if not _NAMED.fullmatch(code)))
    if codes is None:
        return
    for block in state.tokens:
        if block.type == "inline" and codes.search(block.content):
            block.children = list(_with_smilies(block.children or [], codes, lookup))


@lru_cache(maxsize=8)
def _codes(codes: tuple[str, ...]) -> re.Pattern[str] | None:
    """A pattern for all codes, longest first."""
    longest = sorted(codes, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest))) if longest else None


def _with_smilies(children: Sequence[Token], codes: re.Pattern[str], lookup: Lookup) -> Iterator[Token]:
    inside = 0
    for index, token in enumerate(children):
        inside += token.nesting if token.tag == "a" else 0
        if token.type != "text" or inside or not codes.search(token.content):
            yield token
            continue
        before, after = _edge(children, range(index - 1, -1, -1)), _edge(children, range(index + 1, len(children)))
        yield from _split(token, f"{before[-1]}{token.content}{after[0]}", codes, lookup)


def _split(token: Token, text: str, codes: re.Pattern[str], lookup: Lookup) -> Iterator[Token]:
    """The token's text with its smilies; `text` has one additional character at each end."""
    done = 1
    for match in codes.finditer(text, 1, len(text) - 1):
        if _stands_alone(text[match.start() - 1], text[match.end()]):
            yield _like(token, text[done : match.start()])
            yield _fill(Token("smilie", "span", 0), match[0], lookup)
            done = match.end()
    yield _like(token, text[done:-1])


def _stands_alone(before: str, after: str) -> bool:
    """Whether a code is delimited by spaces, brackets, quotation marks, punctuation or scripts without spaces."""
    begins = before.isspace() or before in _BEFORE or is_unspaced(before) or ends_url(before)
    return begins and (after.isspace() or after in _AFTER or is_unspaced(after) or ends_url(after))


def _edge(children: Sequence[Token], beside: range) -> str:
    """The nearest visible content beside a token, or a space at the end of a line or paragraph."""
    for index in beside:
        token = children[index]
        if token.type in ("softbreak", "hardbreak"):
            break
        shown = token.markup if token.type in ("mention", "smilie", "image") else token.content
        if shown or token.type == "image":
            return shown or "x"
    return " "


def _fill(token: Token, code: str, lookup: Lookup) -> Token:
    token.content, token.info = lookup.smilies[code]
    token.markup = code
    return token


def _like(token: Token, content: str) -> Token:
    text = Token("text", "", 0)
    text.content, text.level = content, token.level
    return text
