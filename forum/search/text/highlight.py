"""Positions of search words in a text: exact at its beginning, by a regular expression in the rest of a long one."""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from itertools import islice

from forum.search.text.tokenizer import COMPOUND_SEPARATOR, MAX_WORD, Span, Term, every_span, folded, is_unspaced, spans

TOKENIZED_CHARACTERS = 2_000  # characters that are tokenized word by word
MAX_REGEX_MATCHES, MAX_HIGHLIGHTS = (
    200,
    60,
)  # regex matches examined and hits returned; tokenizing 50,000 characters takes up to 30 ms
_LETTERS = (range(0x41, 0x5B), range(0xC0, 0x530), range(0x1E00, 0x2000))  # scripts with case or accents
_MARKS = "[\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]*"  # marks that may occur between letters
_CODES = {"plusplus": r"\+\+", "sharp": "#"}
_ENDING = 4  # letters; the last letter of a stem this long may differ in the text: "happi" for "happy"


def word_spans(text: str, words: Collection[str], language: str, sequences: Collection[Term] = ()) -> list[Span]:
    """The spans of the words, and of sequences of adjacent words, in text order."""
    matches = [span for span in every_span(text, language) if span.word in words]
    if sequences:
        matches = sorted([*matches, *_adjacent(list(spans(text, language)), sequences)])
    singles = "".join(word for word in words if len(word) == 1 and is_unspaced(word))
    if singles:  # scripts without spaces are tokenized into pairs
        alone = [Span(*match.span(), match[0]) for match in re.finditer(f"[{singles}]", text)]
        matches = sorted([*matches, *alone])
    return matches


def word_spans_in_long_text(
    text: str, words: Collection[str], language: str, sequences: Collection[Term] = ()
) -> list[Span]:
    """Like `word_spans`, for the beginning of a text; if nothing is found there, for the rest."""
    matches = word_spans(text[:TOKENIZED_CHARACTERS], words, language, sequences)
    if not matches and (words or sequences) and len(text) > TOKENIZED_CHARACTERS:
        matches = list(islice(_in_the_rest(text, words, language, sequences), MAX_HIGHLIGHTS))
    return matches


def _adjacent(all_spans: Sequence[Span], sequences: Collection[Term]) -> Iterator[Span]:
    for sequence in sequences:
        for first in range(len(all_spans) - len(sequence) + 1):
            here = all_spans[first : first + len(sequence)]
            if all(span.word == word for span, word in zip(here, sequence, strict=True)):
                yield Span(here[0].start, here[-1].end, " ".join(sequence))


def _in_the_rest(text: str, words: Collection[str], language: str, sequences: Collection[Term]) -> Iterator[Span]:
    plain = text.lower() if text.isascii() else text.translate(_plain_letters())
    patterns = [*map(_pattern, sorted(words)), *(r"[\W_]+".join(map(_pattern, sequence)) for sequence in sequences)]
    for match in islice(re.compile("|".join(patterns)).finditer(plain, TOKENIZED_CHARACTERS), MAX_REGEX_MATCHES):
        start = match.start()
        for span in word_spans(text[start : start + 2 * MAX_WORD], words, language, sequences)[:1]:
            if span.start == 0:
                yield Span(start, start + span.end, span.word)


def _pattern(word: str) -> str:
    """A regular expression for an indexed word in a text without case and accents."""
    code = next((sign for name, sign in _CODES.items() if word[1:] == name), "")
    if code or word == "dotnet":
        return rf"\b{word[0]}{code}" if code else r"\.net\b"
    if COMPOUND_SEPARATOR in word:
        return r"(?<![^\Wv_])" + "[._:-]+".join(map(re.escape, filter(None, word.split(COMPOUND_SEPARATOR))))
    letters = word[:-1] if len(word) >= _ENDING else word
    joined = re.escape(letters) if letters.isascii() else _MARKS.join(map(re.escape, letters))
    return joined if is_unspaced(word) else rf"\b{joined}"


@cache
def _plain_letters() -> dict[int, str]:
    """Map letters to their form without case and accents, where that is a single letter."""
    known = {code: folded(chr(code)) for codes in _LETTERS for code in codes}
    return {code: plain for code, plain in known.items() if len(plain) == 1}
