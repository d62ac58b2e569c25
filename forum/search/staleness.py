"""Whether the index holds what the forum does: rows that are missing or too many, and the words of the newest."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, and_, func, select

from forum.base.db import session
from forum.models import Post, Thread
from forum.search import frequencies
from forum.search.language import is_of_today, language, plain
from forum.search.sources import post_rows, thread_rows
from forum.search.tables import POSTS, THREADS, Index, Row

COMPARED = 500  # threads and replies, the newest, whose words are compared one by one


def stale(spoken: str) -> Iterator[str]:
    """What is wrong with the index of a site in a language, in the operator's words; nothing if it is well."""
    if frequencies.is_rebuilding():
        yield "a rebuild goes on or was broken off"
        return
    if not is_of_today():
        yield "its words are cut by an older rule, so that some are not found"
    if plain(spoken) != language():
        yield f'its words are cut as "{language()}", the site speaks "{plain(spoken)}"'
    alive = Thread.deleted_at.is_(None)
    replies = select(Post.id).join(Thread, Post.thread_id == Thread.id)
    replies = replies.where(alive, Post.position > 1, Post.deleted_at.is_(None))
    yield from _rows("threads", THREADS, select(Thread.id).where(alive))
    yield from _rows("replies", POSTS, replies)
    held, counted = _number(select(THREADS.table.c.rowid)), frequencies.known([]).threads
    if max(held, 1) != counted:
        yield f"its words are counted in {counted} threads, it holds {held}"
    newest = session.scalar(select(func.max(Thread.id))) or 0, session.scalar(select(func.max(Post.id))) or 0
    for what, index, rows in (
        ("threads", THREADS, thread_rows(Thread.id > newest[0] - COMPARED)),
        ("replies", POSTS, post_rows(and_(Post.id > newest[1] - COMPARED, Post.position > 1))),
    ):
        if different := sum(_held(index, row) not in {None, row} for row in rows):
            yield f"{what} of the newest that it holds in other words: {different}"


def _rows(what: str, index: Index, ids: Select[int]) -> Iterator[str]:
    rowid: ColumnElement[int] = index.table.c.rowid
    missing = _number(ids.where(ids.selected_columns[0].not_in(select(rowid))))
    extra = _number(select(rowid).where(rowid.not_in(ids)))
    if missing:
        yield f"{what} that it misses: {missing}"
    if extra:
        yield f"{what} that it holds and that are not there: {extra}"


def _number(ids: Select[int]) -> int:
    return session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def _held(index: Index, row: Row) -> Row | None:
    columns = index.table.c
    found = session.execute(select(index.table).where(columns.rowid == row.rowid)).one_or_none()
    return None if found is None else Row(row.rowid, getattr(found, "title", ""), found.body)
