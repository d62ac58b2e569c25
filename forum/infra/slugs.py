"""The part of an address that people read, and the paths that hold it."""

import re
import unicodedata
from functools import lru_cache
from urllib.parse import quote

from forum.infra.characters import PLAIN_LETTERS, is_mark

MAX_SLUG = 80  # characters
_PLAIN = PLAIN_LETTERS | {"ß": "ss"}
_OTHERS = re.compile(r"[^a-z0-9]+")
_DASHES = re.compile(r"-{2,}")


def path_of(kind: str, number: int, title: str) -> str:
    """The path of a thread, board or member, percent-encoded: its number, which alone counts, and its title."""
    return f"/{kind}/{number}-{quote(slug(title))}"


def slug(title: str) -> str:
    """A title as a part of addresses: never empty, at most 80 characters.

    Latin letters lose their accents and become ASCII; all other scripts stay as they are.
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
    """What stands for a character: plain letters, itself, a dash, or nothing."""
    if is_mark(letter):  # of Latin letters the marks go, of others they are a part
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
    """At most as much as may stand in an address, without a letter torn from its marks."""
    end = min(MAX_SLUG, len(text))
    while end and end < len(text) and is_mark(text[end]):
        end -= 1
    return text[:end].strip("-")
