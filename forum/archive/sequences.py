"""What PostgreSQL must be told after a great many rows came at once, with numbers of their own."""

from sqlalchemy import text

from forum.infra.db import on_sqlite, session
from forum.models import Board, Member, Post, Thread


def move_sequences() -> None:
    """Tell PostgreSQL which numbers are taken; SQLite looks for itself."""
    if on_sqlite():
        return
    for model in (Board, Member, Post, Thread):
        table = model.__tablename__
        highest = f"SELECT coalesce(max(id), 0) + 1 FROM {table}"  # noqa: S608 - a table of ours
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), ({highest}), false)"))


def analyze() -> None:
    """Let PostgreSQL plan for them: by itself it looks a minute later, and till then a page may take seconds."""
    if not on_sqlite():
        session.execute(text("ANALYZE"))
