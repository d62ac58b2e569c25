"""Merge a board into another: its threads move in slices, in a job, and then the board is deleted.

The same job deletes boards with their threads (board_deletions.py).
No writer waits for more than a slice. A row records the merge, so that a job that was killed continues where it was;
all counts are exact after each slice.
"""

import time

from sqlalchemy import func, select, update

from forum import page_versions
from forum.admin import board_deletions
from forum.admin.board_actions import boards_in_order, find_board, has_threads, receives_threads, remove_board
from forum.admin.rules import Administrator, authorize
from forum.audit_log import record
from forum.infra.database.db import session, transaction
from forum.infra.errors import Conflict, Invalid
from forum.infra.text.messages import say
from forum.models import Board, BoardMerge, Member, Right, Thread
from forum.search.index import reply_terms
from forum.similar import actions as similar
from forum.site import actions as site
from forum.threads import counters
from forum.watching import carrying

SLICE_THREADS, WATCHES_AT_ONCE = 25, 500
MAX_TRANSACTION_SECONDS = 0.02  # after which a transaction ends with its slice: SQLite has one writer at a time
MAX_RUN_SECONDS = 1.5  # after which other jobs run


def start_merge(actor: Administrator, board: Board, target_id: int) -> None:
    """Begin to move a board's threads to another board; the board is deleted when it is empty.

    Threads that are started in it meanwhile move too. Raises Invalid for a category or for the board itself, Conflict
    if it contains other boards or is part of another merge.
    """
    admin = authorize(actor, Right.MANAGE_BOARDS)
    site.lock()
    session.refresh(board, with_for_update=True)
    target = boards_in_order().get(target_id)
    if target is None or target is board or target.is_category:
        raise Invalid({"move_threads_to": [say("Choose another board that holds threads.")]})
    if boards_in_order().children(board):
        raise Conflict(say("This board contains other boards. Move or delete them first."))
    if merge_of(board) or merge_of(target) or receives_threads(board):
        raise Conflict(say("One of the two boards is being merged already. Wait until that is finished."))
    session.add(BoardMerge(board_id=board.id, target_id=target.id, by_id=admin.id if admin else None))
    record("merge-board", actor=admin, target=f"board:{board.id}", name=board.title, destination=target.id)
    site.bump_version()


def merge_of(board: Board) -> BoardMerge | None:
    """The merge or deletion of a board that is under way."""
    return session.get(BoardMerge, board.id)


def target_of(board: Board) -> Board | None:
    """The board into which a board is being merged."""
    merge = merge_of(board)
    return find_board(merge.target_id) if merge and merge.target_id is not None else None


def remaining_count(board: Board) -> int:
    """The number of threads in a board, deleted ones included."""
    return session.scalar(select(func.count()).where(Thread.board_id == board.id)) or 0


def run_pending() -> None:
    """Continue pending merges for MAX_RUN_SECONDS in short transactions, pausing as long between them; for a job."""
    end = time.monotonic() + MAX_RUN_SECONDS
    next_board = select(BoardMerge.board_id).order_by(BoardMerge.board_id).limit(1)
    while time.monotonic() < end and (board_id := session.scalar(next_board)) is not None:
        began = time.monotonic()
        with transaction():
            _continue(board_id)
        time.sleep(time.monotonic() - began)


def finish(board_id: int) -> None:
    """Run a merge to its end, in short transactions; for the command line."""
    while session.get(BoardMerge, board_id) is not None:
        with transaction():
            _continue(board_id)


def _continue(board_id: int) -> None:
    """Move slices until the time limit, at least one; delete the board if it is empty."""
    merge = session.get(BoardMerge, board_id, with_for_update=True)
    if merge is None:  # another process has finished it
        return
    board, end = find_board(board_id), time.monotonic() + MAX_TRANSACTION_SECONDS
    if merge.target_id is None:
        if not board_deletions.remove_slice(board, end):
            _finish(merge, board)
        return
    target = find_board(merge.target_id)
    if not _move_slice(board, target):
        if boards_in_order().children(board) or _move_watches(board, target, end):
            _finish(merge, board)
        return
    while time.monotonic() < end and _move_slice(board, target):
        pass
    page_versions.invalidate_removed_threads()


def _move_slice(board: Board, target: Board) -> int:
    """Move the next threads with their counts; returns how many."""
    wanted = select(Thread).where(Thread.board_id == board.id).order_by(Thread.id).limit(SLICE_THREADS)
    threads = list(session.scalars(wanted.with_for_update(), execution_options={"populate_existing": True}))
    if not threads:
        return 0
    ids = [thread.id for thread in threads]
    page_versions.lock_boards(board.id, target.id)
    values = {"board_id": target.id, "version": Thread.version + 1}
    session.execute(update(Thread).where(Thread.id.in_(ids)).values(values))
    counters.count_threads_moved(threads, board.id, target.id)
    return len(threads)


def _move_watches(board: Board, target: Board, end: float) -> bool:
    """Let those who watch the board watch the other until the time limit; whether all do."""
    while not (are_all := carrying.move_from_board(board.id, target.id, at_once=WATCHES_AT_ONCE)):
        if time.monotonic() >= end:
            break
    return are_all


def _finish(merge: BoardMerge, board: Board) -> None:
    actor = session.get(Member, merge.by_id) if merge.by_id else None
    site.lock()
    session.refresh(board, with_for_update=True)
    if has_threads(board):  # one was started meanwhile: it moves with the next run
        return
    if boards_in_order().children(board):  # a board was moved into it meanwhile: it stays, empty
        session.delete(merge)
        site.bump_version()
        return
    record("delete-board", actor=actor, target=f"board:{board.id}", name=board.title)
    if merge.target_id is None:
        reply_terms.forget_removed()
        similar.look_at_all_again()
    session.delete(merge)
    session.flush()
    remove_board(board)
