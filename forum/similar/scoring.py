"""Which threads are about the same as a text, in which order and because of which words: pure.

The best words of a text (often in it, three times as much in its title, rare in the forum) are looked up in the index;
what has most of them is scored by BM25F over title and first post with those words as a weighted query.
Fusing a list by title with one by "more like this" (RRF) was worse by 1 to 3 MAP than this one list, feedback from
the first hits by 1 to 5, pairs of neighbouring words by 0 to 4.
"""

import math
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from operator import mul
from struct import Struct

from forum.search.text.scoring import Frequencies, Text, affordable, promising, score

TITLE_SHARE = 3  # a word of the title counts as three of the body; 2: −1.6 on related threads, 5: −1 to −2
BODY_WORDS = 400  # the first words of a body say what it is about
# Said again in the body a word counts less and less, at most so many times more than once (k3 of Okapi, Robertson and
# others, 1994): +1.8 on reports, +0.4 on related threads; 2 to 6 are alike, 8: −0.5; in the title too: −1 to −3.
REPEATS = 4
BEST_WORDS = 50  # words of the weighted query; 25: −0.7 on related threads, +1.3 on reports; 35 to 100 are alike
LOOKED_UP = 6  # words by which candidates are found; 25: the same
BUDGET = 6_000  # threads that have them, together: what bounds the cost; 5,000 to 20,000: the same
CANDIDATES = 200
# Of a candidate's title the share (by rarity) that the text speaks of raises its score by up to so much, once there is
# a body: +3.2 on reports, −0.4 on related threads; 0.5: +3.7 and −0.8; while a title is typed it lowers both.
COVERED = 0.25
# What is talked about at the same time is mostly the same event (P. Runeson and others, "Detection of duplicate defect
# reports using natural language processing", 2007): a thread that began when this one did counts up to so much more,
# half of that a week apart. The judged sets know no times; a title that is being typed asks for what is old too.
SAME_TIME = 0.5
HALF_GONE = 7.0  # days
COVER_READ = 100  # candidates for which that is looked at
# What is possible is the score of a thread that has all the words all the time. Nothing is shown unless the nearest
# thread reaches NEAR of it, and of the others only what reaches a quarter of that. While a title is typed 0.25 hid
# everything from 71 % of the questions of one forum, 28 % of a glossary's, 10 % of paraphrases and 6 % of reports (of
# those that have a right thread among their first five), 0.2 from 29, 24, 0 and 3 %, 0.15 from 0, 10, 0 and 0 %; of
# titles from another set's forum 15, 23 and 38 % are shown something. Once there is a body, a thread that has only a
# title is held against what so few words could have (the root of it here, the other in its score): else the more is
# said the less could it be shown.
NEAR_BY_TITLE, NEAR = 0.2, 0.105
FAR = 0.25
# Where a language model is installed, nearness of meaning adds up to so much. Nearness to the meaning of the first
# three of the list was tried too (N. Jardine, C. J. van Rijsbergen, "The use of hierarchic clustering in information
# retrieval", 1971): +1.5 on related threads, an open set, but −0.7 and −1.7 on a glossary and on packages.
MEANT = 0.12
LENGTH = Struct("<f")
_Steps = tuple[float, Sequence[float]]  # a direction: how long it is, and its steps
_Place = tuple[_Steps, _Steps]  # the title's, the text's


@dataclass(frozen=True)
class Meaning:
    """Where a language model sees a title, and title and body together: as `direction` writes it."""

    title: bytes
    text: bytes


@dataclass(frozen=True)
class Similar:
    """A thread, its score (0 to 1 by words alone), and the words that say so, the weightiest first.

    `reach` is the root of the share of what is possible that it could have: 1, but for a thread that has only a title.
    """

    thread_id: int
    score: float
    words: tuple[str, ...]
    reach: float = 1.0


def words_of(text: Text) -> dict[str, float]:
    """How much each word of a text counts."""
    counts = {word: float(often * TITLE_SHARE) for word, often in Counter(text.title.split()).items()}
    for word, often in Counter(text.body.split()[:BODY_WORDS]).items():
        counts[word] = counts.get(word, 0.0) + (REPEATS + 1) * often / (REPEATS + often)
    return counts


@dataclass(frozen=True)
class Wanted:
    """A weighted query, and what a thread would score that had its best word, its best two, … as often as can be."""

    weights: Mapping[str, float]
    steps: Sequence[float]

    @property
    def possible(self) -> float:
        """What a thread that had every word would score."""
        return self.steps[-1] if self.steps else 1.0

    def reach(self, title: str) -> float:
        """The root of the share of what is possible that the words of a title could have."""
        many = min(len(set(title.split())), len(self.steps))
        return math.sqrt(self.steps[many - 1] / self.possible) if many else 1.0


def weigh(text: Text, known: Frequencies) -> Wanted:
    """The best words of a text as a weighted query; those that no other thread has only make what is possible more."""
    weights = {word: often * known.rarity(word) for word, often in words_of(text).items()}
    steps = list(accumulate(sorted(weights.values(), reverse=True)[:BEST_WORDS]))
    best = sorted((word for word in weights if known.of(word)), key=lambda word: (-weights[word], word))
    return Wanted({word: weights[word] for word in best[:BEST_WORDS]}, steps)


def to_look_up(weights: Mapping[str, float], known: Frequencies) -> list[str]:
    """The words whose threads are candidates."""
    return affordable(weights, known, most=LOOKED_UP, budget=BUDGET)


def to_score(threads_of: Mapping[str, list[int]], weights: Mapping[str, float]) -> list[int]:
    """The candidates that are worth reading."""
    return promising(threads_of, weights, most=CANDIDATES)


def score_bm25(wanted: Wanted, texts: Mapping[int, Text], known: Frequencies) -> list[Similar]:
    """The candidates by the words that they share with the text, the nearest first; of equals the newer.

    The score of a thread that has only a title is divided by the root of the share of what is possible that the words
    of its title could have.
    """
    ranked, possible = [], wanted.possible
    for thread_id, text in texts.items():
        reached, words = score(text, wanted.weights, known)
        reach = 1.0 if text.body else wanted.reach(text.title)
        ranked.append(Similar(thread_id, reached / possible / reach, tuple(words), reach))
    return sorted(ranked, key=_order)


def score_coverage(ranked: list[Similar], text: Text, texts: Mapping[int, Text], known: Frequencies) -> list[Similar]:
    """The first candidates again, those before whose whole title the text speaks of; for a text with a body."""
    spoken = {*text.title.split(), *text.body.split()[:BODY_WORDS]}
    titles = {one.thread_id: sorted(set(texts[one.thread_id].title.split())) for one in ranked[:COVER_READ]}
    rarity = {word: known.rarity(word) for word in {word for title in titles.values() for word in title}}
    again = []
    for one in ranked[:COVER_READ]:
        title = titles[one.thread_id]
        covered = sum(rarity[word] for word in title if word in spoken) / (sum(rarity[word] for word in title) or 1.0)
        again.append(replace(one, score=one.score * (1 + COVERED * covered)))
    return sorted(again, key=_order) + ranked[COVER_READ:]


def score_semantic(ranked: list[Similar], mine: Meaning, theirs: Mapping[int, Meaning]) -> list[Similar]:
    """The same, those before that mean what the text means.

    A thread whose meaning nobody knows is taken to be as near as the others are on average.
    """
    places = {one.thread_id: _place(theirs[one.thread_id]) for one in ranked if one.thread_id in theirs}
    return _nearer(ranked, _place(mine), places) if places else ranked


def in_time(ranked: list[Similar], apart: Mapping[int, float]) -> list[Similar]:
    """The same, those before that began at about the same time: `apart` is in days."""
    again = [
        replace(one, score=one.score * (1 + SAME_TIME * 0.5 ** (abs(apart[one.thread_id]) / HALF_GONE)))
        if one.thread_id in apart
        else one
        for one in ranked
    ]
    return sorted(again, key=_order)


def direction(steps: Sequence[float]) -> bytes:
    """A direction of which not the length counts: its length in signed bytes as a float, then these."""
    largest = max(map(abs, steps)) or 1.0
    rounded = array("b", [round(127 * step / largest) for step in steps])
    return LENGTH.pack(math.sqrt(sum(map(mul, rounded, rounded))) or 1.0) + rounded.tobytes()


def _steps(stored: bytes) -> _Steps:
    length: float = LENGTH.unpack_from(stored)[0]
    return length, array("b", stored[LENGTH.size :])


def _place(meaning: Meaning) -> _Place:
    return _steps(meaning.title), _steps(meaning.text)


def _nearer(ranked: list[Similar], place: _Place, places: Mapping[int, _Place]) -> list[Similar]:
    """The same with what nearness to a place adds."""
    near = {one: (_cosine(place[0], its[0]) + _cosine(place[1], its[1])) / 2 for one, its in places.items()}
    average = sum(near.values()) / len(near)
    again = [replace(one, score=one.score + MEANT * near.get(one.thread_id, average)) for one in ranked]
    return sorted(again, key=_order)


def _cosine(one: _Steps, other: _Steps) -> float:
    product: float = sum(map(mul, one[1], other[1]))
    return max(0.0, product / (one[0] * other[0]))


def near(ranked: list[Similar], text: Text) -> list[Similar]:
    """Those of the ranked that are near enough to be shown: none, if the nearest one is not."""
    least = NEAR if text.body else NEAR_BY_TITLE
    shares = [(one, one.score / one.reach if text.body else one.score) for one in ranked]
    if all(share < least for _, share in shares):
        return []
    return [one for one, share in shares if share >= FAR * least]


def _order(one: Similar) -> tuple[float, int]:
    return -one.score, one.thread_id
