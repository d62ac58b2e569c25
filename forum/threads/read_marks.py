"""Read marks: how far a member has read each thread, board, or everything."""

from sqlalchemy import bindparam, func, select, update

from forum import permissions
from forum.infra import clock
from forum.infra.best_effort import best_effort_write
from forum.infra.core_statements import execute_core, insert_into, table_of
from forum.infra.db import on_sqlite, session
from forum.models import Board, BoardRead, Member, Thread, ThreadRead


def mark_read(actor: Member, thread: Thread, position: int) -> None:
    """Everything up to a position has been on the member's screen; a mark never goes back."""
    statement = insert_into(ThreadRead).values(
        member_id=actor.id, thread_id=thread.id, position=position, read_at=clock.now()
    )
    further = (func.max if on_sqlite() else func.greatest)(ThreadRead.position, statement.excluded.position)
    best_effort_write(
        statement.on_conflict_do_update(
            index_elements=["member_id", "thread_id"], set_={"position": further, "read_at": statement.excluded.read_at}
        )
    )


_READ = ThreadRead.__table__.c
_NEXT = (
    update(table_of(ThreadRead))
    .where(_READ.member_id == bindparam("member"), _READ.thread_id == bindparam("thread"))
    .where(_READ.position >= bindparam("before"))
    .values(position=bindparam("own"), read_at=bindparam("now"))
)


def mark_own(actor: Member, thread: Thread, position: int, *, before: int) -> None:
    """One's own post is read, if all before it was: up to `before`, the last that everybody saw until now.

    Whoever starts a thread has read it.
    """
    if position == 1:
        session.add(ThreadRead(member_id=actor.id, thread_id=thread.id, position=1, read_at=clock.now()))
        return
    execute_core(_NEXT, member=actor.id, thread=thread.id, before=before, own=position, now=clock.now())


def mark_board_read(actor: Member, board: Board) -> None:
    """All that was posted in a board until now counts as read.

    Until its last post, not until now: what is written next is later than that post, but a clock that is put back
    could make it earlier than now.
    """
    permissions.require(permissions.may_see_board(actor, board))
    until = board.last_posted_at or clock.now()
    statement = insert_into(BoardRead).values(member_id=actor.id, board_id=board.id, read_at=until)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["member_id", "board_id"], set_={"read_at": statement.excluded.read_at}
        )
    )


def mark_all_read(actor: Member) -> None:
    """All that was posted until now counts as read: until the newest post, as for a board."""
    actor.read_all_at = session.scalar(select(func.max(Thread.last_posted_at))) or clock.now()
