"""What is taken out of any text before and after it is parsed: forbidden characters, direction and piled-up marks."""

import re
import unicodedata
from functools import cache
from itertools import chain

from forum.infra.characters import without_forbidden
from forum.markup.limits import MAX_MARKS

_LINES = re.compile(r"\r\n?|[\u2028\u2029]")
# CommonMark shows these as replacement characters.
_REPLACED = re.compile("[\0\ud800-\udfff]")
# Overrides, embeddings and isolates reach beyond the post; scripts that run right to left do not need them.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
# A quick look first: combining marks are neither word characters nor ASCII.
_SUSPECT = re.compile(rf"[^\w\x00-\x7f]{{{MAX_MARKS + 1},}}")


def clean_source(source: str) -> str:
    """The source with one kind of line end, without forbidden characters and direction marks."""
    text = _REPLACED.sub("\ufffd", _LINES.sub("\n", source))
    return _BIDI.sub("", without_forbidden(text))


def strip_marks(text: str) -> str:
    """Text or unchecked HTML without forbidden characters and direction marks, with few marks on any one letter."""
    text = without_forbidden(text)
    if text.isascii():
        return text
    return _SUSPECT.sub(lambda run: _piles().sub(r"\1", run[0]), _BIDI.sub("", text))


@cache
def _piles() -> re.Pattern[str]:
    """More combining or invisible marks in a row than any script needs; the first few are group 1."""
    # between these lie ideographs and planes without any letters
    codes = chain(range(0x300, 0x3400), range(0xA000, 0x20000), range(0xE0000, 0xE01F0))
    marks = [code for code in codes if unicodedata.category(chr(code)) in ("Mn", "Me", "Cf")]
    inside = "".join(f"{chr(first)}-{chr(last)}" for first, last in _ranges(marks))
    return re.compile(f"([{inside}]{{{MAX_MARKS}}})[{inside}]+")


def _ranges(codes: list[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for code in codes:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1] = (ranges[-1][0], code)
        else:
            ranges.append((code, code))
    return ranges
