"""The cost of the latest threads of several boards does not depend on the number of threads."""

from datetime import timedelta

import pytest
from sqlalchemy import insert

from forum.boards.queries import latest_in
from forum.boards.recent_blocks import THREADS_PER_BLOCK, TopBoard, recent_for_rail
from forum.infra import clock
from forum.infra.database.db import db, session
from forum.models import Board, Thread
from tests.factories import a_board, a_member
from tests.scaling import vm_steps

pytestmark = pytest.mark.slow

FEW, MANY = 200, 4000


def write_threads(boards: list[Board], first: int, last: int) -> None:
    """Insert threads, alternating between boards, each posted in one second after the previous one."""
    member, begin = a_member(), clock.now() - timedelta(days=30)
    rows = [
        {
            "board_id": boards[number % len(boards)].id,
            "title": f"Thread {number}",
            "starter_id": member.id,
            "last_poster_id": member.id,
            "started_at": begin,
            "last_posted_at": begin + timedelta(seconds=number),
            "view_count": number,
        }
        for number in range(first, last)
    ]
    session.execute(insert(Thread), rows)
    for board in boards:
        board.last_posted_at = clock.now()
    session.commit()
    with db.engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")


@pytest.mark.sqlite
@pytest.mark.usefixtures("app_in_context")
def test_latest_threads_cost_the_same_among_many() -> None:
    boards = [a_board(f"Board {number}") for number in range(3)]
    ids = tuple(board.id for board in boards)

    def work() -> None:
        session.expire_all()
        latest_in(None, list(session.query(Board).where(Board.id.in_(ids))), most=20)

    write_threads(boards, 0, FEW)
    work()  # the first time SQLite also reads the statistics of all tables
    before = vm_steps(work)
    write_threads(boards, FEW, MANY)
    work()
    assert vm_steps(work) <= before * 1.3 + 2


@pytest.mark.usefixtures("app_in_context")
def test_latest_threads_cover_all_the_boards_together() -> None:
    boards = [a_board(f"Board {number}") for number in range(3)]
    write_threads(boards[:2], 0, 30)
    write_threads(boards[2:], 100, 103)
    found = latest_in(None, boards, most=5)
    assert [thread.title for thread in found] == [f"Thread {number}" for number in (102, 101, 100, 29, 28)]
    assert [thread.board for thread in found[:3]] == [boards[2]] * 3
    place = TopBoard(boards[0].id, "All", "/", tuple(board.id for board in boards))
    (block,) = recent_for_rail([place], version=(0, 0), for_member=False).blocks
    assert [line.title for line in block.threads] == [thread.title for thread in found]
    assert len(block.threads) == THREADS_PER_BLOCK
