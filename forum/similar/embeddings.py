"""The meanings of threads that are stored: asked of the model by a job, read by whatever compares threads."""

from collections.abc import Iterable

from sqlalchemy import and_, delete, func, select

from forum.infra.db import session
from forum.infra.in_list import in_list
from forum.models import Thread, ThreadEmbedding
from forum.search.index.index_rows import threads_say
from forum.search.index.tables import Row
from forum.similar.model import NAME
from forum.similar.scoring import Meaning


def known(threads: Iterable[int]) -> dict[int, Meaning]:
    """The meanings of threads, as far as they are known."""
    table = ThreadEmbedding
    rows = select(table.thread_id, table.title, table.text)
    found = session.execute(rows.where(in_list(table.thread_id, threads), table.model == NAME))
    return {row.thread_id: Meaning(row.title, row.text) for row in found}


def keep(thread_id: int, meaning: Meaning) -> None:
    """Store what a thread means."""
    forget(thread_id)
    session.add(ThreadEmbedding(thread_id=thread_id, model=NAME, title=meaning.title, text=meaning.text))
    session.flush()


def forget(thread_id: int) -> None:
    """Take away what a thread meant before it was edited."""
    session.execute(delete(ThreadEmbedding).where(ThreadEmbedding.thread_id == thread_id))


def said(thread_id: int) -> Row | None:
    """What a thread says; nothing of one that is deleted."""
    return next(iter(threads_say(Thread.id == thread_id)), None)


def unknown(*, above: int, most: int) -> tuple[list[int], int]:
    """Of the next so many threads above an id those whose meaning is unknown, and the last id that was looked at."""
    window = list(session.scalars(select(Thread.id).where(Thread.id > above).order_by(Thread.id).limit(most)))
    if not window:
        return [], above
    mine = and_(ThreadEmbedding.thread_id == Thread.id, ThreadEmbedding.model == NAME)
    missing = select(Thread.id).outerjoin(ThreadEmbedding, mine).where(ThreadEmbedding.thread_id.is_(None))
    missing = missing.where(Thread.id.between(above + 1, window[-1]), Thread.deleted_at.is_(None)).order_by(Thread.id)
    return list(session.scalars(missing)), window[-1]


def newest() -> int:
    """The id of the newest thread."""
    return session.scalar(select(func.max(Thread.id))) or 0
