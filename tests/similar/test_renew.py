"""As a forum grows, the similar threads of its old threads are recomputed in batches."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from forum.infra.database.db import session, transaction
from forum.models import SimilarThread, Thread, ThreadEmbedding
from forum.search.index import index_state, term_frequencies
from forum.similar import actions, embeddings
from forum.similar.refresh_jobs import REFRESHED_PER_STEP, refresh_next
from forum.similar.scoring import Embeddings
from tests.factories import a_thread

pytestmark = pytest.mark.usefixtures("search_forum")


def some_threads(number: int) -> None:
    """Threads about the same subject, committed."""
    for one in range(number):
        a_thread(title=f"Lunar station plan {one}", body="They go to the moon.")
    session.commit()


def renew_all() -> int:
    """Run until nothing is left to do; returns how many threads were processed."""
    seen = 0
    while step := refresh_next():
        seen += step
    return seen


@pytest.mark.slow
def test_all_threads_are_recomputed_once_the_forum_has_grown_by_a_quarter() -> None:
    some_threads(REFRESHED_PER_STEP + 4)
    session.execute(delete(SimilarThread))
    session.commit()
    assert refresh_next() == REFRESHED_PER_STEP
    assert renew_all() == 4
    assert session.scalar(select(func.count(func.distinct(SimilarThread.thread_id)))) == REFRESHED_PER_STEP + 4
    assert refresh_next() == 0
    some_threads(4)
    assert refresh_next() == 0
    some_threads(1)
    assert renew_all() == REFRESHED_PER_STEP + 9
    assert refresh_next() == 0


def test_a_batch_continues_where_the_last_ended_even_in_another_process() -> None:
    some_threads(REFRESHED_PER_STEP + 1)
    assert refresh_next() == REFRESHED_PER_STEP
    assert index_state.load_number("similar place") > 0
    assert refresh_next() == 1
    assert index_state.load_number("similar place") == 0


def test_a_rebuild_counts_as_a_full_recomputation() -> None:
    some_threads(3)
    actions.refresh_all(lambda *_: None)
    session.commit()
    assert refresh_next() == 0


def test_nothing_is_compared_while_the_index_is_rebuilt() -> None:
    some_threads(3)
    term_frequencies.begin_rebuild()
    session.commit()
    assert refresh_next() == 0
    term_frequencies.end_rebuild()
    session.commit()
    assert refresh_next() == 3


def run_second_before_first_commits(first: Callable[[], None], second: Callable[[], None], app: Flask) -> None:
    """Run both in transactions of their own; the second begins before the first commits."""
    done = Event()

    def begin_second() -> None:
        with app.app_context(), transaction():
            second()
        done.set()

    session.rollback()
    with ThreadPoolExecutor() as threads:
        with transaction():
            first()
            running = threads.submit(begin_second)
            assert not done.wait(0.2), "it waits for the first one"
        running.result(20)


def test_two_processes_may_store_the_embedding_of_the_same_thread(search_forum: Flask) -> None:
    thread_id = a_thread(title="Lunar station plan", body="They go to the moon.").id
    session.commit()

    def keep(number: int) -> Callable[[], None]:
        return lambda: embeddings.keep(thread_id, Embeddings(bytes([number]) * 8, b"text"))

    run_second_before_first_commits(keep(1), keep(2), search_forum)
    assert session.scalars(select(ThreadEmbedding.title)).all() == [bytes([2]) * 8]


def test_two_processes_may_find_the_same_threads_similar(search_forum: Flask) -> None:
    some_threads(3)
    session.execute(delete(SimilarThread))
    session.commit()
    first, second, _ = session.scalars(select(Thread.id).order_by(Thread.id))
    run_second_before_first_commits(lambda: actions.recompute(first), lambda: actions.recompute(second), search_forum)
    stored = session.execute(select(SimilarThread.thread_id, SimilarThread.similar_id)).all()
    assert {(first, second), (second, first)} <= {tuple(row) for row in stored}
