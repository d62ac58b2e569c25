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
from operator import mul, truediv
from struct import Struct

from forum.search.scoring import YOUNG, Frequencies, Text, affordable, promising, score

TITLE_SHARE = 3  # a word of the title counts as three of the body; 2: −1.6 on related threads, 5: −1 to −2
BODY_WORDS = 400  # the first words of a body say what it is about
# Said again in the body a word counts less and less, at most so many times more than once (k3 of Okapi, Robertson and
# others, 1994): +1.8 on reports, +0.4 on related threads; 2 to 6 are alike, 8: −0.5; in the title too: −1 to −3.
REPEATS = 4
BEST_WORDS = 50  # words of the weighted query; 25: −0.7 on related threads, +1.3 on reports; 35 to 100 are alike
# Two words of a title that follow each other are looked for as one too ("play station") where the forum knows that word
# and has neither of the two in more than this share of its threads: 0 on the judged sets but for one question (+2.3 on
# related threads by it alone), +0.4 on groups of threads of the same forum and on paraphrases; 0.01: the same, from
# 0.03 on −0.9 on titles of reports.
JOINED = 0.02
LOOKED_UP = 6  # words by which candidates are found; 25: the same
BUDGET = 6_000  # threads that have them, together: what bounds the cost; 5,000 to 20,000: the same
CANDIDATES = 200
# Of a candidate's title the share (by rarity) that the text speaks of raises its score by up to so much, once there is
# a body: +3.2 on reports, −0.4 on related threads; 0.5: +3.7 and −0.8; while a title is typed it lowers both.
COVERED = 0.25
# What a thread says that has only a title nobody knows: what speaks for it is divided by the root of the share of what
# is possible that the words of its title could have, and taken for at least so much more. 1.25 alone: +0.1 on related
# threads, +0.4 on reports, but among 300 threads about the same countries the document's fifth thread was lost; 1.5:
# −0.8 to +0.8; 2: −2. The whole share instead of its root: −0.5 and −3.0.
UNHEARD = 1.25
# What is talked about at the same time is mostly the same event (P. Runeson and others, "Detection of duplicate defect
# reports using natural language processing", 2007): a thread that began when this one did counts up to so much more,
# half of that a week apart. The judged sets know no times; a title that is being typed asks for what is old too.
SAME_TIME = 0.5
HALF_GONE = 7.0  # days
COVER_READ = 100  # candidates for which that is looked at
# What is possible is the score of a thread that has all the words all the time. Nothing is shown unless the nearest
# thread reaches NEAR of it: of the texts of three sets that have a related thread among their first five, 97 % do
# (posted) and 98 % (by title), of those that ask in another set's forum 9 and 5 %. Weighing in how much of the title
# is answered would make that 6 and 4, but a title such as "Help!" is answered by nothing. Others need FAR. Once
# there is a body, a thread that has only a title is held against what so few words could have (the root of it here, the
# other in its score): else the more is said the less could it be shown.
NEAR_BY_TITLE, FAR_BY_TITLE = 0.25, 0.06
NEAR, FAR = 0.105, 0.025
# Where a language model is installed, nearness of meaning adds up to so much, and so does nearness of meaning to the
# FIRST of the list so far, as what is right is mostly alike (N. Jardine, C. J. van Rijsbergen, "The use of hierarchic
# clustering in information retrieval", 1971): +5.2 on related threads, +0.9 on reports, +11.8 on paraphrases. At
# 0.1 +5.1, +1.2 and +10.5, at 0.14 +5.4, +0.2 and +12.7. Without the first of the list +4.1, +1.1 and +7.7; words times
# meaning +4.8, −2.9 and +14.8; fused by ranks (RRF) +3.0, −7.3 and +13.5; by passages too the same within 0.2.
MEANT = 0.12
FIRST = 3  # 1 and 2: the same, 4: −0.3, 5: −0.5
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


def weigh(text: Text, known: Frequencies, joined: Mapping[str, tuple[str, str]] | None = None) -> Wanted:
    """The best words of a text as a weighted query; those that no other thread has only make what is possible more.

    `joined` are words that two of the title's would be in one, with the two; what is possible is without them.
    """
    weights = {word: often * known.rarity(word) for word, often in words_of(text).items()}
    steps = list(accumulate(sorted(weights.values(), reverse=True)[:BEST_WORDS]))
    for word, parts in (joined or {}).items():
        if known.of(word) and max(map(known.of, parts)) <= JOINED * max(known.threads, YOUNG):
            weights[word] = weights.get(word, 0.0) + TITLE_SHARE * known.rarity(word)
    best = sorted((word for word in weights if known.of(word)), key=lambda word: (-weights[word], word))
    return Wanted({word: weights[word] for word in best[:BEST_WORDS]}, steps)


def to_look_up(weights: Mapping[str, float], known: Frequencies) -> list[str]:
    """The words whose threads are candidates."""
    return affordable(weights, known, most=LOOKED_UP, budget=BUDGET)


def to_score(threads_of: Mapping[str, list[int]], weights: Mapping[str, float]) -> list[int]:
    """The candidates that are worth reading."""
    return promising(threads_of, weights, most=CANDIDATES)


def first_look(wanted: Wanted, texts: Mapping[int, Text], known: Frequencies) -> list[Similar]:
    """The candidates by the words that they share with the text, the nearest first; of equals the newer."""
    ranked, possible = [], wanted.possible
    for thread_id, text in texts.items():
        reached, words = score(text, wanted.weights, known)
        reach = 1.0 if text.body else wanted.reach(text.title)
        unheard = 1.0 if text.body else max(UNHEARD, 1 / reach)
        ranked.append(Similar(thread_id, unheard * reached / possible, tuple(words), reach))
    return sorted(ranked, key=_order)


def second_look(ranked: list[Similar], text: Text, texts: Mapping[int, Text], known: Frequencies) -> list[Similar]:
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


def third_look(
    ranked: list[Similar], mine: Meaning, theirs: Mapping[int, Meaning], first: Sequence[Meaning] = ()
) -> list[Similar]:
    """The same, those before that mean what the text means, and what the first of them mean.

    `first` is what those mean, if `ranked` is not the whole list. What says the very same is none of them: it brings in
    nothing new. A thread whose meaning nobody knows is taken to be as near as the others are on average.
    """
    places = {one.thread_id: _place(theirs[one.thread_id]) for one in ranked if one.thread_id in theirs}
    if not places:
        return ranked
    ranked = _nearer(ranked, _place(mine), places)
    if not first:
        others = (theirs[one.thread_id] for one in ranked if one.thread_id in theirs)
        first = [its for its in others if its != mine][:FIRST]
    return _nearer(ranked, _middle(first), places) if first else ranked


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


def _middle(meanings: Sequence[Meaning]) -> _Place:
    """What is as near to anything as some meanings are on average."""
    title, text = zip(*map(_place, meanings), strict=True)
    return _average(title), _average(text)


def _average(several: Sequence[_Steps]) -> _Steps:
    """Steps whose cosine is the average of several ones' cosines: of these each has a length of one."""
    lengths = [length * len(several) for length, _ in several]
    return 1.0, [sum(map(truediv, each, lengths)) for each in zip(*(steps for _, steps in several), strict=True)]


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
    least, far = (NEAR, FAR) if text.body else (NEAR_BY_TITLE, FAR_BY_TITLE)
    shares = [(one, one.score / one.reach if text.body else one.score) for one in ranked]
    if all(share < least for _, share in shares):
        return []
    return [one for one, share in shares if share >= far]


def _order(one: Similar) -> tuple[float, int]:
    return -one.score, one.thread_id
