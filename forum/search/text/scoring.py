"""Relevance of a text to a query: BM25F over title and body; pure.

S. Robertson, H. Zaragoza, M. Taylor, "Simple BM25 extension to multiple weighted fields", 2004. The weights were
chosen on three public sets (two of related threads, one of questions; comments give the change in MAP), never on
single queries.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

TITLE_WEIGHT = 5.0  # a word in the title counts as five in the body; 3: −1.6 on bug reports, 8: ±0.3
SATURATION = 3.0  # k1 of BM25; 1.2: −2 on questions, −0.5 on reports
TITLE_LENGTH = 0.75  # b of the title; 0.5: −0.5, 0.3: −1.2 on related threads
BODY_LENGTH = 0.75  # b of the body; 0.9: −1 while a title is typed, 0.6: −1 once posted
# A forum with fewer threads has unreliable document frequencies: it is padded with pseudo-threads to this number,
# in which the words below occur in these shares and no others do. +2 on questions among 125 threads; 1000 to 4000 give
# the same.
YOUNG = 2000
_MOST = "the to a and of in"
_MANY = "is i for it that on thi with you be have not ar can if as my but or at what from"
_SOME = (
    "an do how will we by so me get all no wa thei there who when where which would ha about some ani up out more "
    "just like know need want pleas after over against us new now year time their your he than other"
)
TYPICAL_SHARES = {word: share for words, share in ((_MOST, 0.7), (_MANY, 0.4), (_SOME, 0.2)) for word in words.split()}
IDF_EXPONENT = 1.5  # exponent of the idf, so that rare words count more; 1: −2.5, 2: −1


@dataclass(frozen=True)
class Frequencies:
    """Document frequencies of words over the forum's threads, and average lengths of titles and first posts."""

    threads: int
    documents: Mapping[str, int] = field(default_factory=dict)
    title_length: float = 1.0
    body_length: float = 1.0
    own: frozenset[str] = frozenset()  # the words of a thread excluded from the counts

    def of(self, word: str) -> int:
        """How many threads contain a word."""
        return max(0, self.documents.get(word, 0) - (word in self.own))

    def without(self, text: "Text") -> "Frequencies":
        """The frequencies with one thread excluded, to compare it with the others."""
        return replace(self, threads=max(1, self.threads - 1), own=frozenset({*text.title.split(), *text.body.split()}))

    def rarity(self, word: str) -> float:
        """The weight of a word: its inverse document frequency, raised to IDF_EXPONENT."""
        missing = max(0, YOUNG - self.threads)
        with_it = self.of(word) + missing * TYPICAL_SHARES.get(word, 0.0)
        without = max(0.0, self.threads + missing - with_it)
        return math.pow(math.log1p((without + 0.5) / (with_it + 0.5)), IDF_EXPONENT)


@dataclass(frozen=True)
class Text:
    """The indexed words of a title and of a body, separated by spaces."""

    title: str
    body: str = ""

    def changed(self, change: Callable[[str], str]) -> "Text":
        """The text with a function applied to title and body."""
        return Text(change(self.title), change(self.body))


def score(text: Text, wanted: Mapping[str, float], frequencies: Frequencies) -> tuple[float, list[str]]:
    """The score of a text for weighted words, and the words that it contains, heaviest first."""
    title, body = text.title.split(), text.body.split()
    in_title, in_body = _count(title, wanted), _count(body, wanted)
    title_scale = TITLE_WEIGHT / _length(len(title), frequencies.title_length, TITLE_LENGTH)
    body_scale = 1 / _length(len(body), frequencies.body_length, BODY_LENGTH)
    parts = {}
    for word in in_title.keys() | in_body.keys():
        often = in_title.get(word, 0) * title_scale + in_body.get(word, 0) * body_scale
        parts[word] = wanted[word] * often / (SATURATION + often)
    # summed in a fixed order, so that the last digit does not depend on the hash seed
    words = sorted(parts, key=lambda word: (-parts[word], word))
    return sum(parts[word] for word in words), words


def _count(words: list[str], wanted: Mapping[str, float]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for word in filter(wanted.__contains__, words):  # faster than a Counter; this is the hot loop
        counts[word] = counts.get(word, 0) + 1
    return counts


def _length(words: int, average: float, share: float) -> float:
    return 1 - share + share * words / max(average, 1.0)


def words_within_budget(weights: Mapping[str, float], frequencies: Frequencies, *, most: int, budget: int) -> list[str]:
    """The heaviest words, at most `most`, whose thread counts fit into `budget`; the heaviest word if none does.

    An engine visits every thread that contains a word, so only a cap on those bounds the cost of a query.
    """
    chosen: list[str] = []
    by_weight = sorted(weights, key=lambda word: (-weights[word], word))
    for word in by_weight:
        cost = frequencies.of(word)
        if len(chosen) == most:
            break
        if cost <= budget:
            chosen.append(word)
            budget -= cost
    return chosen or by_weight[:1]


def heaviest_ids(threads_of: Mapping[str, Iterable[int]], weights: Mapping[str, float], *, most: int) -> list[int]:
    """The ids with the highest total weight of words, best first; ties go to the newer."""
    sums: dict[int, float] = {}
    for word in sorted(threads_of):
        weight = weights[word]
        for rowid in threads_of[word]:
            sums[rowid] = sums.get(rowid, 0.0) + weight
    if len(sums) > most:  # drop what cannot make the cut before sorting thousands: a quarter of the time
        least = sorted(sums.values(), reverse=True)[most - 1]
        sums = {rowid: its for rowid, its in sums.items() if its >= least}
    return sorted(sums, key=lambda rowid: (-sums[rowid], -rowid))[:most]
