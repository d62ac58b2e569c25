"""Queries use the word index even when planned without knowing the parameter values."""

import pytest
from sqlalchemy import text

from forum.infra.database.db import session
from forum.search.index import postings
from forum.search.index.store import store
from forum.search.index.tables import THREADS, Expression, Row
from forum.search.query.retrieval import retrieve
from forum.search.query.scope import SearchScope
from tests.query_plans import postgres_plans

ROWS, BATCH = 4000, 400
MOON = Expression(all_of=(("moon",),), is_rare=True)


@pytest.mark.parametrize("search_forum", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.usefixtures("search_forum")
def test_postgresql_does_not_scan_from_the_newest_thread_to_find_a_word() -> None:
    body = " ".join(f"word{number}" for number in range(60))
    for first in range(1, ROWS, BATCH):  # one statement for all would exceed the page timeout on a busy machine
        store().add(THREADS, [Row(number, f"moon {number % 20}", body) for number in range(first, first + BATCH)])
    session.execute(text("ANALYZE thread_index"))
    plans = [
        *postgres_plans(lambda: postings.threads_with(["moon"], budget=100)),
        *postgres_plans(lambda: retrieve(SearchScope(None), THREADS, MOON, most=100))[:1],
    ]
    for plan in plans:
        assert "ix_thread_index_words" in plan, plan
        assert "thread_index_pkey" not in plan, plan
