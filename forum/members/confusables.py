"""Confusable characters: reduce letters of all scripts to the plain letters they look like."""

import re
import unicodedata
from functools import cache

SAME = str.maketrans({"i": "l", "1": "l", "|": "l", "0": "o"})
_ACCENTS = re.compile("[\u0300-\u036f]")
# Unicode's "highly restrictive" profile (UTS 39, 5.2): scripts that may be mixed
WRITTEN_TOGETHER = (
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
    {"LATIN", "HAN", "BOPOMOFO"},
    {"LATIN", "HAN", "HANGUL"},
)


def skeleton(text: str) -> str:
    """The skeleton of a text: texts with the same skeleton look alike.

    Compatibility forms (NFKC), case, accents, Unicode's confusable letters (UTS 39), and I l 1, O 0, rn m, vv w are
    folded. The skeleton does not depend on upper or lower case.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    plain = _bare("".join(_plain(letter) for letter in _bare(folded)))
    return plain.translate(SAME).replace("rn", "m").replace("vv", "w")


def shown_skeleton(text: str) -> str:
    """The skeleton of a text in its given case: a Greek capital nu looks like N, the small one like v."""
    composed = _bare(unicodedata.normalize("NFKC", text))
    return skeleton("".join(_latin(letter) or letter for letter in composed))


def is_mixed(text: str) -> bool:
    """Whether a text mixes scripts that are not used together, as spoofed names do."""
    from confusable_homoglyphs.categories import alias  # noqa: PLC0415 - a table that few processes need

    scripts = {alias(letter) for letter in text} - {"COMMON", "INHERITED"}
    return len(scripts) > 1 and not any(scripts <= together for together in WRITTEN_TOGETHER)


def _bare(text: str) -> str:
    """A text without accents; marks of other scripts stay."""
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


@cache
def _plain(letter: str) -> str:
    """The plain letters that a folded letter, or else its capital, looks like."""
    if letter.isascii():
        return letter
    return _latin(letter) or _latin(letter.upper()) or letter


@cache
def _latin(letter: str) -> str:
    """The plain lower-case letters that a letter looks like; empty if none."""
    if len(letter) != 1 or letter.isascii():
        return ""
    from confusable_homoglyphs.confusables import confusables_data  # noqa: PLC0415 - costs 6 MB and 70 ms at startup

    for glyph in confusables_data.get(letter, ()):
        plain = _bare(unicodedata.normalize("NFKC", glyph["c"])).casefold()
        plain = "".join(mark for mark in plain if unicodedata.category(mark) not in {"Cf", "Mn"})
        if plain.isascii() and plain.isalnum():
            return plain
    return ""
