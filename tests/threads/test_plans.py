"""PostgreSQL uses each list's own index."""

import pytest
from sqlalchemy import text

from forum.infra.db import session
from forum.models import Member
from forum.threads import lists
from tests.factories import a_board, a_member
from tests.growing import more_threads
from tests.plans import plans_of
from tests.search.conftest import building, library

__all__ = ["building", "library"]

THREADS = 3000


@pytest.fixture
def reader() -> Member:
    boards, authors = [a_board(f"Board {number}") for number in range(3)], [a_member(), a_member()]
    more_threads(boards, authors, 0, THREADS)
    session.execute(text("ANALYZE"))
    return authors[0]


@pytest.mark.parametrize("library", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.usefixtures("library")
def test_postgresql_uses_the_index_of_each_list(reader: Member) -> None:
    board = lists.threads_everywhere(None)[0][0].thread.board
    works = {
        "ix_thread_latest": lambda: lists.threads_everywhere(None, number=9),
        "ix_thread_started": lambda: lists.threads_everywhere(None, number=9, sort="new"),
        "ix_thread_replies": lambda: lists.threads_everywhere(None, number=9, sort="replies"),
        "ix_thread_board_replies": lambda: lists.threads_in_board(None, board, number=9, sort="replies"),
        "ix_post_author": lambda: lists.posts_of(None, reader, 9),
        "ix_thread_starter": lambda: lists.threads_of(None, reader, 9),
    }
    plans = {name: plans_of(work)[-1] for name, work in works.items()}
    assert {name: plan for name, plan in plans.items() if f"Scan Backward using {name}" not in plan} == {}
