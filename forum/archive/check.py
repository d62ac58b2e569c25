"""Compare every stored counter with a recount, and repair it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, text, update

from forum.archive import recount_queries
from forum.infra.database.db import on_sqlite, session, transaction
from forum.models import Board, Conversation, Member, Post, Thread

THREAD_COUNTERS = (
    "reply_count",
    "last_position",
    "last_visible_position",
    "last_post_id",
    "last_poster_id",
    "last_posted_at",
)
MEMBER_COUNTERS = (
    *("message_count", "positive_reactions", "negative_reactions"),
    *("unseen_notifications", "unread_conversations"),
)
# Threads come before boards: a board's counters are computed from those of its threads.
RECOUNTS: tuple[tuple[Any, Callable[[], Select[Any]], tuple[str, ...]], ...] = (
    (Post, recount_queries.posts, ("revision_count", "has_held_edit")),
    (Thread, recount_queries.threads, THREAD_COUNTERS),
    (Board, recount_queries.boards, ("thread_count", "post_count", "last_thread_id", "last_posted_at")),
    (Conversation, recount_queries.conversations, ("last_position", "last_message_at")),
    (Member, recount_queries.members, MEMBER_COUNTERS),
)
LOCKED_TABLES = (
    "board, member, thread, post, reaction, reaction_kind, notification, post_revision, thread_settling, review_item, "
    "conversation, conversation_member, conversation_message"
)


@dataclass(frozen=True)
class Difference:
    """A counter whose stored value is wrong."""

    table: str
    id: int
    counter: str
    stored: object
    true: object

    def __str__(self) -> str:
        return f"{self.table} {self.id}: {self.counter} is {self.stored}, should be {self.true}"


@contextmanager
def consistent_snapshot(*, to_write: bool) -> Iterator[None]:
    """Read from one snapshot; with `to_write`, lock the counted tables against other writers."""
    if to_write:
        with transaction():
            if not on_sqlite():
                session.execute(text(f"LOCK TABLE {LOCKED_TABLES} IN SHARE ROW EXCLUSIVE MODE"))
            yield
        return
    session.rollback()
    if not on_sqlite():  # a SQLite read transaction always sees one snapshot
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    yield
    session.rollback()


def check() -> Iterator[Difference]:
    """Every counter that differs from the recount; the comparison runs in the database."""
    for model, count, names in RECOUNTS:
        true = count().subquery("truth")
        stored = [getattr(model, name).label(f"stored_{name}") for name in names]
        statement = select(model.id, *stored, *(true.c[name] for name in names)).join(true, true.c.id == model.id)
        rows = session.execute(statement.where(_differs(model, true, names)).order_by(model.id)).mappings()
        for row in rows:
            for name in names:
                if row[f"stored_{name}"] != row[name]:
                    yield Difference(model.__tablename__, row["id"], name, row[f"stored_{name}"], row[name])


def position_gaps() -> Iterator[str]:
    """A line for every thread whose positions have gaps, which cannot be repaired."""
    for row in session.execute(recount_queries.gaps()):
        yield f"thread {row.id}: has {row.held} posts at positions {row.first} to {row.last}"


def repair() -> None:
    """Set every counter to its recounted value. Call it inside a transaction."""
    for model, count, names in RECOUNTS:
        true = count().subquery("truth")
        statement = (
            update(model)
            .where(model.id == true.c.id, _differs(model, true, names))
            .values({name: true.c[name] for name in names})
        )
        session.execute(statement.execution_options(synchronize_session=False))
    session.expire_all()


def _differs(model: Any, true: Any, names: tuple[str, ...]) -> ColumnElement[bool]:
    return or_(*(getattr(model, name).is_distinct_from(true.c[name]) for name in names))
