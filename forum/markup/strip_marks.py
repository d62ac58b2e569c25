"""Strips forbidden characters, bidi controls and excess combining marks from text before and after parsing."""

import re
import unicodedata
from functools import cache
from itertools import chain

from forum.infra.text.characters import without_forbidden
from forum.markup.limits import MAX_MARKS

_LINES = re.compile(r"\r\n?|[\u2028\u2029]")
# CommonMark renders these as replacement characters.
_REPLACED = re.compile("[\0\ud800-\udfff]")
# Bidi overrides, embeddings and isolates can affect text beyond the post; right-to-left scripts do not need them.
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
# A cheap first test: combining marks are neither word characters nor ASCII.
_SUSPECT = re.compile(rf"[^\w\x00-\x7f]{{{MAX_MARKS + 1},}}")


def clean_source(source: str) -> str:
    """The source with LF line ends, without forbidden characters and bidi controls."""
    text = _REPLACED.sub("\ufffd", _LINES.sub("\n", source))
    return _BIDI.sub("", without_forbidden(text))


def strip_marks(text: str) -> str:
    """Text or unsanitized HTML without forbidden characters and bidi controls, and at most MAX_MARKS marks in a row."""
    text = without_forbidden(text)
    if text.isascii():
        return text
    return _SUSPECT.sub(lambda run: _excess_marks().sub(r"\1", run[0]), _BIDI.sub("", text))


@cache
def _excess_marks() -> re.Pattern[str]:
    """Matches more combining or invisible marks in a row than any script needs; group 1 holds the first MAX_MARKS."""
    # the gaps contain ideographs and planes without letters
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
