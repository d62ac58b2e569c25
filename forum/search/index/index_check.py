"""Check the index against the forum: missing and surplus rows, and the words of the newest rows."""

from collections.abc import Iterator

from sqlalchemy import ColumnElement, Select, and_, exists, func, select

from forum.infra.database.db import session
from forum.models import DeleteBackfill, Post, Thread
from forum.search.index import term_frequencies
from forum.search.index.index_language import base_language, is_current_version, language
from forum.search.index.index_rows import post_rows, thread_rows
from forum.search.index.tables import POSTS, THREADS, Index, Row

COMPARED = 500  # newest threads and newest replies whose words are compared one by one


def index_problems(site_language: str) -> Iterator[str]:
    """Problems of the index of a site in a language, in words for the operator; none if it is current."""
    yield from state_problems(site_language)
    if term_frequencies.is_rebuilding():
        return
    yield from _misplaced()
    held, counted = _number(select(THREADS.table.c.rowid)), term_frequencies.load([]).threads
    if max(held, 1) != counted:
        yield f"its word counts cover {counted} threads, it contains {held}"
    yield from _in_other_words()


def state_problems(site_language: str) -> Iterator[str]:
    """Those problems that are known without going through the index."""
    if term_frequencies.is_rebuilding():
        yield "a rebuild is running or was interrupted"
        return
    if not is_current_version():
        yield "it was built by older word rules, so some words are not found"
    if base_language(site_language) != language():
        yield f'its language is "{language()}", the site\'s is "{base_language(site_language)}"'


def _misplaced() -> Iterator[str]:
    """Missing and surplus rows."""
    alive = Thread.is_public
    replies = select(Post.id).join(Thread, Post.thread_id == Thread.id)
    replies = replies.where(alive, Post.position > 1, Post.is_public)
    # replies of a deleted or restored thread are updated later (threads/delete_backfill.py)
    backfilled = select(DeleteBackfill.thread_id)
    pending = select(Post.id).where(Post.thread_id.in_(backfilled))
    yield from _rows("threads", THREADS, select(Thread.id).where(alive))
    yield from _rows("replies", POSTS, replies.where(Post.thread_id.not_in(backfilled)), pending)


def _in_other_words() -> Iterator[str]:
    """Report how many of the newest rows differ from their thread or post."""
    newest = session.scalar(select(func.max(Thread.id))) or 0, session.scalar(select(func.max(Post.id))) or 0
    for what, index, rows in (
        ("threads", THREADS, thread_rows(Thread.id > newest[0] - COMPARED)),
        ("replies", POSTS, post_rows(and_(Post.id > newest[1] - COMPARED, Post.position > 1))),
    ):
        if different := sum(_held(index, row) not in {None, row} for row in rows):
            yield f"recent {what} with outdated text: {different}"


def _rows(what: str, index: Index, *ids: Select[int]) -> Iterator[str]:
    """The differences between the index and the first of the ids; the other ids may be in the index too."""
    rowid: ColumnElement[int] = index.table.c.rowid
    held, wanted = index.table.alias(), ids[0].selected_columns[0]
    missing = _number(ids[0].where(~exists().where(held.c.rowid == wanted)))
    extra = _number(select(rowid).where(*(~exists(query.where(query.selected_columns[0] == rowid)) for query in ids)))
    if missing:
        yield f"missing {what}: {missing}"
    if extra:
        yield f"{what} that do not exist: {extra}"


def _number(ids: Select[int]) -> int:
    return session.scalar(select(func.count()).select_from(ids.subquery())) or 0


def _held(index: Index, row: Row) -> Row | None:
    columns = index.table.c
    stored = session.execute(select(index.table).where(columns.rowid == row.rowid)).one_or_none()
    return None if stored is None else Row(row.rowid, getattr(stored, "title", ""), stored.body)
