"""Maintenance of PostgreSQL after a bulk insert with explicit ids."""

from sqlalchemy import text

from forum.infra.database.db import on_sqlite, session
from forum.models import Board, Conversation, Decision, Group, Member, Post, Thread


def move_sequences() -> None:
    """Set PostgreSQL's id sequences past the highest id; SQLite needs no such thing."""
    if on_sqlite():
        return
    for model in (Board, Conversation, Decision, Group, Member, Post, Thread):
        table = model.__tablename__
        highest = f"SELECT coalesce(max(id), 0) + 1 FROM {table}"  # noqa: S608 - a table of ours
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), ({highest}), false)"))


def analyze() -> None:
    """Run ANALYZE: autovacuum starts a minute later, and until then bad plans may make a page take seconds."""
    if not on_sqlite():
        session.execute(text("ANALYZE"))
