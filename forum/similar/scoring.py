"""Score and rank threads by their similarity to a text, and name the words responsible; pure.

The best words of a text (frequent in it, with triple weight in its title, and rare in the forum) are looked up in the
index; the threads with most of them are scored by BM25F over title and first post, with those words as a weighted
query. Comments give the change in MAP on the sets of docs/search.md (Measured), which also lists what gained nothing.
"""

import math
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from operator import mul
from struct import Struct

from forum.search.text.scoring import Frequencies, Text, heaviest_ids, score, words_within_budget

TITLE_SHARE = 3  # a word in the title counts as three in the body; 2: −1.6 on related threads, 5: −1 to −2
BODY_WORDS = 400  # the topic of a text is stated in its first words
# Repetitions of a word in the body count less and less, together at most this many extra times (k3 of Okapi, Robertson
# and others, 1994): +1.8 on reports; 2 to 6 are alike.
REPEATS = 4
BEST_WORDS = 50  # words of the weighted query; 25: −0.7 on related threads, +1.3 on reports; 35 to 100 are alike
LOOKED_UP = 6  # words by which candidates are retrieved; 25: the same
BUDGET = 6_000  # total threads with these words, which bounds the cost; 5,000 to 20,000: the same
CANDIDATES = 200
# The share (by rarity) of a candidate's title that occurs in the text raises its score by up to this much, once there
# is a body: +3.2 on reports, −0.4 on related threads.
COVERED = 0.25
# Threads from the same time are mostly about the same event (P. Runeson and others, "Detection of duplicate defect
# reports using natural language processing", 2007): a thread that started at the same time scores up to this much more,
# half of that a week apart. The test sets have no times; for a title being typed, old threads are as useful.
SAME_TIME = 0.5
HALF_GONE = 7.0  # days
COVER_READ = 100  # candidates whose coverage is computed
# Shares of the maximum, the score of a thread in which every word is as frequent as can be. Nothing is shown unless the
# most similar thread reaches the first share (while a title is typed) or the second (once there is a body); the others
# must reach SHOWN_SHARE_OF_MINIMUM of it. A thread with only a title is measured against what so few words can reach.
# A threshold of 0.25 for titles hid all results for 71 % of one forum's questions, 0.2 for 29 % (docs/search.md).
MIN_TITLE_SIMILARITY, MIN_SIMILARITY = 0.2, 0.105
SHOWN_SHARE_OF_MINIMUM = 0.25
# If the embedding model is installed, similarity of embeddings adds up to this much (docs/search.md, Measured).
SEMANTIC_WEIGHT = 0.12
LENGTH = Struct("<f")
_Vector = tuple[float, Sequence[float]]  # a quantized vector: its length and its components
_Vectors = tuple[_Vector, _Vector]  # of the title and of the text


@dataclass(frozen=True)
class Embeddings:
    """The embeddings of a title, and of title and body together, encoded by `direction`."""

    title: bytes
    text: bytes


@dataclass(frozen=True)
class Similar:
    """A thread, its score (0 to 1 by words alone), and the words responsible, heaviest first.

    `reach` is the square root of the share of the maximum that it can reach: 1 unless the thread has only a title.
    """

    thread_id: int
    score: float
    words: tuple[str, ...]
    reach: float = 1.0


def words_of(text: Text) -> dict[str, float]:
    """The weighted term frequencies of a text."""
    counts = {word: float(often * TITLE_SHARE) for word, often in Counter(text.title.split()).items()}
    for word, often in Counter(text.body.split()[:BODY_WORDS]).items():
        counts[word] = counts.get(word, 0.0) + (REPEATS + 1) * often / (REPEATS + often)
    return counts


@dataclass(frozen=True)
class WeightedQuery:
    """A weighted query, and the maximum scores of threads with its best word, its best two, and so on."""

    weights: Mapping[str, float]
    steps: Sequence[float]

    @property
    def possible(self) -> float:
        """The maximum score, of a thread with every word."""
        return self.steps[-1] if self.steps else 1.0

    def reach(self, title: str) -> float:
        """The square root of the share of the maximum that the words of a title can reach."""
        word_count = min(len(set(title.split())), len(self.steps))
        return math.sqrt(self.steps[word_count - 1] / self.possible) if word_count else 1.0


def weigh(text: Text, frequencies: Frequencies) -> WeightedQuery:
    """The best words of a text as a weighted query; words in no other thread only raise the maximum."""
    weights = {word: often * frequencies.rarity(word) for word, often in words_of(text).items()}
    steps = list(accumulate(sorted(weights.values(), reverse=True)[:BEST_WORDS]))
    best = sorted((word for word in weights if frequencies.of(word)), key=lambda word: (-weights[word], word))
    return WeightedQuery({word: weights[word] for word in best[:BEST_WORDS]}, steps)


def to_look_up(weights: Mapping[str, float], frequencies: Frequencies) -> list[str]:
    """The words by which candidates are retrieved."""
    return words_within_budget(weights, frequencies, most=LOOKED_UP, budget=BUDGET)


def to_score(threads_of: Mapping[str, list[int]], weights: Mapping[str, float]) -> list[int]:
    """The candidates worth scoring."""
    return heaviest_ids(threads_of, weights, most=CANDIDATES)


def score_bm25(wanted: WeightedQuery, texts: Mapping[int, Text], frequencies: Frequencies) -> list[Similar]:
    """The candidates scored by the words that they share with the text, best first; ties by id.

    The score of a thread with only a title is divided by its `reach`.
    """
    ranked, possible = [], wanted.possible
    for thread_id, text in texts.items():
        reached, words = score(text, wanted.weights, frequencies)
        reach = 1.0 if text.body else wanted.reach(text.title)
        ranked.append(Similar(thread_id, reached / possible / reach, tuple(words), reach))
    return sorted(ranked, key=_order)


def score_coverage(
    ranked: list[Similar], text: Text, texts: Mapping[int, Text], frequencies: Frequencies
) -> list[Similar]:
    """Rerank the first candidates by how much of their title the text covers; for a text with a body."""
    present = {*text.title.split(), *text.body.split()[:BODY_WORDS]}
    titles = {match.thread_id: sorted(set(texts[match.thread_id].title.split())) for match in ranked[:COVER_READ]}
    rarity = {word: frequencies.rarity(word) for word in {word for title in titles.values() for word in title}}
    reranked = []
    for match in ranked[:COVER_READ]:
        title = titles[match.thread_id]
        covered = sum(rarity[word] for word in title if word in present) / (sum(rarity[word] for word in title) or 1.0)
        reranked.append(replace(match, score=match.score * (1 + COVERED * covered)))
    return sorted(reranked, key=_order) + ranked[COVER_READ:]


def score_semantic(ranked: list[Similar], mine: Embeddings, theirs: Mapping[int, Embeddings]) -> list[Similar]:
    """Rerank by similarity of embeddings.

    A thread without an embedding gets the average similarity of the others.
    """
    vectors = {match.thread_id: _vectors(theirs[match.thread_id]) for match in ranked if match.thread_id in theirs}
    return _rerank(ranked, _vectors(mine), vectors) if vectors else ranked


def in_time(ranked: list[Similar], days_apart: Mapping[int, float]) -> list[Similar]:
    """Rerank in favour of threads started at about the same time; `apart` is in days."""
    reranked = [
        replace(match, score=match.score * (1 + SAME_TIME * 0.5 ** (abs(days_apart[match.thread_id]) / HALF_GONE)))
        if match.thread_id in days_apart
        else match
        for match in ranked
    ]
    return sorted(reranked, key=_order)


def direction(steps: Sequence[float]) -> bytes:
    """Encode a vector whose length does not matter: quantized to signed bytes, preceded by their length as a float."""
    largest = max(map(abs, steps)) or 1.0
    rounded = array("b", [round(127 * step / largest) for step in steps])
    return LENGTH.pack(math.sqrt(sum(map(mul, rounded, rounded))) or 1.0) + rounded.tobytes()


def _vector(stored: bytes) -> _Vector:
    length: float = LENGTH.unpack_from(stored)[0]
    return length, array("b", stored[LENGTH.size :])


def _vectors(meaning: Embeddings) -> _Vectors:
    return _vector(meaning.title), _vector(meaning.text)


def _rerank(ranked: list[Similar], vectors: _Vectors, others: Mapping[int, _Vectors]) -> list[Similar]:
    """Rerank by adding the similarity to a vector."""
    near = {
        thread_id: (_cosine(vectors[0], its[0]) + _cosine(vectors[1], its[1])) / 2 for thread_id, its in others.items()
    }
    average = sum(near.values()) / len(near)
    reranked = [
        replace(match, score=match.score + SEMANTIC_WEIGHT * near.get(match.thread_id, average)) for match in ranked
    ]
    return sorted(reranked, key=_order)


def _cosine(one: _Vector, other: _Vector) -> float:
    product: float = sum(map(mul, one[1], other[1]))
    return max(0.0, product / (one[0] * other[0]))


def similar_enough(ranked: list[Similar], text: Text) -> list[Similar]:
    """The candidates similar enough to be shown; none if the best one is not."""
    least = MIN_SIMILARITY if text.body else MIN_TITLE_SIMILARITY
    shares = [(match, match.score / match.reach if text.body else match.score) for match in ranked]
    if all(share < least for _, share in shares):
        return []
    return [match for match, share in shares if share >= SHOWN_SHARE_OF_MINIMUM * least]


def _order(match: Similar) -> tuple[float, int]:
    return -match.score, match.thread_id
