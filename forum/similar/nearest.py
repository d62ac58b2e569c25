"""The threads of the index that are about the same as a text; whoever shows them filters by permission."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from forum.base.among import among
from forum.base.db import session
from forum.models import SimilarThread, Thread
from forum.search import frequencies, lookup
from forum.search.language import language
from forum.search.scoring import Text
from forum.search.tables import THREADS
from forum.search.words import joined
from forum.similar import meaning, ranking
from forum.similar.ranking import Meaning, Similar


def nearest(text: Text, *, title: str = "", own: int | None = None, meant: Meaning | None = None) -> list[Similar]:
    """The threads near a text, the nearest first.

    `title` is the text's as it is written, or `own` the thread whose text it is; `meant` is what it means.
    """
    begun = _begun([own]) if own is not None else {}
    pairs = joined(begun[own].title if own in begun else title, language())
    known = frequencies.known({*ranking.words_of(text), *pairs})
    if own is not None:
        known = known.without(text)
    wanted = ranking.weigh(text, known, pairs)
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
    pairs = {thread_id: joined(begun[thread_id].title, language()) for thread_id in texts if thread_id in begun}
    words = {word for other in texts.values() for word in ranking.words_of(other)}
    words |= {word for pair in pairs.values() for word in pair}
    everything = frequencies.known({*words, *text.title.split()})
    means = meaning.known(others) if meant else {}
    first = _first_of(means) if means else {}
    scores = {}
    for thread_id, other in sorted(texts.items()):
        known = everything.without(other)
        wanted = ranking.weigh(other, known, pairs.get(thread_id))
        ranked = ranking.first_look(wanted, {thread_id: text}, known)
        if other.body:
            ranked = ranking.second_look(ranked, other, {thread_id: text}, known)
        found = ranking.near(ranked, other)
        if meant and thread_id in means:
            found = ranking.third_look(found, means[thread_id], {thread_id: meant}, first[thread_id])
        if own in begun and thread_id in begun:
            found = ranking.in_time(found, {thread_id: _days(begun[own], begun[thread_id])})
        scores[thread_id] = sum(one.score for one in found)
    return {thread_id: score for thread_id, score in scores.items() if score}


def _first_of(threads: Iterable[int]) -> dict[int, list[Meaning]]:
    """What the first of the stored lists of threads mean, as far as it is known."""
    table = SimilarThread
    rows = select(table.thread_id, table.similar_id).where(among(table.thread_id, threads))
    stored: dict[int, list[int]] = defaultdict(list)
    for thread_id, similar_id in session.execute(rows.order_by(table.score.desc(), table.similar_id)):
        stored[thread_id].append(similar_id)
    first = {thread_id: stored[thread_id][: ranking.FIRST] for thread_id in threads}
    means = meaning.known({one for some in first.values() for one in some})
    return {thread_id: [means[one] for one in some if one in means] for thread_id, some in first.items()}


class _Begun(NamedTuple):
    """How a thread began."""

    title: str
    moment: datetime


def _begun(threads: Iterable[int]) -> dict[int, _Begun]:
    rows = session.execute(select(Thread.id, Thread.title, Thread.started_at).where(among(Thread.id, threads)))
    return {row.id: _Begun(row.title, row.started_at) for row in rows}


def _days_from(one: _Begun, others: list[int]) -> dict[int, float]:
    return {thread_id: _days(one, other) for thread_id, other in _begun(others).items()}


def _days(one: _Begun, other: _Begun) -> float:
    return abs((one.moment - other.moment).total_seconds()) / 86400
