"""Stored embeddings of threads: computed by a job, read to compare threads."""

from collections.abc import Iterable

from sqlalchemy import and_, delete, func, select

from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Thread, ThreadEmbedding
from forum.search.index.index_rows import threads_say
from forum.search.index.tables import Row
from forum.similar.model import NAME
from forum.similar.scoring import Embeddings


def load(threads: Iterable[int]) -> dict[int, Embeddings]:
    """The stored embeddings of threads."""
    table = ThreadEmbedding
    rows = select(table.thread_id, table.title, table.text)
    result = session.execute(rows.where(in_list(table.thread_id, threads), table.model == NAME))
    return {row.thread_id: Embeddings(row.title, row.text) for row in result}


def keep(thread_id: int, meaning: Embeddings) -> None:
    """Store a thread's embedding."""
    values = {"model": NAME, "title": meaning.title, "text": meaning.text}
    statement = insert_into(ThreadEmbedding).values(thread_id=thread_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["thread_id"], set_=values))


def forget(thread_id: int) -> None:
    """Delete a thread's embedding, which an edit has made stale."""
    session.execute(delete(ThreadEmbedding).where(ThreadEmbedding.thread_id == thread_id))


def text_of(thread_id: int) -> Row | None:
    """The title and first post of a thread as plain text; None if it is not public."""
    return next(iter(threads_say(Thread.id == thread_id)), None)


def threads_without_embedding(*, above: int, most: int) -> tuple[list[int], int]:
    """Threads without an embedding among the next `most` above an id, and the last id examined."""
    window = list(session.scalars(select(Thread.id).where(Thread.id > above).order_by(Thread.id).limit(most)))
    if not window:
        return [], above
    own_row = and_(ThreadEmbedding.thread_id == Thread.id, ThreadEmbedding.model == NAME)
    missing = select(Thread.id).outerjoin(ThreadEmbedding, own_row).where(ThreadEmbedding.thread_id.is_(None))
    missing = missing.where(Thread.id.between(above + 1, window[-1]), Thread.is_public).order_by(Thread.id)
    return list(session.scalars(missing)), window[-1]


def newest() -> int:
    """The id of the newest thread."""
    return session.scalar(select(func.max(Thread.id))) or 0
