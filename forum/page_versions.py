"""Whether a page is still as it was: numbers that move when what a thread or the forum shows to everybody moves.

Replies and deletions move them with the counters (threads/counters.py); edits, reactions and moderators' tools by a
call here. A page that was kept is shown again while its number stands, so that nobody sees a deleted post in it.
Another number moves when a thread is taken away, which pages of any thread may name.
"""

from typing import cast

from sqlalchemy import Executable, bindparam, func, inspect, literal_column, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import NO_VALUE
from sqlalchemy.orm.attributes import set_committed_value

from forum.infra.core_statements import execute_core, expire, insert_into, table_of
from forum.infra.db import on_sqlite, session
from forum.models import Board, Post, SiteSetting, Thread
from forum.models.site_setting import REMOVAL_VERSION_NAME

_SITE = select(SiteSetting.value).where(SiteSetting.name == literal_column("'version'")).scalar_subquery()
_GONE = (
    select(SiteSetting.value).where(SiteSetting.name == literal_column(f"'{REMOVAL_VERSION_NAME}'")).scalar_subquery()
)
_OF_THREAD = select(select(Thread.version).where(Thread.id == bindparam("thread_id")).scalar_subquery(), _SITE, _GONE)
_OF_FORUM = select(select(func.sum(Board.version)).scalar_subquery(), _SITE, _GONE)


_THREAD = Thread.__table__.c
_MOVE_THREAD = update(table_of(Thread)).where(_THREAD.id == bindparam("thread")).values(version=_THREAD.version + 1)
_HOLD_THREAD = _MOVE_THREAD.returning(*_THREAD)


def page_version_query(thread_id: int) -> Executable:
    """Asks for the version of a thread's pages, of the lists for 0; each moves too when the operator tunes the site."""
    return _OF_THREAD.params(thread_id=thread_id) if thread_id else _OF_FORUM


def page_version_sql() -> tuple[str, str]:
    """The two questions as SQLite's own driver takes them: of a thread by its number, and of the lists."""
    thread, forum = (str(each.compile(dialect=sqlite.dialect())) for each in (_OF_THREAD, _OF_FORUM))
    return thread, forum


def bump_thread(thread_id: int) -> None:
    """What a thread's pages show is about to change; holds the thread's row until the transaction ends."""
    execute_core(_MOVE_THREAD, thread=thread_id)
    expire(Thread, thread_id, "version")


def lock_thread(thread: Thread, post: Post | None = None) -> None:
    """Begin to change a thread: nobody else does until this transaction ends, and both are seen as they are now.

    First in every act on a thread or its posts, before anything is judged. Rows are taken in one order: thread, post.
    """
    if on_sqlite():  # its one writer was alone since the transaction began
        bump_thread(thread.id)
        return
    now = session.connection().execute(_HOLD_THREAD, {"thread": thread.id}).mappings().one()
    for name, value in now.items():
        set_committed_value(thread, name, value)
    if inspect(thread).attrs.board.loaded_value is not NO_VALUE and thread.board.id != thread.board_id:
        set_committed_value(thread, "board", session.get_one(Board, thread.board_id))
    if post is not None:
        session.refresh(post, Post.__table__.columns.keys(), with_for_update=True)


def invalidate_removed_threads() -> None:
    """A thread is no longer to be seen by all who saw it: pages of other threads that name it are not shown again."""
    session.execute(insert_into(SiteSetting).values(name=REMOVAL_VERSION_NAME, value=0).on_conflict_do_nothing())
    row = session.get_one(SiteSetting, REMOVAL_VERSION_NAME, with_for_update=True)
    row.value = int(cast("int", row.value)) + 1
    session.flush()


def bump_board(board_id: int) -> None:
    """What lists of a board's threads show is about to change."""
    session.execute(update(Board).where(Board.id == board_id).values(version=Board.version + 1))
