"""The rows that answer a query, scored: those with all words, and where they are few, those with the rarest of them."""

from dataclasses import dataclass, replace
from datetime import datetime

from forum.infra.paging import SIZE
from forum.search.index import postings, term_frequencies
from forum.search.index.tables import POSTS, THREADS, Index
from forum.search.query.partial_match import some_of
from forum.search.query.planner import affordable, rarest
from forum.search.query.query import ParsedQuery
from forum.search.query.retrieval import Found, Result, look
from forum.search.query.scope import Scope
from forum.search.text.scoring import Frequencies, score
from forum.search.text.tokenizer import Term

MATCHES = 300  # newest rows with all words that are scored, of threads, titles and replies each
ENOUGH = 20  # threads with all words; with fewer, threads with some of them follow


@dataclass(frozen=True)
class Candidate:
    """A row with how well it answers."""

    row: Found
    is_complete: bool = True
    score: float = 0.0
    is_whole: bool = True

    def by_relevance(self) -> tuple[bool, bool, float, datetime, int]:
        """Sorts the best last: what has all words and whole compounds, then rarer words and more often, then newer."""
        return self.is_complete, self.is_whole, self.score, self.row.moment, self.row.rowid

    def by_date(self) -> tuple[datetime, int]:
        """Sorts the newest last."""
        return self.row.moment, self.row.rowid


@dataclass(frozen=True)
class Answer:
    """What answers, the best or the newest first; `extent` is "all", the "newest", or "some" of it.

    `needed` are the terms without which a row does not have all words; if `is_loose`, phrases and compounds were taken
    for words.
    """

    ranked: list[Candidate]
    extent: str = "all"
    is_loose: bool = False
    needed: tuple[Term, ...] = ()


def candidates(scope: Scope, asked: ParsedQuery) -> Answer:
    """What answers a query; if nothing has its phrases or compounds, what has all of their words."""
    known = term_frequencies.known(asked.all_words)
    found = _answer(scope, asked, known)
    if found.ranked or not asked.exact:
        return found
    return replace(_answer(scope, asked.loosened, known), is_loose=True)


def unit(scope: Scope, row: Found) -> tuple[str, int]:
    """What counts as one hit: a thread, or a post while one thread is looked through."""
    return ("thread", row.thread_id) if scope.thread_id is None else (row.index.name, row.rowid)


def _answer(scope: Scope, asked: ParsedQuery, known: Frequencies) -> Answer:
    is_dated = asked.query.sort == "date" or not asked.words
    looks = _complete(scope, asked, known, is_dated=is_dated)
    rows = list({(row.index.name, row.rowid): row for one in looks for row in one.rows}.values())
    is_all = all(one.since is None for one in looks)
    if is_dated and (rows or not asked.words):
        return _newest(scope, rows, [one.since for one in looks if one.since])
    ranked, needed = _scored(rows, asked, known), rarest(asked.terms, known)
    if len({unit(scope, row) for row in rows}) < ENOUGH and (len(asked.words) > 1 or asked.compounds):
        there = {(row.index.name, row.rowid) for row in rows}
        for index in _indexes(asked):
            some, is_all_of_some = some_of(scope, index, asked, known)
            rest = [row for row in some if (row.index.name, row.rowid) not in there]
            ranked += _scored_in_part(rest, asked, known, {word for term in needed for word in term})
            is_all = is_all and is_all_of_some
    order = Candidate.by_date if is_dated else Candidate.by_relevance
    return Answer(sorted(ranked, key=order, reverse=True), "all" if is_all else "some", needed=tuple(needed))


def _newest(scope: Scope, rows: list[Found], ends: list[datetime]) -> Answer:
    """The rows by date, down to where a look ended before the others; all of them where those would fill no page."""
    ranked = sorted((Candidate(row) for row in rows), key=Candidate.by_date, reverse=True)
    whole = [one for one in ranked if not ends or one.row.moment >= max(ends)]
    if len(whole) < len(ranked) and len({unit(scope, one.row) for one in whole}) < SIZE:
        return Answer(ranked, "some")
    return Answer(whole, "newest" if ends else "all")


def _indexes(asked: ParsedQuery) -> tuple[Index, ...]:
    return (THREADS,) if asked.in_title else (THREADS, POSTS)


def _complete(scope: Scope, asked: ParsedQuery, known: Frequencies, *, is_dated: bool) -> list[Result]:
    everything = affordable(asked.everything, known)
    looks = [look(scope, index, everything, most=MATCHES) for index in _indexes(asked)]
    if not is_dated and len(looks[0].rows) == MATCHES and not asked.in_title:
        # so many that the newest may not be the best: those with the words in their title are looked for among all
        looks.append(look(scope, THREADS, affordable(asked.everything_in_title, known), most=MATCHES))
    return looks


def _scored(rows: list[Found], asked: ParsedQuery, known: Frequencies) -> list[Candidate]:
    """Rows that have all words, with how well they answer."""
    weights, result = {word: known.rarity(word) for word in asked.words}, []
    for index in (THREADS, POSTS):
        own = {row.rowid: row for row in rows if row.index is index}
        texts = postings.texts(index, own)  # not of what has gone since it was found
        result += [Candidate(own[one], score=score(text, weights, known)[0]) for one, text in texts.items()]
    return result


def _scored_in_part(rows: list[Found], asked: ParsedQuery, known: Frequencies, needed: set[str]) -> list[Candidate]:
    """Rows that may lack some of the words; a reply has the needed ones of its thread's title too."""
    weights, result = {word: known.rarity(word) for word in asked.words}, []
    for index in (THREADS, POSTS):
        own = [row for row in rows if row.index is index]
        texts, titles = (
            postings.texts(index, [row.rowid for row in own]),
            postings.titles([row.thread_id for row in own]),
        )
        for row in (row for row in own if row.rowid in texts):
            text, title = texts[row.rowid], titles.get(row.thread_id, "")
            everything = title if asked.in_title else f"{title} {text.title} {text.body}"
            is_whole = all(one.is_in(everything) for one in asked.compounds)
            if not is_whole:
                title, text = asked.put_together(title), text.changed(asked.put_together)
            value, has = score(text, weights, known)
            there = title.split() if asked.in_title else [*has, *title.split()]
            result.append(Candidate(row, needed.issubset(there), value, is_whole))
    return result
