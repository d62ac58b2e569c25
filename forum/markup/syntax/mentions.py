"""Mentions: an @ at the beginning of a word, followed by a name."""

import re

from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from forum.infra.text.characters import is_mark, is_unspaced
from forum.markup.limits import MAX_NAME
from forum.markup.render_context import Silent

_IN_QUOTES = re.compile(rf'@"([^"\n]{{1,{MAX_NAME}}})"')


def mention(state: StateInline, silent: Silent) -> bool:
    """Parse a mention; the @ must not be part of a word, an e-mail address or a link."""
    start = state.pos
    if state.src[start] != "@" or state.linkLevel or not _begins_word(state.src, start):
        return False
    quoted = _IN_QUOTES.match(state.src, start, state.posMax)
    end = quoted.end() if quoted else _end_of_name(state.src, start + 1, min(state.posMax, start + 1 + MAX_NAME))
    if end == start + 1:
        return False
    if not silent:
        token = state.push("mention", "a", 0)
        token.markup = state.src[start:end]
        token.content = quoted[1] if quoted else token.markup[1:]
    state.pos = end
    return True


def names_of(token: Token) -> tuple[str, ...]:
    """The candidate names: the whole name, or a prefix of it if the text continues in a script without spaces."""
    name = token.content
    if token.markup.startswith('@"') or name.isascii():
        return (name,)
    ends = (index for index in range(1, len(name)) if is_unspaced(name[index]) and not is_unspaced(name[index - 1]))
    return name, *(name[:index].rstrip("_.-") for index in ends)


def _begins_word(text: str, at: int) -> bool:
    """Whether a word may begin at a position: not after a letter, unless its script is written without spaces.

    Underscores before it are emphasis if a word may begin where they begin. No word begins after a character that can
    precede an @ in an e-mail address or URL.
    """
    before = at
    while before and text[before - 1] == "_":
        before -= 1
    if before and text[before - 1] in "@/.+-":
        return False
    while before and is_mark(text[before - 1]):
        before -= 1
    letter = text[before - 1] if before else " "
    return not letter.isalnum() or is_unspaced(letter)


def _end_of_name(text: str, start: int, most: int) -> int:
    """The end of the name that begins at `start`, after its last letter or digit; `start` if there is no name."""
    end = start
    for index in range(start, most):
        letter = text[index]
        if letter.isalnum() or (end > start and is_mark(letter)):
            end = index + 1
        elif letter not in "_.-" or end == start:
            break
    return end
