"""Where words stand in a text: all of them in its beginning, and in the rest of a long one what looks like them."""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from itertools import islice

from forum.search.text.tokenizer import MAX_WORD, POINT, Span, Term, every_span, folded, is_run, spans

READ = 2_000  # characters that are cut word by word
TRIED, PLACES = 200, 60  # of what looks like them, and of what is them: to cut 50,000 characters takes up to 30 ms
_LETTERS = (range(0x41, 0x5B), range(0xC0, 0x530), range(0x1E00, 0x2000))  # which case and accents tell apart
_SIGNS = "[\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]*"  # that may stand between letters
_CODES = {"plusplus": r"\+\+", "sharp": "#"}
_ENDING = 4  # letters; of so long a word the last may be another in the text, as in "happi"


def places(text: str, words: Collection[str], language: str, sequences: Collection[Term] = ()) -> list[Span]:
    """Where the words stand, and sequences of words side by side, in their order."""
    found = [span for span in every_span(text, language) if span.word in words]
    if sequences:
        found = sorted([*found, *_side_by_side(list(spans(text, language)), sequences)])
    singles = "".join(word for word in words if len(word) == 1 and is_run(word))
    if singles:  # a text without spaces is cut into pairs
        alone = [Span(*match.span(), match[0]) for match in re.finditer(f"[{singles}]", text)]
        found = sorted([*found, *alone])
    return found


def places_in_long(text: str, words: Collection[str], language: str, sequences: Collection[Term] = ()) -> list[Span]:
    """The same in the beginning of a text, and if none is there in the rest."""
    found = places(text[:READ], words, language, sequences)
    if not found and (words or sequences) and len(text) > READ:
        found = list(islice(_behind(text, words, language, sequences), PLACES))
    return found


def _side_by_side(found: Sequence[Span], sequences: Collection[Term]) -> Iterator[Span]:
    for sequence in sequences:
        for place in range(len(found) - len(sequence) + 1):
            here = found[place : place + len(sequence)]
            if all(span.word == word for span, word in zip(here, sequence, strict=True)):
                yield Span(here[0].start, here[-1].end, " ".join(sequence))


def _behind(text: str, words: Collection[str], language: str, sequences: Collection[Term]) -> Iterator[Span]:
    plain = text.lower() if text.isascii() else text.translate(_plain_letters())
    patterns = [*map(_pattern, sorted(words)), *(r"[\W_]+".join(map(_pattern, each)) for each in sequences)]
    for match in islice(re.compile("|".join(patterns)).finditer(plain, READ), TRIED):
        start = match.start()
        for span in places(text[start : start + 2 * MAX_WORD], words, language, sequences)[:1]:
            if span.start == 0:
                yield Span(start, start + span.end, span.word)


def _pattern(word: str) -> str:
    """What a word of the index may look like in a text without case and accents."""
    code = next((sign for name, sign in _CODES.items() if word[1:] == name), "")
    if code or word == "dotnet":
        return rf"\b{word[0]}{code}" if code else r"\.net\b"
    if POINT in word:
        return r"(?<![^\Wv_])" + "[._:-]+".join(map(re.escape, filter(None, word.split(POINT))))
    letters = word[:-1] if len(word) >= _ENDING else word
    joined = re.escape(letters) if letters.isascii() else _SIGNS.join(map(re.escape, letters))
    return joined if is_run(word) else rf"\b{joined}"


@cache
def _plain_letters() -> dict[int, str]:
    """Letters without case and accents, of those that stay one."""
    known = {code: folded(chr(code)) for codes in _LETTERS for code in codes}
    return {code: plain for code, plain in known.items() if len(plain) == 1}
