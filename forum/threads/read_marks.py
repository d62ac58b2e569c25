"""Read marks: how far a member has read each thread, board, or everything."""

from sqlalchemy import bindparam, func, literal, select, update

from forum import permissions
from forum.infra import clock
from forum.infra.database.core_statements import execute_core, insert_into, table_of
from forum.infra.database.db import UtcDateTime, best_effort_write, on_sqlite, session
from forum.models import Board, BoardRead, Member, Thread, ThreadRead


def mark_read(actor: Member, thread: Thread, position: int) -> None:
    """Mark a thread as read up to a position; a mark never moves back. Best effort, dropped if the database is busy.

    It is also dropped if the thread was merged or split since it was loaded, as the position is another post's now, and
    while it is being merged.
    """
    now = literal(clock.now(), UtcDateTime())
    seen = select(literal(actor.id), Thread.id, literal(position), now)
    seen = seen.where(Thread.id == thread.id, Thread.generation == thread.generation, ~Thread.is_being_merged)
    statement = insert_into(ThreadRead).from_select(["member_id", "thread_id", "position", "read_at"], seen)
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
    """Mark a member's own new post as read if they had read up to `before`, the last visible position until now.

    A new thread is read by its starter.
    """
    if position == 1:
        session.add(ThreadRead(member_id=actor.id, thread_id=thread.id, position=1, read_at=clock.now()))
        return
    execute_core(_NEXT, member=actor.id, thread=thread.id, before=before, own=position, now=clock.now())


def mark_board_read(actor: Member, board: Board) -> None:
    """Mark everything in a board as read, up to the time of its last post.

    Not up to the current time: later posts are always later than the last one, but could be earlier than now if the
    clock is set back.
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
    """Mark everything as read, up to the time of the newest post, as for a board."""
    actor.read_all_at = session.scalar(select(func.max(Thread.last_posted_at))) or clock.now()
