"""Tokenizer: split text into the words that are indexed and searched for, the same for every database; pure.

Latin, Greek and Cyrillic words are folded (no case, no accents), Arabic and Hebrew ones lose their vowel signs, and all
are stemmed by language. Scripts written without spaces (Chinese, Japanese, Thai …; also Korean, which is agglutinative)
become overlapping bigrams. Also indexed are the words inside identifiers such as NameNode (E. Hill and others, "An
empirical study of identifier splitting techniques", 2014) and compounds as a whole: versions, IP addresses, file names
and anything else joined by full stops.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from forum.infra.text.characters import PLAIN_LETTERS, UNSPACED_LETTERS
from forum.search.text.stemmers import ENGLISH, stem

APOSTROPHES = "'’ʼ"
ELIDING, LONGEST_ARTICLE = frozenset({"ca", "fr", "it"}), 5  # l'eau, dell'acqua
MAX_CACHED_WORDS = 20_000  # words: a hit rate of 90 %, in about 5 MB; 100,000 speeds posts up by less than a tenth
TOKENIZER_VERSION = 3  # increase when a text yields other words than before: the index must then be rebuilt
MAX_WORD = 40  # characters; longer runs are URLs, hashes and noise
SHORTEST_PART = 3  # characters of a word inside an identifier; 1 and 2: ±0.4, 4 and 5: −0.7 on bug report titles
THREAD_TOTAL_KEY = "*"  # the word_index row with the number of threads; no word is spelled like this
_POINTS = "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # of Hebrew
_HARAKAT = "\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"  # of Arabic
_MARKS = rf"\u0300-\u036f\u0483-\u0487{_POINTS}{_HARAKAT}"
_MARKS += "\u0900-\u0963\u0966-\u0dff\u0f00-\u0fff"
_LETTERS = rf"[^\W_{UNSPACED_LETTERS}]+(?:[{_MARKS}]+[^\W_{UNSPACED_LETTERS}]*)*"
# .NET, ASP.NET and Paint.NET, but no domain that ends in .net
_DOTNET = r"(?:(?<![\w.])|(?<=\b[Aa][Ss][Pp])|(?<=\b[Aa][Dd][Oo])|(?<=\b[Vv][Bb]))\.[Nn][Ee][Tt]\b|(?<=[A-Za-z])\.NET\b"
# 4.1.89 and v4.1.89 yield the same words
_VERSION = r"(?<![^\W_])[vV](?=[0-9]+\.[0-9])"
_WORD = re.compile(
    rf"(?P<code>(?<![\w+#])[A-Za-z](?:\+\+|\#)(?![A-Za-z_+#])|{_DOTNET})"
    rf"|(?P<run>[{UNSPACED_LETTERS}]+)|(?P<version>{_VERSION})|{_LETTERS}(?:['’ʼ]{_LETTERS})*"
)
_RUNS = re.compile(f"[{UNSPACED_LETTERS}]+")
_CODE = {"+": "plusplus", "#": "sharp", "t": "dotnet"}
_LAST_ACCENTED = "\u0530"  # everything below is Latin, Greek or Cyrillic
_PLAIN = str.maketrans(PLAIN_LETTERS)
_VOWEL_SIGNS = re.compile(f"[{_POINTS}{_HARAKAT}\u0640]")
_ENGLISH = re.compile("[a-z]{3,}")
_NAME = re.compile("(?<![A-Za-z0-9])[A-Za-z0-9]*(?:[a-z0-9][A-Z]|[A-Z]{2}[a-z])[A-Za-z0-9]*")
_CAMEL_BOUNDARY = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_PART = rf"[^\W_{UNSPACED_LETTERS}]+"
_COMPOUND = re.compile(rf"{_PART}(?:(?:_*[.-]_*|_+){_PART})+")
_STOP = re.compile(rf"\.(?<=[^\W{UNSPACED_LETTERS}]\.)(?=[^\W{UNSPACED_LETTERS}])")
_MAIN_VERSION = re.compile(rf"{_VERSION}[0-9]+")
_NUMBER = re.compile(r"(?<![0-9.])[0-9]+(?:\.[0-9]+)+")
_IP_6 = re.compile(r"(?<![\w:.])[0-9A-Fa-f]{1,4}(?::{1,2}[0-9A-Fa-f]{1,4}){1,7}(?![\w:])")
_JOINTS = re.compile("[._-]+")
COMPOUND_SEPARATOR = "·"  # joins a compound into one word: both engines would split at a full stop

Term = tuple[str, ...]  # consecutive words; usually one


class Span(NamedTuple):
    """The position of a word in a text, and its indexed form."""

    start: int
    end: int
    word: str


def spans(text: str, language: str = ENGLISH) -> Iterator[Span]:
    """Every word of a text with its position; bigrams overlap."""
    for match in _WORD.finditer(text):
        if match.lastgroup is not None:
            yield from _special(match)
        elif word := _word(match[0], language):
            yield Span(*match.span(), word)


def words(text: str, language: str = ENGLISH) -> list[str]:
    """The words of a text in order."""
    result: list[str] = []
    for match in _WORD.finditer(text):  # what spans() does, faster without positions
        if match.lastgroup is None:
            result.append(_word(match[0], language))
        else:
            result += [span.word for span in _special(match)]
    return [word for word in result if word]


def subwords_and_compounds(text: str, language: str = ENGLISH) -> Iterator[Span]:
    """The words inside identifiers, and compounds as a whole, with their positions."""
    for name in _NAME.finditer(text):
        if name.end() - name.start() <= MAX_WORD:
            yield from _parts(name[0], name.start(), language)
    yield from compounds(text)
    for name in _joined_by_stops(text):
        for version in _MAIN_VERSION.finditer(text, *name.span()):
            yield Span(*version.span(), version[0].lower()[:MAX_WORD])


def compounds(text: str) -> Iterator[Span]:
    """Compounds joined by full stops (app.config.json) as one word, and their numbers: 4.1.89 of v4.1.89.Final."""
    for name in _joined_by_stops(text):
        start = name.start() + bool(re.match(_VERSION, name[0]))
        yield Span(start, name.end(), compound(text[start : name.end()]))
        for number in _NUMBER.finditer(text, *name.span()):
            yield Span(*number.span(), compound(number[0]))
    if "::" in text or text.count(":") > 1:
        yield from (
            Span(*match.span(), compound(match[0])) for match in _IP_6.finditer(text) if match[0].count(":") > 1
        )


def _joined_by_stops(text: str) -> Iterator[re.Match[str]]:
    end = 0
    for stop in _STOP.finditer(text):  # stops are few; searching for whole compounds would double the time
        if stop.start() >= end:
            start = max(end, text.rfind(" ", end, stop.start()) + 1)
            names = _COMPOUND.finditer(text, start, stop.end() + 2 * MAX_WORD)
            name = next((name for name in names if name.end() > stop.start()), None)
            end = stop.end()
            if name and name.start() < stop.start():
                end = name.end()
                yield name


def compound(text: str) -> str:
    """The indexed form of a compound."""
    return folded(_JOINTS.sub(COMPOUND_SEPARATOR, text).replace(":", COMPOUND_SEPARATOR))[:MAX_WORD]


def every_span(text: str, language: str = ENGLISH) -> list[Span]:
    """Every indexed word of a text with its position; they overlap."""
    return sorted([*spans(text, language), *subwords_and_compounds(text, language)])


def indexed(text: str, language: str = ENGLISH) -> str:
    """The indexed form of a text: its words, then once each those of within() and the single characters of _RUNS."""
    inside = [span.word for span in subwords_and_compounds(text, language)]
    singles = "" if text.isascii() else folded("".join(_RUNS.findall(text)))
    return " ".join([*words(text, language), *dict.fromkeys([*inside, *singles])])


def _parts(name: str, start: int, language: str) -> Iterator[Span]:
    boundaries = [0, *(boundary.start() for boundary in _CAMEL_BOUNDARY.finditer(name)), len(name)]
    for begin, end in pairwise(boundaries):
        if end - begin >= SHORTEST_PART and (word := _word(name[begin:end], language)):
            yield Span(start + begin, start + end, word)


def is_unspaced(text: str) -> bool:
    """Whether a text is in a script written without spaces."""
    return _RUNS.fullmatch(text) is not None


def _special(match: re.Match[str]) -> Iterator[Span]:
    if match.lastgroup == "run":
        return _bigrams(match[0], match.start())
    if match.lastgroup == "version":
        return iter(())
    return iter([Span(*match.span(), _code(match[0].lower()))])


def _bigrams(run: str, start: int) -> Iterator[Span]:
    if len(run) == 1:
        yield Span(start, start + 1, folded(run))
    for offset in range(len(run) - 1):
        yield Span(start + offset, start + offset + 2, folded(run[offset : offset + 2]))


def _code(raw: str) -> str:
    name = _CODE[raw[-1]]
    return name if name == "dotnet" else raw[0] + name


@lru_cache(maxsize=MAX_CACHED_WORDS)
def _word(raw: str, language: str) -> str:
    if language != ENGLISH:
        return folded(stem(_without_article(raw, language)[:MAX_WORD], language))
    plain = folded(raw)
    for mark in APOSTROPHES if not plain.isalnum() else "":
        plain = plain.removesuffix(f"{mark}s").replace(mark, "")
    plain = plain[:MAX_WORD]
    return stem(plain) if _ENGLISH.fullmatch(plain) else plain


def _without_article(raw: str, language: str) -> str:
    """A word in lower case without an elided article (l', dell'); other apostrophes are removed."""
    lower = unicodedata.normalize("NFKC", raw).lower()
    for mark in APOSTROPHES:
        lower = lower.replace(mark, "'")
    if language in ELIDING:
        before, _, word = lower.partition("'")
        lower = word if word and len(before) <= LONGEST_ARTICLE else lower
    return lower.replace("'", "")


def folded(raw: str) -> str:
    """A text without case and accents."""
    return raw.lower() if raw.isascii() else _folded(raw)


@lru_cache(maxsize=MAX_CACHED_WORDS)
def _folded(raw: str) -> str:
    composed = _VOWEL_SIGNS.sub("", unicodedata.normalize("NFKC", raw).casefold())
    return "".join(_without_accents(character) for character in composed if character.isprintable()).translate(_PLAIN)


def _without_accents(character: str) -> str:
    decomposed = unicodedata.normalize("NFD", character)
    if decomposed[0] < _LAST_ACCENTED:
        return "".join(part for part in decomposed if not unicodedata.combining(part))
    return character
