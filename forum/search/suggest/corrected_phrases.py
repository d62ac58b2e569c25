"""Choosing corrections of mistyped words by how often they occur in posts that the reader may see."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise

from forum.models import Member
from forum.search.index import postings, term_frequencies
from forum.search.index.tables import POSTS, THREADS, Expression
from forum.search.query.planner import bound_cost
from forum.search.query.retrieval import IndexHit, retrieve
from forum.search.query.scope import SearchScope
from forum.search.suggest.similar_terms import TOO_FAR, distance, spellings
from forum.search.text.tokenizer import Term

MAX_EXAMINED_ROWS = 60  # newest threads and newest replies with similar words that are examined
MAX_ROWS_READ = 5  # how many of these rows are read for the words' spelling
MAX_ATTEMPTS = 6  # attempts, each without the corrections whose spelling was too far from what was typed
NO_EVIDENCE = -1.0  # evidence for adjacent words that never occur adjacently


@dataclass(frozen=True)
class Word:
    """A word of the query: its position, and the indexed word it is searched as."""

    start: int
    typed: str
    word: str
    is_known: bool

    @property
    def end(self) -> int:
        """The end position."""
        return self.start + len(self.typed)


Candidates = Mapping[Word, Mapping[str, float]]  # candidate corrections of words, with the penalty of each


@dataclass(frozen=True)
class Correction:
    """A correction of a word or of two adjacent words, and the rows that contain it."""

    words: tuple[Word, ...]
    meant: Term
    rows: Sequence[IndexHit] = field(compare=False)

    @property
    def changes_known(self) -> bool:
        """Whether it replaces a word that occurs in the index."""
        return any(typed.is_known and typed.word != word for typed, word in zip(self.words, self.meant, strict=True))

    @property
    def evidence(self) -> float:
        """Evidence for the correction: one more for twice as many rows."""
        return math.log2(len(self.rows) + 0.5)


def corrections_of(
    actor: Member | None, words: tuple[Word, ...], terms: Iterable[Term], *, beside: Iterable[Term] = ()
) -> list[Correction]:
    """Those of the terms that occur; `beside` must occur in the same thread or reply."""
    wanted = {*terms}
    if not wanted:
        return []
    expression = Expression(tuple(beside), tuple(sorted(wanted)))
    frequencies = term_frequencies.load({word for term in (*expression.all_of, *expression.any_of) for word in term})
    expression = bound_cost(expression, frequencies)
    rows_of = defaultdict[Term, list[IndexHit]](list)
    for index in (THREADS, POSTS):
        rows = retrieve(SearchScope(actor), index, expression, most=MAX_EXAMINED_ROWS).rows
        texts = postings.texts(index, [row.rowid for row in rows])
        for row in (row for row in rows if row.rowid in texts):
            fields = [texts[row.rowid].title.split(), texts[row.rowid].body.split()]
            present = {
                term for part in fields for term in (pairwise(part) if len(words) > 1 else zip(part, strict=True))
            }
            for term in wanted & present:
                rows_of[term].append(row)
    return [Correction(words, term, rows) for term, rows in rows_of.items()]


def best_corrections(corrections: Sequence[Correction], near: Candidates, language: str) -> dict[Word, str]:
    """The likeliest consistent corrections of the words, spelled as in the posts."""
    left = list(corrections)
    for _ in range(MAX_ATTEMPTS):
        chosen = _likeliest(left, near)
        spellings = {reading: _as_written(reading, language) for reading in chosen}
        wrong = [reading for reading, surfaces in spellings.items() if surfaces is None]
        if not wrong:
            spelled = [
                zip(reading.words, reading.meant, surfaces or (), strict=True)
                for reading, surfaces in spellings.items()
            ]
            return {typed: surface for typed, word, surface in chain(*spelled) if word != typed.word}
        left = [reading for reading in left if reading not in wrong]
    return {}


def _likeliest(corrections: Sequence[Correction], near: Candidates) -> list[Correction]:
    """The consistent corrections of consecutive words with the most evidence and the lowest penalty (Viterbi)."""
    by_key = {(reading.words, reading.meant): reading for reading in corrections}
    words = sorted({typed for reading in corrections for typed in reading.words}, key=lambda typed: typed.start)
    pairs = {reading.words for reading in corrections}
    paths: dict[str, tuple[float, list[Correction]]] = {"": (0.0, [])}
    for before, typed in zip([None, *words], words, strict=False):
        extended = {}
        for word, penalty in near[typed].items():
            steps = []
            for last, (total, path) in paths.items():
                keys = (((typed,), (word,)), ((before, typed), (last, word)))
                here = [by_key[key] for key in keys if key in by_key]
                evidence = sum(reading.evidence for reading in here) if here else NO_EVIDENCE * (keys[1][0] in pairs)
                steps.append((total + evidence - penalty, [*path, *here]))
            extended[word] = max(steps, key=lambda step: step[0])
        paths = extended
    return max(paths.values(), key=lambda path: path[0])[1]


def _as_written(reading: Correction, language: str) -> tuple[str, ...] | None:
    """The spelling closest to what was typed, if it is close enough."""
    nearest: list[tuple[int, tuple[str, ...]]] = []
    for surfaces in spellings(reading.rows[:MAX_ROWS_READ], reading.meant, language):
        if len(surfaces) == len(reading.words):
            far = [
                0 if typed.word == word else distance(typed.typed, surface)
                for typed, word, surface in zip(reading.words, reading.meant, surfaces, strict=True)
            ]
            nearest += [(sum(far), surfaces)] if max(far) < TOO_FAR else []
    return min(nearest)[1] if nearest else None
