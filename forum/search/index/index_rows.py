"""The rows of the index: the public threads and posts."""

from sqlalchemy import ColumnElement, and_, select

from forum.infra.database.db import session
from forum.markup.plain_text import plain_text
from forum.models import Post, Thread
from forum.search.index.index_language import language
from forum.search.index.tables import Row
from forum.search.text.tokenizer import indexed


def thread_rows(condition: ColumnElement[bool]) -> list[Row]:
    """The words of threads: of the title and of the first post, if there is one."""
    code = language()
    return [Row(row.rowid, indexed(row.title, code), indexed(row.body, code)) for row in threads_say(condition)]


def threads_say(condition: ColumnElement[bool]) -> list[Row]:
    """The titles and first posts of threads as plain text, not yet tokenized."""
    first = and_(Post.thread_id == Thread.id, Post.position == 1, Post.is_public)
    statement = select(Thread.id, Thread.title, Post.html).outerjoin(Post, first)
    rows = session.execute(statement.where(condition, Thread.is_public).order_by(Thread.id))
    return [Row(row.id, row.title, plain_text(row.html or "")) for row in rows]


def post_rows(condition: ColumnElement[bool]) -> list[Row]:
    """The words of replies."""
    statement = select(Post.id, Post.html).join(Thread, Post.thread_id == Thread.id)
    alive = and_(Post.position > 1, Post.is_public, Thread.is_public)
    rows = session.execute(statement.where(condition, alive).order_by(Post.id))
    return [reply_row(row.id, row.html) for row in rows]


def reply_row(post_id: int, html: str) -> Row:
    """The words of a reply."""
    return Row(post_id, "", indexed(plain_text(html), language()))
