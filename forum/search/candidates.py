"""The rows that answer a query, scored: those with all words, and where they are few, those with the rarest of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from forum.search import found, frequencies, lookup
from forum.search.found import Found, Scope
from forum.search.rules import Asked
from forum.search.scoring import Frequencies, affordable, promising, score
from forum.search.tables import POSTS, THREADS, Index

MATCHES = 300  # newest rows with all words that are scored, of threads, titles and replies each
ALL_OF = 8  # terms that "all words" means at most, the rarest: more only cost
PARTIAL = 300  # rows with some of the words that are scored, of threads and replies each
ENOUGH = 20  # threads with all words; with fewer, threads with some of them follow
LOOKED_UP = 8  # the rarest words of a long question, by which such threads are found

COMMON = 20_000  # threads that have a word; in fewer any combination of words is found within a tenth of a second
BUDGET = 5_000  # threads that have them, together; each is looked at for permission and filters


@dataclass(frozen=True)
class Candidate:
    """A row with how well it answers."""

    row: Found
    is_complete: bool = True
    score: float = 0.0

    def by_relevance(self) -> tuple[bool, float, datetime, int]:
        """Sorts the best last: what has all words, then what has rarer ones and more often, then what is newer."""
        return self.is_complete, self.score, self.row.moment, self.row.rowid

    def by_date(self) -> tuple[datetime, int]:
        """Sorts the newest last."""
        return self.row.moment, self.row.rowid


def candidates(scope: Scope, asked: Asked) -> list[Candidate]:
    """What answers, the best or the newest first."""
    is_dated = asked.query.sort == "date" or not asked.words
    order = Candidate.by_date if is_dated else Candidate.by_relevance
    found_here = _all(scope, asked, is_dated=is_dated)
    if not found_here and asked.terms and asked.phrases:  # better the words in another order than nothing
        found_here = _all(scope, asked.with_loose_phrases, is_dated=is_dated)
    return sorted(found_here, key=order, reverse=True)


def _all(scope: Scope, asked: Asked, *, is_dated: bool) -> list[Candidate]:
    if not asked.words:
        return [Candidate(row) for index in (THREADS, POSTS) for row in found.latest(scope, index, most=MATCHES)]
    known = frequencies.known(asked.words)
    if _are_common([word for term in asked.phrases for word in term], known):
        # an engine would read every place of every word, so the phrase is looked for in rows that have its words
        loose = _all(scope, asked.with_loose_phrases, is_dated=is_dated)
        return _saying([one for one in loose if one.is_complete], asked)
    complete = _complete(scope, asked.with_rarest(known.of, ALL_OF), known)
    if is_dated and complete:
        return [Candidate(row) for row in complete]
    scored = _scored(complete, asked, known, is_complete=True)
    if len({row.thread_id for row in complete}) >= ENOUGH or (len(asked.words) == 1):
        return scored
    there = {(row.index.name, row.rowid) for row in complete}
    rest = [row for row in _partial(scope, asked, known) if (row.index.name, row.rowid) not in there]
    return scored + _scored(rest, asked, known, is_complete=False)


def _indexes(asked: Asked) -> tuple[Index, ...]:
    return (THREADS,) if asked.in_title else (THREADS, POSTS)


def _complete(scope: Scope, asked: Asked, known: Frequencies) -> list[Found]:
    only_recent = _are_common([word for term in (*asked.terms, *asked.phrases) for word in term], known)
    rows = [
        row
        for index in _indexes(asked)
        for row in found.rows_with(scope, index, asked.everything, most=MATCHES, only_recent=only_recent)
    ]
    if sum(row.index is THREADS for row in rows) < MATCHES or asked.in_title:
        return rows
    # so many that the newest may not be the best: those with the words in their title are looked for among all
    there = {row.rowid for row in rows if row.index is THREADS}
    titled = found.rows_with(scope, THREADS, asked.everything_in_title, most=MATCHES, only_recent=only_recent)
    return rows + [row for row in titled if row.rowid not in there]


def _are_common(words: list[str], known: Frequencies) -> bool:
    """Whether an engine, which walks along the rarest of some words, may walk for long and for nothing."""
    return len(words) > 1 and min(map(known.of, words)) > COMMON


def _partial(scope: Scope, asked: Asked, known: Frequencies) -> Iterable[Found]:
    # what is in a phrase must be there in any case
    weights = {word: known.rarity(word) for term in asked.terms for word in term}
    chosen = affordable(weights, known, most=LOOKED_UP, budget=BUDGET)
    expressions = [asked.with_word(word) for word in chosen]
    for index in _indexes(asked):
        anyone = [lookup.ids_with(index, one, budget=BUDGET) for one in expressions]
        best = promising(dict(zip(chosen, anyone, strict=True)), weights, most=PARTIAL)
        rows = found.rows_of(scope, index, best)
        if len(rows) < min(len(best), PARTIAL // 2):  # the reader may not see most of them, or filters leave few
            seen = found.ids_with(scope, index, expressions, scanned=BUDGET)
            best = promising(dict(zip(chosen, seen, strict=True)), weights, most=PARTIAL)
            rows = found.rows_of(scope, index, best)
        yield from rows


def _saying(rows: list[Candidate], asked: Asked) -> list[Candidate]:
    """Those whose title or text has every phrase, its words one after the other."""
    said: dict[tuple[str, int], tuple[str, ...]] = {}
    for index in (THREADS, POSTS):
        texts = lookup.texts(index, [one.row.rowid for one in rows if one.row.index is index])
        for rowid, text in texts.items():
            said[index.name, rowid] = (text.title,) if asked.in_title else (text.title, text.body)
    phrases = [f" {' '.join(term)} " for term in asked.phrases]
    return [
        one
        for one in rows
        if all(any(phrase in f" {text} " for text in said[one.row.index.name, one.row.rowid]) for phrase in phrases)
    ]


def _scored(rows: list[Found], asked: Asked, known: Frequencies, *, is_complete: bool) -> list[Candidate]:
    weights = {word: known.rarity(word) for word in asked.words}
    result = []
    for index in (THREADS, POSTS):
        own = [row for row in rows if row.index is index]
        texts = lookup.texts(index, [row.rowid for row in own])
        result += [Candidate(row, is_complete, score(texts[row.rowid], weights, known)[0]) for row in own]
    return result
