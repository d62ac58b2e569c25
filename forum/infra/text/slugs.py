"""Slugs, and the paths that contain them."""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote

from forum.infra.text.characters import PLAIN_LETTERS, is_mark

MAX_SLUG = 80  # characters
_PLAIN = PLAIN_LETTERS | {"ß": "ss"}
_OTHERS = re.compile(r"[^a-z0-9]+")
_DASHES = re.compile(r"-{2,}")


def path_of(kind: str, number: int, title: str) -> str:
    """The percent-encoded path of a thread, board or member: its id, which alone identifies it, and its slug."""
    return f"/{kind}/{number}-{quote(slug(title))}"


def slug(title: str) -> str:
    """The slug of a title: never empty, at most 80 characters.

    Latin letters become ASCII without accents; all other scripts are kept.
    """
    short = _OTHERS.sub("-", title.lower())[: MAX_SLUG + 1] if title.isascii() else _of_other_scripts(title)
    return _cut(short.strip("-")) or "x"


@lru_cache(maxsize=4096)
def _of_other_scripts(title: str) -> str:
    out: list[str] = []
    for letter in unicodedata.normalize("NFC", title).lower():
        out.append(_form_of(letter, after=out[-1][-1:] if out else ""))
    return _DASHES.sub("-", "".join(out))


def _form_of(letter: str, *, after: str) -> str:
    """The replacement of a character: ASCII letters, the character itself, a dash, or nothing."""
    if is_mark(letter):  # marks are dropped after Latin letters and kept after others
        return letter if after and not after.isascii() else ""
    pieces = _PLAIN.get(letter) or unicodedata.normalize("NFKD", letter).lower()
    if any(piece.isascii() and piece.isalnum() for piece in pieces):
        return "".join(_of_plain(piece) for piece in pieces)
    if unicodedata.category(letter) == "Cf":
        return ""
    return letter if letter.isalnum() else "-"


def _of_plain(piece: str) -> str:
    if piece.isascii() and piece.isalnum():
        return piece
    return "" if is_mark(piece) else "-"


def _cut(text: str) -> str:
    """Truncate to MAX_SLUG characters without separating a letter from its combining marks."""
    end = min(MAX_SLUG, len(text))
    while end and end < len(text) and is_mark(text[end]):
        end -= 1
    return text[:end].strip("-")
