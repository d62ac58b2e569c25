"""Fingerprints of posts, by which nearly the same text and the same links are found again without comparing all.

Of a text, the hashes of its pairs of words are kept. They are divided among bins; the lowest of each bin, two bins
together, are its marks. Texts that share most pairs of words share a mark, and others hardly ever do.
"""

import re
from array import array
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zlib import crc32

from forum.infra.text.characters import UNSPACED_LETTERS
from forum.spam.features import ends, host_labels, without_links
from forum.spam.normalising import normalized, plain_word

MIN_PAIRS = 9  # pairs of words of the shortest text whose copies are found: "Thanks!" and "Welcome!" are everybody's
MAX_PAIRS = 256  # kept of a long text: those with the lowest hashes
BINS = 16
LEAST_SHARED = 0.6  # of the pairs of two texts together, where they are nearly the same
MAX_DOMAINS = 10  # of one post
MAX_DOMAIN = 100  # characters
_WORD = re.compile(rf"[{UNSPACED_LETTERS}]|[^\W_{UNSPACED_LETTERS}]+")
_SECOND_LEVEL = 3  # letters, at most, of co.uk and com.br, below which domains are registered
_MIX, _MASK = 0x9E3779B1, (1 << 32) - 1  # multiplying by an odd number spreads the hashes
_MAX_MARK = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Hashes of a post's pairs of words in ascending order, and the domains that it links to."""

    pairs: "array[int]"
    domains: tuple[str, ...] = ()

    @property
    def text_marks(self) -> list[int]:
        """The marks under which the text is found; none of a short text."""
        if len(self.pairs) < MIN_PAIRS:
            return []
        lowest: list[int | None] = [None] * BINS
        for pair in reversed(self.pairs):
            lowest[pair % BINS] = pair
        bands = zip(lowest[::2], lowest[1::2], strict=True)
        return [_mark(f"{number} {low} {high}") for number, (low, high) in enumerate(bands) if low or high]

    @property
    def domain_marks(self) -> dict[int, str]:
        """The domains by their marks."""
        return {_mark(f"domain {domain}"): domain for domain in self.domains}


def fingerprint(text: str, links: Iterable[str] = ()) -> Fingerprint:
    """The fingerprint of a text and of the targets of its links."""
    text, targets = without_links(normalized(ends(text))[0], links)
    words = [word if word.isalpha() else plain_word(word) for word in _WORD.findall(text)]
    found = {crc32(f"{one} {other}".encode("utf-8", "replace")) * _MIX & _MASK for one, other in pairwise(words)}
    domains = sorted({registered_domain(target) for target in targets} - {""})
    return Fingerprint(array("I", sorted(found)[:MAX_PAIRS]), tuple(domains[:MAX_DOMAINS]))


def registered_domain(target: str) -> str:
    """The domain of a link as it is registered, `pills.example` of `buy.pills.example/now`; empty if it has none."""
    labels = host_labels(target)
    if len(labels) < 2 or not all(labels):
        return ""
    is_below_second = len(labels) > 2 and len(labels[-2]) <= _SECOND_LEVEL and len(labels[-1]) <= _SECOND_LEVEL
    return ".".join(labels[-3 if is_below_second else -2 :])[:MAX_DOMAIN]


def _mark(what: str) -> int:
    """A number of 63 bits."""
    raw = what.encode("utf-8", "replace")
    return (crc32(raw) << 32 | crc32(raw[::-1], 1)) & _MAX_MARK


def is_nearly_same(one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether two texts, given by the hashes of their pairs of words, have most of them in common; not short ones."""
    if min(len(one), len(other)) < MIN_PAIRS:
        return False
    ours, theirs = set(one), set(other)
    both: Collection[int] = ours | theirs
    if MAX_PAIRS in {len(one), len(other)}:
        both = sorted(both)[:MAX_PAIRS]  # those that both would have kept
    return sum(pair in ours and pair in theirs for pair in both) >= LEAST_SHARED * len(both)
