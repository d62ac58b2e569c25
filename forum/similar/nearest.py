"""The threads of the index that are about the same as a text; whoever shows them filters by permission."""

from forum.search import frequencies, lookup
from forum.search.scoring import Text
from forum.search.tables import THREADS
from forum.similar import meaning, ranking
from forum.similar.ranking import Meaning, Similar


def nearest(text: Text, *, own: int | None = None, meant: Meaning | None = None) -> list[Similar]:
    """The threads near a text, the nearest first; `own` is the thread whose text it is, `meant` what it means."""
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
    if meant is None:
        return found
    return ranking.third_look(found, meant, meaning.known([one.thread_id for one in found]))


def seen_from(others: list[int], text: Text, meant: Meaning | None = None) -> dict[int, float]:
    """How near a text is to each of some threads when those are asked, as far as it is near enough to be shown."""
    texts = lookup.texts(THREADS, others)
    title = text.title.split()
    everything = frequencies.known({word for other in texts.values() for word in [*ranking.words_of(other), *title]})
    means = meaning.known(others) if meant else {}
    scores = {}
    for thread_id, other in sorted(texts.items()):
        known = everything.without(other)
        ranked = ranking.first_look(ranking.weigh(other, known), {thread_id: text}, known)
        if other.body:
            ranked = ranking.second_look(ranked, other, {thread_id: text}, known)
        found = ranking.near(ranked, other)
        if meant and thread_id in means:
            found = ranking.third_look(found, means[thread_id], {thread_id: meant})
        scores[thread_id] = sum(one.score for one in found)
    return {thread_id: score for thread_id, score in scores.items() if score}
