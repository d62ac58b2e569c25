"""Candidate rows for a query, scored: full matches and, if these are few, partial matches on the rarest words."""

from dataclasses import dataclass, replace
from datetime import datetime

from forum.infra.paging import SIZE
from forum.search.index import postings, term_frequencies
from forum.search.index.tables import POSTS, THREADS, Index
from forum.search.query.partial_match import some_of
from forum.search.query.planner import bound_cost, rarest
from forum.search.query.query import ParsedQuery
from forum.search.query.retrieval import IndexHit, Result, retrieve
from forum.search.query.scope import SearchScope
from forum.search.text.scoring import Frequencies, score
from forum.search.text.tokenizer import Term

MATCHES = 300  # newest full matches scored, of threads, of titles and of replies
ENOUGH = 20  # threads that match fully; with fewer, partial matches are added


@dataclass(frozen=True)
class Candidate:
    """A row and its score."""

    row: IndexHit
    is_complete: bool = True
    score: float = 0.0
    is_whole: bool = True

    def by_relevance(self) -> tuple[bool, bool, float, datetime, int]:
        """Sort key, best last: all words first, then whole compounds, then score, then newest."""
        return self.is_complete, self.is_whole, self.score, self.row.moment, self.row.rowid

    def by_date(self) -> tuple[datetime, int]:
        """Sort key, newest last."""
        return self.row.moment, self.row.rowid


@dataclass(frozen=True)
class Matches:
    """The matches, best or newest first; `extent` says whether these are "all", the "newest" or "some" of them.

    `needed` are the terms that a full match must contain; if `is_loose`, phrases and compounds were searched for as
    single words.
    """

    ranked: list[Candidate]
    extent: str = "all"
    is_loose: bool = False
    needed: tuple[Term, ...] = ()


def candidates(scope: SearchScope, parsed: ParsedQuery) -> Matches:
    """The matches of a query; if none has its phrases or compounds, those with all of their words."""
    frequencies = term_frequencies.load(parsed.all_words)
    matches = _answer(scope, parsed, frequencies)
    if matches.ranked or not parsed.exact:
        return matches
    return replace(_answer(scope, parsed.loosened, frequencies), is_loose=True)


def hit_key(scope: SearchScope, row: IndexHit) -> tuple[str, int]:
    """The grouping key of a hit: the thread, or the post when searching within one thread."""
    return ("thread", row.thread_id) if scope.thread_id is None else (row.index.name, row.rowid)


def _answer(scope: SearchScope, parsed: ParsedQuery, frequencies: Frequencies) -> Matches:
    is_dated = parsed.query.sort == "date" or not parsed.words
    results = _full_matches(scope, parsed, frequencies, is_dated=is_dated)
    rows = list({(row.index.name, row.rowid): row for result in results for row in result.rows}.values())
    is_all = all(result.since is None for result in results)
    if is_dated and (rows or not parsed.words):
        return _newest(scope, rows, [result.since for result in results if result.since])
    ranked, needed = _scored(rows, parsed, frequencies), rarest(parsed.terms, frequencies)
    if len({hit_key(scope, row) for row in rows}) < ENOUGH and (len(parsed.words) > 1 or parsed.compounds):
        scored = {(row.index.name, row.rowid) for row in rows}
        for index in _indexes(parsed):
            some, is_all_of_some = some_of(scope, index, parsed, frequencies)
            rest = [row for row in some if (row.index.name, row.rowid) not in scored]
            ranked += _scored_partial(rest, parsed, frequencies, {word for term in needed for word in term})
            is_all = is_all and is_all_of_some
    order = Candidate.by_date if is_dated else Candidate.by_relevance
    return Matches(sorted(ranked, key=order, reverse=True), "all" if is_all else "some", needed=tuple(needed))


def _newest(scope: SearchScope, rows: list[IndexHit], ends: list[datetime]) -> Matches:
    """The rows by date, as far as every retrieval reached; all of them if those would not fill a page."""
    ranked = sorted((Candidate(row) for row in rows), key=Candidate.by_date, reverse=True)
    whole = [candidate for candidate in ranked if not ends or candidate.row.moment >= max(ends)]
    if len(whole) < len(ranked) and len({hit_key(scope, candidate.row) for candidate in whole}) < SIZE:
        return Matches(ranked, "some")
    return Matches(whole, "newest" if ends else "all")


def _indexes(parsed: ParsedQuery) -> tuple[Index, ...]:
    return (THREADS,) if parsed.in_title else (THREADS, POSTS)


def _full_matches(scope: SearchScope, parsed: ParsedQuery, frequencies: Frequencies, *, is_dated: bool) -> list[Result]:
    everything = bound_cost(parsed.everything, frequencies)
    results = [retrieve(scope, index, everything, most=MATCHES) for index in _indexes(parsed)]
    if not is_dated and len(results[0].rows) == MATCHES and not parsed.in_title:
        # too many to score all, and the newest may not be the best: add those with the words in their title, of any age
        results.append(retrieve(scope, THREADS, bound_cost(parsed.everything_in_title, frequencies), most=MATCHES))
    return results


def _scored(rows: list[IndexHit], parsed: ParsedQuery, frequencies: Frequencies) -> list[Candidate]:
    """Score rows that contain all words."""
    weights, result = {word: frequencies.rarity(word) for word in parsed.words}, []
    for index in (THREADS, POSTS):
        own = {row.rowid: row for row in rows if row.index is index}
        texts = postings.texts(index, own)  # without rows deleted since retrieval
        result += [Candidate(own[rowid], score=score(text, weights, frequencies)[0]) for rowid, text in texts.items()]
    return result


def _scored_partial(
    rows: list[IndexHit], parsed: ParsedQuery, frequencies: Frequencies, needed: set[str]
) -> list[Candidate]:
    """Score rows that may lack some of the words; for a reply, its thread's title counts towards the needed words."""
    weights, result = {word: frequencies.rarity(word) for word in parsed.words}, []
    for index in (THREADS, POSTS):
        own = [row for row in rows if row.index is index]
        texts, titles = (
            postings.texts(index, [row.rowid for row in own]),
            postings.titles([row.thread_id for row in own]),
        )
        for row in (row for row in own if row.rowid in texts):
            text, title = texts[row.rowid], titles.get(row.thread_id, "")
            everything = title if parsed.in_title else f"{title} {text.title} {text.body}"
            is_whole = all(compound.is_in(everything) for compound in parsed.compounds)
            if not is_whole:
                title, text = parsed.with_compounds_joined(title), text.changed(parsed.with_compounds_joined)
            value, has = score(text, weights, frequencies)
            present = title.split() if parsed.in_title else [*has, *title.split()]
            result.append(Candidate(row, needed.issubset(present), value, is_whole))
    return result
