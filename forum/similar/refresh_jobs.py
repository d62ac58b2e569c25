"""Incremental jobs for similar threads: compute embeddings, and refresh lists as the forum grows."""

import logging
import time

from sqlalchemy import select

from forum.infra.database.db import session, transaction
from forum.models import Thread
from forum.search.index import index_state, term_frequencies
from forum.similar import actions, embeddings
from forum.similar.model import WrongModelError, embed, is_installed, unload

log = logging.getLogger("forum.jobs")

EMBEDDED_PER_STEP = 8  # threads per step: a quarter of a second
NEWEST = 100  # newest threads, which are examined first
SCANNED_THREADS = 2000  # per step, for missing embeddings
IDLE_SECONDS = 30.0  # without work, after which the model's 170 MB are freed
REFRESHED_PER_STEP = 16  # threads per step, each in a transaction of its own
REFRESH_GROWTH = (
    1.25  # growth in threads since the last full refresh that triggers another: word rarity has changed by then
)
_THREADS_AT_START, _LAST_ID = "similar begun", "similar place"  # of a full refresh; as stored


class EmbeddingJob:
    """Computes missing embeddings: the newest threads first, then all others in turn, repeatedly."""

    def __init__(self) -> None:
        self._last_id, self._computed_at = 0, time.monotonic()
        self._is_refused = False

    def __call__(self) -> int:
        """Compute the embeddings of a few threads and refresh their lists; return how many."""
        if self._is_refused or not is_installed():
            return 0
        try:
            chosen = self._chosen()
            if chosen:
                self._computed_at = time.monotonic()
            elif time.monotonic() - self._computed_at > IDLE_SECONDS:
                unload()
            return sum(_compute(thread_id) for thread_id in chosen)
        except WrongModelError as error:
            self._is_refused = True
            log.error("similar threads run without the language model: %s", error)
            return 0

    def _chosen(self) -> list[int]:
        missing, _ = embeddings.threads_without_embedding(above=max(0, embeddings.newest() - NEWEST), most=NEWEST)
        chosen = missing[: -EMBEDDED_PER_STEP - 1 : -1]
        if len(chosen) < EMBEDDED_PER_STEP:
            missing, last_examined = embeddings.threads_without_embedding(above=self._last_id, most=SCANNED_THREADS)
            more = [thread_id for thread_id in missing if thread_id not in chosen][: EMBEDDED_PER_STEP - len(chosen)]
            chosen += more
            if more and len(missing) > len(more):
                self._last_id = more[-1]
            else:
                self._last_id = last_examined if last_examined > self._last_id else 0
        session.rollback()
        return chosen


def _compute(thread_id: int) -> bool:
    """Run the model outside a write transaction; discard the result if the thread was edited meanwhile."""
    text = embeddings.text_of(thread_id)
    session.rollback()
    if text is None:
        return False
    embedding = embed(text.title, text.body)
    with transaction():
        if embeddings.text_of(thread_id) != text:
            return False
        embeddings.keep(thread_id, embedding)
    actions.recompute_in_own_transaction(thread_id)
    return True


def refresh_next() -> int:
    """Refresh the next few threads if the forum has grown since the last full refresh; return how many."""
    threads, begun = term_frequencies.load([]).threads, index_state.load_number(_THREADS_AT_START)
    if term_frequencies.is_rebuilding() or (
        not begun and threads < REFRESH_GROWTH * index_state.load_number(actions.SEEN)
    ):
        return 0
    position = index_state.load_number(_LAST_ID)
    after = select(Thread.id).where(Thread.id > position).order_by(Thread.id).limit(REFRESHED_PER_STEP)
    batch = list(session.scalars(after))
    session.rollback()
    for thread_id in batch:
        actions.refresh_own_list(thread_id)
    is_end = len(batch) < REFRESHED_PER_STEP
    with transaction():
        index_state.store(_LAST_ID, 0 if is_end else batch[-1])
        index_state.store(_THREADS_AT_START, 0 if is_end else begun or threads)
        if is_end:
            index_state.store(actions.SEEN, begun or threads)
    return len(batch)
