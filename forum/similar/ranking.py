"""Find the indexed threads similar to a text; callers filter by permission."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from forum.infra.db import session
from forum.infra.in_list import in_list
from forum.models import Thread
from forum.search.index import postings, term_frequencies
from forum.search.index.tables import THREADS
from forum.search.text.scoring import Text
from forum.similar import embeddings, scoring
from forum.similar.scoring import Meaning, Similar


def nearest(text: Text, *, own: int | None = None, meant: Meaning | None = None) -> list[Similar]:
    """The threads similar to a text, most similar first.

    `own` is the id of the thread that the text belongs to, `meant` its embedding.
    """
    started = _start_times([own]) if own is not None else {}
    known = term_frequencies.known(scoring.words_of(text))
    if own is not None:
        known = known.without(text)
    wanted = scoring.weigh(text, known)
    threads_of = postings.threads_with(scoring.to_look_up(wanted.weights, known), budget=scoring.BUDGET)
    texts = postings.texts(THREADS, [one for one in scoring.to_score(threads_of, wanted.weights) if one != own])
    ranked = scoring.score_bm25(wanted, texts, known)
    if text.body:
        titles = [texts[one.thread_id].title for one in ranked[: scoring.COVER_READ]]
        everything = term_frequencies.known({word for title in titles for word in title.split()})
        known = everything if own is None else everything.without(text)
        ranked = scoring.score_coverage(ranked, text, texts, known)
    found = scoring.near(ranked, text)
    if meant is not None:
        found = scoring.score_semantic(found, meant, embeddings.known([one.thread_id for one in found]))
    return (
        scoring.in_time(found, _days_from(started[own], [one.thread_id for one in found])) if own in started else found
    )


def seen_from(others: list[int], own: int, text: Text, meant: Meaning | None = None) -> dict[int, float]:
    """The scores of a thread in the lists of some others, where it is similar enough to be shown."""
    texts, started = postings.texts(THREADS, others), _start_times([own, *others])
    words = {word for other in texts.values() for word in scoring.words_of(other)}
    everything = term_frequencies.known({*words, *text.title.split()})
    stored = embeddings.known(others) if meant else {}
    scores = {}
    for thread_id, other in sorted(texts.items()):
        known = everything.without(other)
        wanted = scoring.weigh(other, known)
        ranked = scoring.score_bm25(wanted, {thread_id: text}, known)
        if other.body:
            ranked = scoring.score_coverage(ranked, other, {thread_id: text}, known)
        found = scoring.near(ranked, other)
        if meant and thread_id in stored:
            found = scoring.score_semantic(found, stored[thread_id], {thread_id: meant})
        if own in started and thread_id in started:
            found = scoring.in_time(found, {thread_id: _days(started[own], started[thread_id])})
        scores[thread_id] = sum(one.score for one in found)
    return {thread_id: score for thread_id, score in scores.items() if score}


def _start_times(threads: Iterable[int]) -> dict[int, datetime]:
    """The start times of threads."""
    rows = session.execute(select(Thread.id, Thread.started_at).where(in_list(Thread.id, threads)))
    return {row.id: row.started_at for row in rows}


def _days_from(one: datetime, others: list[int]) -> dict[int, float]:
    return {thread_id: _days(one, other) for thread_id, other in _start_times(others).items()}


def _days(one: datetime, other: datetime) -> float:
    return abs((one - other).total_seconds()) / 86400
