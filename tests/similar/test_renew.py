"""As a forum grows, the similar threads of its old threads are recomputed in batches."""

import pytest
from sqlalchemy import delete, func, select

from forum.infra.database.db import session
from forum.models import SimilarThread
from forum.search.index import index_state, term_frequencies
from forum.similar import actions
from forum.similar.refresh_jobs import RENEWED, renew
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
    while step := renew():
        seen += step
    return seen


@pytest.mark.slow
def test_all_threads_are_recomputed_once_the_forum_has_grown_by_a_quarter() -> None:
    some_threads(RENEWED + 4)
    session.execute(delete(SimilarThread))
    session.commit()
    assert renew() == RENEWED
    assert renew_all() == 4
    assert session.scalar(select(func.count(func.distinct(SimilarThread.thread_id)))) == RENEWED + 4
    assert renew() == 0
    some_threads(4)
    assert renew() == 0
    some_threads(1)
    assert renew_all() == RENEWED + 9
    assert renew() == 0


def test_a_batch_continues_where_the_last_ended_even_in_another_process() -> None:
    some_threads(RENEWED + 1)
    assert renew() == RENEWED
    assert index_state.load_number("similar place") > 0
    assert renew() == 1
    assert index_state.load_number("similar place") == 0


def test_a_rebuild_counts_as_a_full_recomputation() -> None:
    some_threads(3)
    actions.refresh_all(lambda *_: None)
    session.commit()
    assert renew() == 0


def test_nothing_is_compared_while_the_index_is_rebuilt() -> None:
    some_threads(3)
    term_frequencies.begin_rebuild()
    session.commit()
    assert renew() == 0
    term_frequencies.end_rebuild()
    session.commit()
    assert renew() == 3
