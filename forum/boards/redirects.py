"""Redirects of threads that were merged into others."""

from collections.abc import Sequence

from sqlalchemy import func, select, union_all, update

from forum.infra.database.db import on_sqlite, session
from forum.models import Thread, ThreadRedirect


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
    session.flush()


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
