"""Find the indexed threads similar to a text; callers filter by permission."""

from datetime import datetime

from forum.search.text.scoring import Text
from forum.similar import scoring
from forum.similar.index_reader import IndexReader
from forum.similar.scoring import Embeddings, Similar


def nearest(
    text: Text, *, own: int | None = None, embedding: Embeddings | None = None, reader: IndexReader | None = None
) -> list[Similar]:
    """The threads similar to a text, most similar first.

    `own` is the id of the thread that the text belongs to, `embedding` its embedding. Callers that compare several
    threads pass a reader.
    """
    reader = reader or IndexReader()
    frequencies = reader.frequencies(scoring.words_of(text))
    if own is not None:
        frequencies = frequencies.without(text)
    wanted = scoring.weigh(text, frequencies)
    threads_of = reader.threads_with(scoring.to_look_up(wanted.weights, frequencies))
    texts = reader.texts(thread_id for thread_id in scoring.to_score(threads_of, wanted.weights) if thread_id != own)
    ranked = scoring.score_bm25(wanted, texts, frequencies)
    if text.body:
        titles = [texts[match.thread_id].title for match in ranked[: scoring.COVER_READ]]
        everything = reader.frequencies({word for title in titles for word in title.split()})
        frequencies = everything if own is None else everything.without(text)
        ranked = scoring.score_coverage(ranked, text, texts, frequencies)
    matches = scoring.similar_enough(ranked, text)
    others = [match.thread_id for match in matches]
    if embedding is not None:
        matches = scoring.score_semantic(matches, embedding, reader.embeddings(others))
    if own is None or own not in (started := reader.started_at([own, *others])):
        return matches
    days_apart = {other: _days(started[own], started[other]) for other in others if other in started}
    return scoring.in_time(matches, days_apart)


def scores_in_lists_of(
    others: list[int], own: int, text: Text, embedding: Embeddings | None = None, *, reader: IndexReader
) -> dict[int, float]:
    """The scores of a thread in the lists of some others, where it is similar enough to be shown."""
    texts, started = reader.texts(others), reader.started_at([own, *others])
    words = {word for other in texts.values() for word in scoring.words_of(other)}
    everything = reader.frequencies({*words, *text.title.split()})
    embedding_of = reader.embeddings(others) if embedding else {}
    scores = {}
    for thread_id, other in sorted(texts.items()):
        frequencies = everything.without(other)
        wanted = scoring.weigh(other, frequencies)
        ranked = scoring.score_bm25(wanted, {thread_id: text}, frequencies)
        if other.body:
            ranked = scoring.score_coverage(ranked, other, {thread_id: text}, frequencies)
        matches = scoring.similar_enough(ranked, other)
        if embedding and thread_id in embedding_of:
            matches = scoring.score_semantic(matches, embedding_of[thread_id], {thread_id: embedding})
        if own in started and thread_id in started:
            matches = scoring.in_time(matches, {thread_id: _days(started[own], started[thread_id])})
        scores[thread_id] = sum(match.score for match in matches)
    return {thread_id: score for thread_id, score in scores.items() if score}


def _days(first: datetime, second: datetime) -> float:
    return abs((first - second).total_seconds()) / 86400
