"""Lists of words that hold or refuse a post: one word or phrase per line, `*` at an end for any ending."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from forum.infra.text.messages import comparison_key

_WORD = re.compile(r"\w+")
_NOTHING = re.compile(r"(?!)")


class _WordList(NamedTuple):
    """Single words, which are looked up, and a pattern of phrases and of words with `*`."""

    words: frozenset[str]
    others: re.Pattern[str]


def first_listed(listed: str, text: str, *, besides: str = "") -> str:
    """The first word of a text that is on a list, as it is compared: in small letters; empty if there is none.

    What `besides`, another text, has as well does not count.
    """
    known = set(_listed(listed, besides)) if besides else set()
    return next((found for found in _listed(listed, text) if found not in known), "")


def _listed(listed: str, text: str) -> Iterator[str]:
    if not listed:
        return
    word_list, said = _compiled(listed), comparison_key(text)
    yield from (word for word in _WORD.findall(said) if word in word_list.words)
    yield from (match[0] for match in word_list.others.finditer(said))


@lru_cache(maxsize=8)
def _compiled(listed: str) -> _WordList:
    lines = {comparison_key(line) for line in listed.splitlines()} - {"", "*"}
    words = frozenset(line for line in lines if _WORD.fullmatch(line))
    others = "|".join(_pattern(line) for line in sorted(lines - words))
    return _WordList(words, re.compile(rf"(?<!\w)(?:{others})(?!\w)") if others else _NOTHING)


def _pattern(line: str) -> str:
    """A pattern that takes time in proportion to the text: `*` stands for letters at the ends only."""
    before, after = (r"\w*" if has else "" for has in (line.startswith("*"), line.endswith("*")))
    return before + re.escape(line.strip("*")) + after
