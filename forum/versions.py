"""Whether a page is still as it was: numbers that move when what a thread or the forum shows to everybody moves.

Replies and deletions move them with the counters (threads/counters.py); edits, reactions and moderators' tools by a
call here. A page that was kept is shown again while its number stands, so that nobody sees a deleted post in it.
"""

from sqlalchemy import Executable, bindparam, func, literal_column, select, update
from sqlalchemy.dialects import sqlite

from forum.base.db import session
from forum.models import Board, SiteSetting, Thread

_SITE = select(SiteSetting.value).where(SiteSetting.name == literal_column("'version'")).scalar_subquery()
_OF_THREAD = select(select(Thread.version).where(Thread.id == bindparam("thread_id")).scalar_subquery(), _SITE)
_OF_FORUM = select(select(func.sum(Board.version)).scalar_subquery(), _SITE)


def of(thread_id: int) -> Executable:
    """Asks for the version of a thread's pages, of the lists for 0; each moves too when the operator tunes the site."""
    return _OF_THREAD.params(thread_id=thread_id) if thread_id else _OF_FORUM


def in_plain_sql() -> tuple[str, str]:
    """The two questions as SQLite's own driver takes them: of a thread by its number, and of the lists."""
    thread, forum = (str(each.compile(dialect=sqlite.dialect())) for each in (_OF_THREAD, _OF_FORUM))
    return thread, forum


def move_thread(thread_id: int) -> None:
    """What a thread's pages show is about to change; holds the thread's row until the transaction ends."""
    session.execute(update(Thread).where(Thread.id == thread_id).values(version=Thread.version + 1))


def move_board(board_id: int) -> None:
    """What lists of a board's threads show is about to change."""
    session.execute(update(Board).where(Board.id == board_id).values(version=Board.version + 1))
