"""Character classes: forbidden characters, scripts without spaces, what ends a URL in a sentence, display width."""

import re
import unicodedata

# Control characters except tab and line ends, lone surrogates, and noncharacters. XML 1.0 forbids most of them and
# HTML treats the others as errors, so one of them in a title would break every feed and page that shows it.
FORBIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # in plane 0 (BMP)
_FORBIDDEN = re.compile(f"[{FORBIDDEN}]+")
# Each supplementary plane ends in two noncharacters; including them in the class above would make it ten times slower.
_FURTHER = re.compile("[\U00010000-\U0010ffff]")
_NONCHARACTERS = re.compile(
    "[" + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)) + "]+"
)
# Letters of scripts written without spaces between words (Thai, Lao, Burmese, Khmer, Chinese, Japanese), and of
# Korean, which attaches endings to words: a word boundary is possible next to any of them.
UNSPACED_LETTERS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff"
UNSPACED_LETTERS += "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003134f"
_UNSPACED = re.compile(f"[{UNSPACED_LETTERS}]")
# Latin letters that Unicode does not decompose into a base letter and an accent.
PLAIN_LETTERS = dict(zip("łøđæœþðıħŧ", ["l", "o", "d", "ae", "oe", "th", "d", "i", "h", "t"], strict=True))
# Middle dots occur within Catalan words and Japanese names, and therefore in their URLs.
_MIDDLE_DOTS = "\u00b7\u30fb\uff65"
_FULL_WIDTH_SIGNS = "\u301c\uff0b\uff1c\uff1d\uff1e\uff5c\uff5e"


def without_forbidden(text: str) -> str:
    """Remove the forbidden characters from a text."""
    text = _FORBIDDEN.sub("", text)
    return _NONCHARACTERS.sub("", text) if _FURTHER.search(text) else text


def is_unspaced(letter: str) -> bool:
    """Whether a letter belongs to a script that is written without spaces."""
    return _UNSPACED.match(letter) is not None


def is_mark(letter: str) -> bool:
    """Whether it is a combining mark: an accent, a vowel sign or the like."""
    return unicodedata.category(letter)[0] == "M"


def ends_url(mark: str) -> bool:
    """Whether a non-ASCII character ends a URL in a sentence: a bracket, quotation mark or full stop of any script."""
    if mark.isascii() or mark in _MIDDLE_DOTS:
        return False
    return mark in _FULL_WIDTH_SIGNS or unicodedata.category(mark) in {"Ps", "Pe", "Pi", "Pf", "Po"}


def width(letter: str) -> int:
    """A character's width in columns: 2 for Chinese, Japanese, Korean and full-width characters (UAX 11), else 1.

    Unassigned code points are wide only in the planes reserved for ideographs.
    """
    is_wide = unicodedata.east_asian_width(letter) in "WF" and unicodedata.category(letter) != "Cn"
    return 2 if is_wide or "\U00020000" <= letter <= "\U0003fffd" else 1
