"""BERT's uncased WordPiece tokenizer, for the embedding model; pure.

J. Devlin, M. Chang, K. Lee, K. Toutanova, "BERT: Pre-training of Deep Bidirectional Transformers", 2019. The
vocabulary in wordpieces.txt is that paper's (Apache License 2.0), one piece per line; the line number is its token id.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

LONGEST_WORD = 100  # characters; longer runs are unknown to the model
_HAN = (("\u3400", "\u4dbf"), ("\u4e00", "\u9fff"), ("\uf900", "\ufaff"), ("\U00020000", "\U0002fa1f"))


@cache
def _numbers() -> Mapping[str, int]:
    lines = (Path(__file__).parent / "wordpieces.txt").read_text(encoding="utf-8").splitlines()
    return {piece: number for number, piece in enumerate(lines)}


def numbers_of(text: str, most: int) -> list[int]:
    """The token ids of a text, including [CLS] and [SEP]; at most `most`."""
    known = _numbers()
    found = [known["[CLS]"]]
    for word in _words(text):
        found += _pieces(word, known)
        if len(found) >= most - 1:
            break
    return [*found[: most - 1], known["[SEP]"]]


def _words(text: str) -> Iterator[str]:
    """Runs of letters without case and accents; punctuation and Han characters one by one."""
    word = ""
    for character in unicodedata.normalize("NFD", "".join(map(_visible, text)).lower()):
        kind = unicodedata.category(character)
        if character.isspace() or _stands_alone(character, kind):
            if word:
                yield word
            word = ""
            if not character.isspace():
                yield character
        elif kind != "Mn":
            word += character
    if word:
        yield word


def _visible(character: str) -> str:
    """A character, or nothing if it is invisible."""
    if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} and not character.isspace():
        return ""
    return "" if character == "\ufffd" else character


def _stands_alone(character: str, kind: str) -> bool:
    is_sign = kind[0] == "P" or (character.isascii() and not character.isalnum())
    return is_sign or any(first <= character <= last for first, last in _HAN)


def _pieces(word: str, known: Mapping[str, int]) -> list[int]:
    """Split a word greedily into the longest known pieces."""
    if len(word) > LONGEST_WORD:
        return [known["[UNK]"]]
    found, start = list[int](), 0
    while start < len(word):
        lead = "##" if start else ""
        end = next((end for end in range(len(word), start, -1) if lead + word[start:end] in known), start)
        if end == start:
            return [known["[UNK]"]]
        found.append(known[lead + word[start:end]])
        start = end
    return found
