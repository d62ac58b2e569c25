"""Single characters: which of them no document may hold."""

import re

# Control characters but tab and line ends, halves of surrogate pairs, and noncharacters. XML 1.0 forbids most of them
# and HTML calls the others errors, so that one of them in a title would break every feed and page that shows it.
FORBIDDEN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # of the first plane
_FORBIDDEN = re.compile(f"[{FORBIDDEN}]+")
# Every further plane ends in two noncharacters; a class with those too would be ten times as slow for all other texts.
_FURTHER = re.compile("[\U00010000-\U0010ffff]")
_NONCHARACTERS = re.compile(
    "[" + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)) + "]+"
)


def without_forbidden(text: str) -> str:
    """The text without the characters that no document may hold."""
    text = _FORBIDDEN.sub("", text)
    return _NONCHARACTERS.sub("", text) if _FURTHER.search(text) else text
