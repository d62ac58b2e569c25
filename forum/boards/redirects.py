"""Redirects of threads that were merged into others, and rows in lists that lead to threads that were moved."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select, union_all, update

from forum.infra import clock
from forum.infra.database.db import on_sqlite, session, transaction
from forum.models import MovedThread, Thread, ThreadRedirect


def leave_for_merged(old: Thread, target: Thread, page_posts: Sequence[int]) -> None:
    """Let a thread's address lead to the one it is being merged into, and all that led to it."""
    session.execute(
        update(ThreadRedirect)
        .where(ThreadRedirect.target_id == old.id)
        .values(target_id=target.id)
        .execution_options(synchronize_session=False)
    )
    pages = list(page_posts)
    session.add(ThreadRedirect(old_id=old.id, target_id=target.id, board_id=old.board_id, page_posts=pages))
    _lead_rows_to(old.id, target.id)
    session.flush()


def _lead_rows_to(old_id: int, target_id: int) -> None:
    """Let the rows in lists that lead to a thread lead to another one."""
    rows = session.scalars(select(MovedThread).where(MovedThread.thread_id == old_id)).all()
    taken = set(session.scalars(select(MovedThread.board_id).where(MovedThread.thread_id == target_id)))
    taken.add(session.scalar(select(Thread.board_id).where(Thread.id == target_id)) or 0)
    for row in rows:
        session.delete(row)
        if row.board_id not in taken:
            times = {"moved_at": row.moved_at, "shown_until": row.shown_until}
            session.add(MovedThread(board_id=row.board_id, thread_id=target_id, **times))


def leave_row(board_id: int, thread_id: int, *, days: int) -> None:
    """Let the list of a board lead to a thread for some days, or for good with 0."""
    remove_row(board_id, thread_id)
    now = clock.now()
    until = now + timedelta(days=days) if days else None
    session.add(MovedThread(board_id=board_id, thread_id=thread_id, moved_at=now, shown_until=until))
    session.flush()


def remove_row(board_id: int, thread_id: int) -> None:
    """Let the list of a board no longer lead to a thread."""
    row = session.get(MovedThread, (board_id, thread_id))
    if row is not None:
        session.delete(row)
        session.flush()


def forget_expired_rows(*, most: int) -> None:
    """Delete rows that lists no longer show, in a transaction of its own."""
    keys = MovedThread.board_id, MovedThread.thread_id
    is_over = MovedThread.shown_until.is_not(None) & (MovedThread.shown_until <= clock.now())
    expired = session.execute(select(*keys).where(is_over).limit(most)).all()
    session.rollback()
    if expired:
        with transaction():
            for board_id, thread_id in expired:
                here = (MovedThread.board_id == board_id, MovedThread.thread_id == thread_id)
                session.execute(delete(MovedThread).where(*here, is_over))


def redirect_of(thread_id: int) -> ThreadRedirect | None:
    """The redirect of a thread that was merged into another."""
    merged = ThreadRedirect.old_id == thread_id
    return session.scalars(select(ThreadRedirect).where(merged).order_by(ThreadRedirect.id.desc()).limit(1)).first()


def next_thread_id() -> int | None:
    """The id of a thread to be added on SQLite, which would give that of a merged thread again; else None."""
    if not on_sqlite():
        return None
    used = union_all(select(func.max(Thread.id).label("id")), select(func.max(ThreadRedirect.old_id))).subquery()
    return (session.scalar(select(func.max(used.c.id))) or 0) + 1
