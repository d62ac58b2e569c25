"""Undoes the disguises of spam: invisible characters, look-alike letters, s-p-a-c-e-d words and w0rds with digits."""

import re
import unicodedata
from collections.abc import Iterator

# Letters of other alphabets that look like Latin ones, after case folding, and the reverse for Cyrillic.
_AS_LATIN = str.maketrans("аеорсухіјѕԁһѵԛԝкгмнтвαεικνορτυχβηγω", "aeopcyxijsdhvqwkrmhtbaeikvoptuxbnyw")
_AS_CYRILLIC = str.maketrans("aeopcyxijskrmhtb", "аеорсухіјѕкгмнтв")
_SMALL_CAPITALS = str.maketrans("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz")
_ONLY_CYRILLIC = re.compile("[бджзийлпфцчшщъыьэюя]")  # no Latin letter looks like one of these
_ONLY_LATIN = re.compile("[dfgjlqrsuvwz]")  # no common Cyrillic letter looks like one of these
_LATIN = re.compile("[a-z]")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_LOOKS_LATIN = re.compile("[\u0370-\u03ff\u0400-\u052f]")

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff]"
)
_ACCENT = re.compile("[\u0300-\u036f]")
_LETTERS = re.compile(r"[^\W\d_]+")
_SPACED = re.compile(r"(?<!\w)[^\W\d_]([ .*·_-])[^\W\d_](?:\1[^\W\d_])+(?!\w)")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_DOT = re.compile(r"\s?[\[({]\s?(?:dot|\.)\s?[\])}]\s?")

_DIGIT_LETTERS = str.maketrans("0134578$@!", "oieastbsai")
_CODED = re.compile(r"(?<![a-z0-9$@!])[a-z]*[0-9$@!][a-z0-9$@!]*")  # a digit or sign in it


def normalized(text: str) -> tuple[str, int]:
    """A text in small letters without disguises, and how many words were disguised."""
    disguised = 0
    if not text.isascii():
        visible = _INVISIBLE.sub("", text)
        disguised = len(text) - len(visible) > 3
        text = unicodedata.normalize("NFKC", visible).casefold().translate(_SMALL_CAPITALS)
        text = unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", text)))
        if _LATIN.search(text) and _LOOKS_LATIN.search(text):
            text, mixed = _without_look_alikes(text)
            disguised += mixed
    else:
        text = text.lower()
    text, spaced = _SPACED.subn(lambda match: match[0].replace(match[1], ""), text)
    return _DOT.sub(".", _DRAWN_OUT.sub(r"\1\1", text)), disguised + spaced


def _without_look_alikes(text: str) -> tuple[str, int]:
    """The text with words of mixed alphabets written in one, and their number."""
    mixed = 0

    def in_one_alphabet(match: re.Match[str]) -> str:
        nonlocal mixed
        word = match[0]
        latin = len(_LATIN.findall(word))
        if latin in (0, len(word)) or not _LOOKS_LATIN.search(word):
            return word
        tables = (_AS_CYRILLIC, _AS_LATIN) if _is_cyrillic(word, latin) else (_AS_LATIN, _AS_CYRILLIC)
        for plain in map(word.translate, tables):
            if len(_LATIN.findall(plain)) in (0, len(plain)):
                mixed += 1
                return plain
        return word  # not look-alikes, but two words without a space between them

    return _LETTERS.sub(in_one_alphabet, text), mixed


def _is_cyrillic(word: str, latin: int) -> bool:
    """Whether a mixed word is meant to be read as Cyrillic: by the letters that only one alphabet has, or by most."""
    cyrillic_only, latin_only = len(_ONLY_CYRILLIC.findall(word)), len(_ONLY_LATIN.findall(word))
    if cyrillic_only != latin_only:
        return cyrillic_only > latin_only
    return len(_CYRILLIC.findall(word)) > latin


def plain_readings(text: str) -> Iterator[str]:
    """The words that a normalised text writes with digits or signs: `fr33` is read as `free`."""
    for coded in _CODED.findall(text):
        word = coded.strip("!")
        letters = sum(map(str.isalpha, word))
        if len(word) // 2 <= letters < len(word) and letters > 1:
            yield word.translate(_DIGIT_LETTERS)


def plain_word(word: str) -> str:
    """A word of a normalised text without the digits that stand for letters; all numbers are alike."""
    if word.isalpha():
        return word
    return "0" if word.isdigit() else word.translate(_DIGIT_LETTERS)
