"""The cost of storing similar threads does not grow with the number of stored ones."""

import pytest

from forum.similar.actions import MAX_STORED, recompute
from tests.factories import a_board, a_member, a_thread
from tests.query_plans import full_scans, sqlite_plans

pytestmark = pytest.mark.slow


@pytest.mark.sqlite
@pytest.mark.usefixtures("app_in_context")
def test_no_statement_scans_the_whole_table() -> None:
    starter, board = a_member(), a_board()
    threads = [a_thread(title=f"Lunar station {number}", by=starter, board=board) for number in range(MAX_STORED + 5)]
    steps = sqlite_plans(lambda: recompute(threads[0].id))
    assert any(
        statement.startswith("DELETE FROM similar_thread WHERE similar_thread.thread_id = ? AND") for statement in steps
    )
    assert full_scans(steps) == []
