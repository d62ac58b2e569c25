"""The cost of storing similar threads does not grow with the number of stored ones."""

import pytest

from forum.similar.actions import KEPT, find_again
from tests.factories import a_board, a_member, a_thread
from tests.plans import steps_of, whole_tables


@pytest.mark.sqlite
@pytest.mark.usefixtures("house")
def test_no_statement_scans_the_whole_table() -> None:
    starter, board = a_member(), a_board()
    threads = [a_thread(title=f"Lunar station {number}", by=starter, board=board) for number in range(KEPT + 5)]
    steps = steps_of(lambda: find_again(threads[0].id))
    assert any(
        statement.startswith("DELETE FROM similar_thread WHERE similar_thread.thread_id = ? AND") for statement in steps
    )
    assert whole_tables(steps) == []
