"""What mistyped words may have been meant to be, judged by how often people wrote it where the reader may see it."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from forum.models import Member
from forum.search.index import postings, term_frequencies
from forum.search.index.tables import POSTS, THREADS, Expression
from forum.search.query.planner import affordable
from forum.search.query.retrieval import Found, look
from forum.search.query.scope import Scope
from forum.search.suggest.similar_terms import TOO_FAR, distance, written
from forum.search.text.tokenizer import Term

LOOKED_AT = 60  # of what has near words, how many threads and replies each: the newest
READ = 5  # of them, how many are read for how the words are written
TRIED = 6  # times that another reading is taken because those are not near to what was typed
NOTHING = -1.0  # what speaks for words side by side that nobody wrote so


@dataclass(frozen=True)
class Word:
    """A word of the query: where it stands, and as which word it is looked for."""

    start: int
    typed: str
    word: str
    is_known: bool

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.start + len(self.typed)


Near = Mapping[Word, Mapping[str, float]]  # what words may have been meant to be, with the doubt about it


@dataclass(frozen=True)
class Correction:
    """What a word, or two side by side, may have been meant to be, and what has it so."""

    words: tuple[Word, ...]
    meant: Term
    rows: Sequence[Found] = field(compare=False)

    @property
    def changes_known(self) -> bool:
        """Whether it is another word in the place of one that occurs."""
        return any(one.is_known and one.word != word for one, word in zip(self.words, self.meant, strict=True))

    @property
    def evidence(self) -> float:
        """How much speaks for it: one more for twice as many rows."""
        return math.log2(len(self.rows) + 0.5)


def corrections_of(
    actor: Member | None, words: tuple[Word, ...], terms: Iterable[Term], *, beside: Iterable[Term] = ()
) -> list[Correction]:
    """Which of the terms were written; `beside` must stand in the same thread or reply."""
    wanted = {*terms}
    if not wanted:
        return []
    asked = Expression(tuple(beside), tuple(sorted(wanted)))
    asked = affordable(
        asked, term_frequencies.known({word for term in (*asked.all_of, *asked.any_of) for word in term})
    )
    having = defaultdict[Term, list[Found]](list)
    for index in (THREADS, POSTS):
        rows = look(Scope(actor), index, asked, most=LOOKED_AT).rows
        texts = postings.texts(index, [row.rowid for row in rows])
        for row in (row for row in rows if row.rowid in texts):
            said = [texts[row.rowid].title.split(), texts[row.rowid].body.split()]
            there = {term for part in said for term in (pairwise(part) if len(words) > 1 else zip(part, strict=True))}
            for term in wanted & there:
                having[term].append(row)
    return [Correction(words, term, rows) for term, rows in having.items()]


def most_likely(found: Sequence[Correction], near: Near, language: str) -> dict[Word, str]:
    """What words were meant to be, as people wrote it: the likeliest of all that goes together."""
    left = list(found)
    for _ in range(TRIED):
        chosen = _likeliest(left, near)
        written = {reading: _as_written(reading, language) for reading in chosen}
        wrong = [reading for reading, surfaces in written.items() if surfaces is None]
        if not wrong:
            meant = [pair for one, its in written.items() for pair in zip(one.words, one.meant, its or (), strict=True)]
            return {one: surface for one, word, surface in meant if word != one.word}
        left = [reading for reading in left if reading not in wrong]
    return {}


def _likeliest(found: Sequence[Correction], near: Near) -> list[Correction]:
    """Of readings of words in a row those that go together and have the most evidence and the least doubt."""
    told = {(reading.words, reading.meant): reading for reading in found}
    words = sorted({one for reading in found for one in reading.words}, key=lambda one: one.start)
    pairs = {reading.words for reading in found}
    ways: dict[str, tuple[float, list[Correction]]] = {"": (0.0, [])}
    for before, one in zip([None, *words], words, strict=False):
        further = {}
        for word, doubt in near[one].items():
            steps = []
            for last, (worth, way) in ways.items():
                asked = (((one,), (word,)), ((before, one), (last, word)))
                here = [told[each] for each in asked if each in told]
                speaks = sum(each.evidence for each in here) if here else NOTHING * (asked[1][0] in pairs)
                steps.append((worth + speaks - doubt, [*way, *here]))
            further[word] = max(steps, key=lambda step: step[0])
        ways = further
    return max(ways.values(), key=lambda way: way[0])[1]


def _as_written(reading: Correction, language: str) -> tuple[str, ...] | None:
    """The nearest to what was typed of how it was written, if that is near."""
    nearest: list[tuple[int, tuple[str, ...]]] = []
    for surfaces in written(reading.rows[:READ], reading.meant, language):
        if len(surfaces) == len(reading.words):
            far = [
                0 if one.word == word else distance(one.typed, surface)
                for one, word, surface in zip(reading.words, reading.meant, surfaces, strict=True)
            ]
            nearest += [(sum(far), surfaces)] if max(far) < TOO_FAR else []
    return min(nearest)[1] if nearest else None
