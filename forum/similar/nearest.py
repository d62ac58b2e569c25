"""The threads of the index that are about the same as a text; whoever shows them filters by permission."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from forum.base.among import among
from forum.base.db import session
from forum.models import Thread
from forum.search import frequencies, lookup
from forum.search.scoring import Text
from forum.search.tables import THREADS
from forum.similar import meaning, ranking
from forum.similar.ranking import Meaning, Similar


def nearest(text: Text, *, own: int | None = None, meant: Meaning | None = None) -> list[Similar]:
    """The threads near a text, the nearest first.

    `own` is the thread whose text it is, `meant` what it means.
    """
    begun = _begun([own]) if own is not None else {}
    known = frequencies.known(ranking.words_of(text))
    if own is not None:
        known = known.without(text)
    wanted = ranking.weigh(text, known)
    threads_of = lookup.threads_with(ranking.to_look_up(wanted.weights, known), budget=ranking.BUDGET)
    texts = lookup.texts(THREADS, [one for one in ranking.to_score(threads_of, wanted.weights) if one != own])
    ranked = ranking.first_look(wanted, texts, known)
    if text.body:
        titles = [texts[one.thread_id].title for one in ranked[: ranking.COVER_READ]]
        everything = frequencies.known({word for title in titles for word in title.split()})
        known = everything if own is None else everything.without(text)
        ranked = ranking.second_look(ranked, text, texts, known)
    found = ranking.near(ranked, text)
    if meant is not None:
        found = ranking.third_look(found, meant, meaning.known([one.thread_id for one in found]))
    return ranking.in_time(found, _days_from(begun[own], [one.thread_id for one in found])) if own in begun else found


def seen_from(others: list[int], own: int, text: Text, meant: Meaning | None = None) -> dict[int, float]:
    """How near a thread is to each of some others when those are asked, as far as it is near enough to be shown."""
    texts, begun = lookup.texts(THREADS, others), _begun([own, *others])
    words = {word for other in texts.values() for word in ranking.words_of(other)}
    everything = frequencies.known({*words, *text.title.split()})
    means = meaning.known(others) if meant else {}
    scores = {}
    for thread_id, other in sorted(texts.items()):
        known = everything.without(other)
        wanted = ranking.weigh(other, known)
        ranked = ranking.first_look(wanted, {thread_id: text}, known)
        if other.body:
            ranked = ranking.second_look(ranked, other, {thread_id: text}, known)
        found = ranking.near(ranked, other)
        if meant and thread_id in means:
            found = ranking.third_look(found, means[thread_id], {thread_id: meant})
        if own in begun and thread_id in begun:
            found = ranking.in_time(found, {thread_id: _days(begun[own], begun[thread_id])})
        scores[thread_id] = sum(one.score for one in found)
    return {thread_id: score for thread_id, score in scores.items() if score}


def _begun(threads: Iterable[int]) -> dict[int, datetime]:
    """When threads began."""
    rows = session.execute(select(Thread.id, Thread.started_at).where(among(Thread.id, threads)))
    return {row.id: row.started_at for row in rows}


def _days_from(one: datetime, others: list[int]) -> dict[int, float]:
    return {thread_id: _days(one, other) for thread_id, other in _begun(others).items()}


def _days(one: datetime, other: datetime) -> float:
    return abs((one - other).total_seconds()) / 86400
