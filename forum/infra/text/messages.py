"""Messages that the interfaces translate, and normalization of plain text."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from forum.infra.text.characters import width, without_forbidden

# Spaces, control characters, joiners, combining marks and blank letters. The character class is valid in both ECMA 262
# and Python regular expressions, because the OpenAPI document contains it too.
INVISIBLE = (
    r"\s\u0000-\u001f\u007f-\u009f\u00ad\u0300-\u036f\u0483-\u0489\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u2028-\u202e\u2060-\u206f\u20d0-\u20ff\u2800\u3164"
    r"\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\uffa0\ufff9-\ufffb"
)
# supplementary planes as literal characters: ECMA 262 and Python escape them differently
INVISIBLE += "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
_VISIBLE = re.compile(f"[^{INVISIBLE}]")
_MARK = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_EXTRA_MARKS = re.compile(f"({_MARK}{{3}}){_MARK}+")
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C], None)


@dataclass(frozen=True)
class Message:
    """An English sentence with named placeholders; an interface translates it and then fills them in."""

    msgid: str
    values: Mapping[str, object] = field(default_factory=dict)
    plural: str = ""

    def __str__(self) -> str:
        sentence = self.plural if self.plural and self.values.get("num") != 1 else self.msgid
        return sentence % self.values if self.values else sentence


def say(msgid: str, **values: object) -> Message:
    """Mark a sentence for translation; placeholders are filled by name: `%(num)d` by num=5."""
    return Message(msgid, values)


def say_many(singular: str, plural: str, num: int, **values: object) -> Message:
    """Mark a sentence with singular and plural forms for translation."""
    return Message(singular, {"num": num, **values}, plural)


def one_line(text: str) -> str:
    """Normalize a title or name: one line, single spaces, no control characters, at most 3 marks in a row, NFC."""
    clean = unicodedata.normalize("NFC", without_forbidden(text).replace("\r", "")).translate(_BIDI)
    return re.sub(r"\s+", " ", _EXTRA_MARKS.sub(r"\1", clean)).strip()


def comparison_key(name: str) -> str:
    """A name's comparison key, independent of case and Unicode form."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return one_line(unicodedata.normalize("NFKC", folded))


def body_text(text: str) -> str:
    """Normalize the text of a post: LF line ends, no control characters or noncharacters, NFC."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", without_forbidden(lines)).rstrip()


def visible_length(text: str) -> int:
    """How many visible characters a text has."""
    return len(_VISIBLE.findall(text))


def visible_width(text: str) -> int:
    """The width of a text's visible characters in columns, the unit of minimum lengths.

    Two Chinese characters say as much as a short word.
    """
    return sum(map(width, _VISIBLE.findall(text)))
