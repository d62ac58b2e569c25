"""Porter's stemmer, by which build, builds and building are one word.

M. F. Porter, "An algorithm for suffix stripping", 1980.
"""

import re
from collections.abc import Callable

_C, _V = "[^aeiou](?:[^aeiouy]*)", "[aeiouy](?:[aeiou]*)"
_MEASURE_1 = re.compile(f"^(?:{_C})?{_V}{_C}")  # m > 0: a vowel and a consonant after it
_MEASURE_IS_1 = re.compile(f"^(?:{_C})?{_V}{_C}(?:{_V})?$")  # m = 1
_MEASURE_2 = re.compile(f"^(?:{_C})?{_V}{_C}{_V}{_C}")  # m > 1
_VOWEL = re.compile(f"^(?:{_C})?[aeiouy]")
_DOUBLE = re.compile(r"([^aeioulsz])\1$")
_SHORT = re.compile("^[^aeiou]([^aeiouy]*)[aeiouy][^aeiouwxy]$")
_STEP_2 = {
    "ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize", "bli": "ble", "alli": "al",
    "entli": "ent", "eli": "e", "ousli": "ous", "ization": "ize", "ation": "ate", "ator": "ate", "alism": "al",
    "iveness": "ive", "fulness": "ful", "ousness": "ous", "aliti": "al", "iviti": "ive", "biliti": "ble", "logi": "log",
}  # fmt: skip
_STEP_3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
_STEP_4 = (
    "ement", "ance", "ence", "able", "ible", "ment", "ant", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion",
    "al", "er", "ic", "ou",
)  # fmt: skip


def stem(word: str) -> str:
    """The stem of an English word in lower-case ASCII letters."""
    if len(word) < 3:
        return word
    if word[0] == "y":  # at the beginning y is a consonant
        return "y" + _steps("Y" + word[1:])[1:]
    return _steps(word)


def _steps(word: str) -> str:
    word = _past(_plural(word))
    if word.endswith("y") and _VOWEL.match(word[:-1]):
        word = word[:-1] + "i"
    for endings in (_STEP_2, _STEP_3):
        word = _replace(word, endings)
    return _last_e(_strip(word))


def _plural(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _past(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _MEASURE_1.match(word[:-3]) else word
    for ending in ("ed", "ing"):
        base = word.removesuffix(ending)
        if base != word and _VOWEL.match(base):
            return _mend(base)
    return word


def _mend(base: str) -> str:
    if base.endswith(("at", "bl", "iz")) or _SHORT.match(base):
        return base + "e"
    return base[:-1] if _DOUBLE.search(base) else base


def _replace(word: str, endings: dict[str, str]) -> str:
    for size in range(7, 2, -1):
        ending = word[-size:]
        if ending in endings:
            base = word[:-size]
            return base + endings[ending] if _MEASURE_1.match(base) else word
    return word


def _strip(word: str) -> str:
    for ending in _STEP_4:
        if word.endswith(ending):
            base = word[: -len(ending)]
            fits = _MEASURE_2.match(base) and (ending != "ion" or base.endswith(("s", "t")))
            return base if fits else word
    return word


def _last_e(word: str) -> str:
    base = word[:-1]
    if word.endswith("e") and (_MEASURE_2.match(base) or (_MEASURE_IS_1.match(base) and not _SHORT.match(base))):
        word = base
    return word[:-1] if word.endswith("ll") and _MEASURE_2.match(word[:-1]) else word


STEMMERS: dict[str, Callable[[str], str]] = {"en": stem}
