"""Making a database ready to be used: its tables, and a new forum's first rows."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import select

from forum.archive.faults import BadFile
from forum.archive.load import load
from forum.base import migrate, paths
from forum.base.db import db, deployed, session
from forum.models import Board, Member

Progress = Callable[[str, int, int], None]
SEEDS = ("document", "defaults")


def make_tables() -> None:
    """Give an empty database its tables; an older form waits for `forum upgrade`: a backup should come before."""
    found = migrate.current(db.engine)
    if found is None:
        migrate.upgrade(db.engine)
    elif found != migrate.newest():
        raise BadFile(
            f"The database is of form {found}, this version needs {migrate.newest()}: run `forum upgrade` first."
        )


def make_ready(progress: Progress = lambda *_: None) -> bool:
    """Give an empty database tables and a new forum's rows; whether it was empty."""
    make_tables()
    is_empty = not session.scalar(select(Board.id).limit(1)) and not session.scalar(select(Member.id).limit(1))
    session.rollback()
    if is_empty:
        load(seed_folder(), progress)
    return is_empty


def seed_folder() -> Path:
    """Where the archive lies that a new forum is filled from."""
    seed = deployed().seed
    folder = paths.SEED / seed if seed in SEEDS else Path(seed)
    if not folder.is_dir():
        raise BadFile(
            f"FORUM_SEED: there is no folder {folder}; use document, defaults, or a folder in the archive format."
        )
    return folder
