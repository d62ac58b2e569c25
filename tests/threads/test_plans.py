"""PostgreSQL uses each list's own index."""

import pytest
from sqlalchemy import text

from forum.infra.database.db import session
from forum.models import Member
from forum.threads import lists
from tests.factories import a_board, a_member
from tests.query_plans import postgres_plans
from tests.scaling import insert_threads
from tests.search.conftest import search_data, search_forum

__all__ = ["search_data", "search_forum"]

THREADS = 3000


@pytest.fixture
def reader() -> Member:
    boards, authors = [a_board(f"Board {number}") for number in range(3)], [a_member(), a_member()]
    insert_threads(boards, authors, 0, THREADS)
    session.execute(text("ANALYZE"))
    return authors[0]


@pytest.mark.parametrize("search_forum", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.usefixtures("search_forum")
def test_postgresql_uses_the_index_of_each_list(reader: Member) -> None:
    board = lists.all_threads(None)[0][0].thread.board
    works = {
        "ix_thread_latest": lambda: lists.all_threads(None, number=9),
        "ix_thread_started": lambda: lists.all_threads(None, number=9, sort="new"),
        "ix_thread_replies": lambda: lists.all_threads(None, number=9, sort="replies"),
        "ix_thread_board_replies": lambda: lists.threads_in_board(None, board, number=9, sort="replies"),
        "ix_post_author": lambda: lists.posts_of(None, reader, 9),
        "ix_thread_starter": lambda: lists.threads_of(None, reader, 9),
    }
    plans = {name: postgres_plans(work)[-1] for name, work in works.items()}
    assert {name: plan for name, plan in plans.items() if f"Scan Backward using {name}" not in plan} == {}
