"""Version numbers that invalidate cached pages when the public content of a thread or of the forum changes.

Replies and deletions increase them together with the counters (threads/counters.py); edits, reactions and moderation
tools call this module. A cached page is served only while its version is unchanged, so that no deleted post is shown.
A separate number increases when a thread is removed, because pages of any other thread may mention it.
"""

from collections.abc import Collection
from typing import cast

from sqlalchemy import Executable, bindparam, func, inspect, literal_column, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import InvalidRequestError
from sqlalchemy.orm import NO_VALUE
from sqlalchemy.orm.attributes import set_committed_value

from forum.infra.database.core_statements import RowUpdate, expire, insert_into
from forum.infra.database.db import on_sqlite, session
from forum.infra.database.in_list import in_list
from forum.infra.errors import Conflict, NotFound
from forum.infra.text.messages import say
from forum.models import Board, Post, SiteSetting, Thread
from forum.models.site_setting import REMOVAL_VERSION_NAME

_SITE = select(SiteSetting.value).where(SiteSetting.name == literal_column("'version'")).scalar_subquery()
_REMOVALS = (
    select(SiteSetting.value).where(SiteSetting.name == literal_column(f"'{REMOVAL_VERSION_NAME}'")).scalar_subquery()
)
_OF_THREAD = select(
    select(Thread.version).where(Thread.id == bindparam("thread_id")).scalar_subquery(), _SITE, _REMOVALS
)
_OF_FORUM = select(select(func.sum(Board.version)).scalar_subquery(), _SITE, _REMOVALS)


_THREAD = Thread.__table__.c
_bump_version = RowUpdate(Thread, version=_THREAD.version + 1)
_LOCK_THREAD = _bump_version.statement.returning(*_THREAD)


def page_version_query(thread_id: int) -> Executable:
    """The query for the version of a thread's pages, or of the lists if 0; site settings are part of both."""
    return _OF_THREAD.params(thread_id=thread_id) if thread_id else _OF_FORUM


def page_version_sql() -> tuple[str, str]:
    """The two queries as SQL text for SQLite's own driver: for a thread by its id, and for the lists."""
    thread, forum = (str(statement.compile(dialect=sqlite.dialect())) for statement in (_OF_THREAD, _OF_FORUM))
    return thread, forum


def bump_thread(thread_id: int) -> None:
    """Increase the version of a thread's pages; locks the thread's row until the transaction ends."""
    _bump_version(thread_id)


def lock_board(board: Board) -> None:
    """Keep admins from changing or deleting a board until the transaction ends, and reload it. Raises NotFound."""
    if on_sqlite():  # the only writer since the transaction began
        return
    try:
        session.refresh(board, with_for_update={"read": True, "key_share": True})
    except InvalidRequestError as error:  # it was deleted
        raise NotFound from error


def lock_boards(*board_ids: int) -> None:
    """Lock boards whose counts will change, until the transaction ends: after the threads, and always by their ids.

    So two writers that move threads in opposite directions do not wait for each other.
    """
    if not on_sqlite():
        rows = select(Board.id).where(Board.id.in_(board_ids)).order_by(Board.id)
        session.execute(rows.with_for_update(key_share=True)).all()


def lock_thread(thread: Thread, post: Post | None = None) -> None:
    """Lock a thread, and a post in it, until the transaction ends, reload both and increase the thread's version.

    Call this first in every action on a thread or its posts, before any permission check. Rows are always locked in
    the same order: threads by id, post, boards by id. Raises NotFound if the thread was merged into another meanwhile,
    Conflict if the post was moved to another.
    """
    if on_sqlite():  # the only writer since the transaction began
        bump_thread(thread.id)
        return
    now = session.connection().execute(_LOCK_THREAD, {"row_id": thread.id}).mappings().one_or_none()
    if now is None:
        raise NotFound
    for name, value in now.items():
        set_committed_value(thread, name, value)
    if inspect(thread).attrs.board.loaded_value is not NO_VALUE and thread.board.id != thread.board_id:
        set_committed_value(thread, "board", session.get_one(Board, thread.board_id))
    if post is not None:
        session.refresh(post, Post.__table__.columns.keys(), with_for_update=True)
        if post.thread_id != thread.id:
            raise Conflict(say("A moderator has moved this post to another thread meanwhile. Try again."))


def lock_threads(thread_ids: Collection[int]) -> None:
    """Lock threads in the order of their ids, and increase their versions; what was loaded of them is read again."""
    if not on_sqlite():
        rows = select(Thread.id).where(in_list(Thread.id, thread_ids)).order_by(Thread.id)
        session.execute(rows.with_for_update(key_share=True)).all()
    bumped = update(Thread).where(in_list(Thread.id, thread_ids)).values(version=Thread.version + 1)
    session.execute(bumped, execution_options={"synchronize_session": False})
    for thread_id in thread_ids:
        expire(Thread, thread_id, *Thread.__table__.columns.keys())


def invalidate_removed_threads() -> None:
    """Invalidate cached pages of other threads that may mention a thread which some visitors can no longer see."""
    session.execute(insert_into(SiteSetting).values(name=REMOVAL_VERSION_NAME, value=0).on_conflict_do_nothing())
    row = session.get_one(SiteSetting, REMOVAL_VERSION_NAME, with_for_update=True)
    row.value = int(cast("int", row.value)) + 1
    session.flush()


def bump_board(board_id: int) -> None:
    """Increase the version of a board's thread lists."""
    session.execute(update(Board).where(Board.id == board_id).values(version=Board.version + 1))
