"""Takes a mail's text apart: what was written, without quotes, introductions and signatures."""

import re
from dataclasses import dataclass, field
from itertools import takewhile

from forum.inbox.client_words import (
    INTRODUCTION_LINES,
    introduces,
    is_header,
    is_heading,
    is_rule,
    is_signed_by_program,
    may_introduce,
)
from forum.inbox.rules import MAX_LINES, MAX_TEXT
from forum.infra.text.messages import body_text

MAX_SIGNATURE_LINES = 15
SHORT_QUOTE_LINES = 3  # a single quote above an answer that is no longer was cut to what is answered
_ENDS = " \t\u00a0\u200b\u200e\u200f\u202c\u2069\ufeff"  # what programs leave at the end of a line
_MARKS = re.compile(r"^(?:> ?){1,40}")
_INDENT = re.compile(r"^(?: {4,}| {0,3}\t[ \t]*)(?![-*+] |\d{1,9}[.)] )")
_UNDERLINE = re.compile(r"^ {0,3}(?:=+|-+) *$")


@dataclass
class _Part:
    """Successive lines that are quoted, or not."""

    is_quote: bool
    lines: list[str] = field(default_factory=list)


def reply_of(text: str) -> str:
    """What the author of a mail wrote, as Markdown that shows it as typed; empty if nothing is left.

    Answers between the lines of a quote keep it. A quote above or below an answer goes.
    """
    parts = _parts(_without_earlier_mail(_lines(text)))
    whole = {id(part) for part in parts if _length(part) > SHORT_QUOTE_LINES}
    for part in parts:
        part.lines = _trimmed(_without_signature(part))
    parts = [part for part in parts if part.lines]
    while parts and parts[-1].is_quote:
        parts.pop()
    if [part.is_quote for part in parts] == [True, False] and id(parts[0]) in whole:
        parts = parts[1:]
    return "\n\n".join("\n".join(part.lines if part.is_quote else _as_typed(part.lines)) for part in parts)


def _lines(text: str) -> list[str]:
    lines = body_text(text[:MAX_TEXT].replace("\u2028", "\n")).split("\n")[:MAX_LINES]
    return [line.rstrip(_ENDS) for line in lines]


def _without_earlier_mail(lines: list[str]) -> list[str]:
    """The lines above a mail that is repeated without marks, and without the introductions of quotes."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        if line.startswith(">"):
            kept.append(line)
        elif _begins_earlier_mail(lines, number):
            break
        elif count := _introduction(kept, line, lines, number):
            del kept[len(kept) - count + 1 :]
            if not _is_quoted_below(lines, number):
                break
        else:
            kept.append(line)
    return kept


def _begins_earlier_mail(lines: list[str], number: int) -> bool:
    line = lines[number]
    if not (is_rule(line) or is_heading(line)):
        return is_header(lines[number : number + 8])
    below = [other for other in lines[number + 1 : number + 5] if other.strip()]
    after = lines[number + 1 :][:12]
    start = next((index for index, other in enumerate(after) if other.strip()), 0)
    return bool(below) and (is_header(after[start:]) or (is_rule(line) and is_heading(below[0])))


def _introduction(kept: list[str], line: str, lines: list[str], number: int) -> int:
    """How many lines up to this one introduce a quote."""
    if not may_introduce(line):
        return 0
    is_quoted = _is_quoted_below(lines, number)
    above = list(
        takewhile(lambda other: other.strip() and not other.startswith(">"), reversed(kept[-INTRODUCTION_LINES:]))
    )
    words = line
    for count in range(1, INTRODUCTION_LINES + 1):
        if introduces(words, is_quoted_below=is_quoted):
            return count
        if count > len(above):
            return 0
        words = f"{above[count - 1]} {words}"
    return 0


def _is_quoted_below(lines: list[str], number: int) -> bool:
    below = next((line for line in lines[number + 1 : number + 4] if line.strip()), "")
    return below.startswith(">")


def _parts(lines: list[str]) -> list[_Part]:
    parts: list[_Part] = []
    for line in lines:
        is_quote = line.startswith(">")
        if not parts or parts[-1].is_quote != is_quote:
            parts.append(_Part(is_quote))
        parts[-1].lines.append(_with_even_marks(line) if is_quote else line)
    return parts


def _with_even_marks(line: str) -> str:
    marks = _MARKS.match(line)
    depth = marks[0].count(">") if marks else 0
    return ("> " * depth + line[marks.end() if marks else 0 :]).rstrip()


def _without_signature(part: _Part) -> list[str]:
    """The lines above a signature, which begins with two hyphens, or is a line of the mail program's."""
    lines, delimiter = part.lines, "> --" if part.is_quote else "--"
    for number, line in enumerate(lines):
        if line == delimiter and (part.is_quote or len(lines) - number <= MAX_SIGNATURE_LINES):
            lines = lines[:number]
            break
    return lines if part.is_quote else _without_programs_line(lines)


def _without_programs_line(lines: list[str]) -> list[str]:
    left = _trimmed(lines)
    while left and (is_rule(left[-1]) or (is_signed_by_program(left[-1]) and (len(left) < 2 or not left[-2].strip()))):
        left = _trimmed(left[:-1])
    return left


def _trimmed(lines: list[str]) -> list[str]:
    """The lines without empty ones at both ends."""
    filled = [number for number, line in enumerate(lines) if line.strip("> \t\u00a0")]
    return lines[filled[0] : filled[-1] + 1] if filled else []


def _length(part: _Part) -> int:
    return sum(bool(line.strip("> ")) for line in part.lines)


def _as_typed(lines: list[str]) -> list[str]:
    """Plain text as Markdown: lists stay, an indented line is no code, and a line of hyphens makes no heading."""
    clean = [_INDENT.sub("   ", line) for line in (lines[0].lstrip(), *lines[1:])]
    return [
        f"\\{line.strip()}" if number and clean[number - 1].strip() and _UNDERLINE.match(line) else line
        for number, line in enumerate(clean)
    ]
