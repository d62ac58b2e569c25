"""Prepare a database: create its tables, and seed a new forum."""

import logging
from collections.abc import Callable
from pathlib import Path
from threading import Event

from sqlalchemy import select

from forum.archive.errors import BadArchive
from forum.archive.load import load
from forum.infra import paths
from forum.infra.database import migrate
from forum.infra.database.db import current_settings, db, session, without_timeouts
from forum.infra.errors import BadFile
from forum.models import Board, Member

log = logging.getLogger("forum.jobs")

Progress = Callable[[str, int, int], None]
SEEDS = ("document", "defaults")
POLL_SECONDS = 1.0  # seconds
WAITING_MESSAGE = "the database has no tables yet: waiting for `forum serve` or `forum upgrade` to create them"


def create_tables() -> None:
    """Create the tables in an empty database; an older schema is left to `forum upgrade`, after a backup."""
    if not migrate.has_tables(db.engine):
        migrate.upgrade(db.engine)


def wait_for_tables(stop: Event, *, pause: Callable[[float], object] | None = None) -> bool:
    """Wait until another process has created the tables; false if `stop` was set first."""
    is_logged = False
    while not stop.is_set():
        if migrate.has_tables(db.engine):
            return True
        if not is_logged:
            log.warning(WAITING_MESSAGE)
            is_logged = True
        (pause or stop.wait)(POLL_SECONDS)
    return False


def prepare_database(progress: Progress = lambda *_: None) -> bool:
    """Create the tables in an empty database and seed it; return whether this call seeded it."""
    with without_timeouts():  # another node started at the same time may be seeding it
        create_tables()
        if not _is_empty():
            return False
        try:
            load(seed_folder(), progress)
        except BadArchive:
            if _is_empty():
                raise
            return False  # another node has seeded it meanwhile
    return True


def _is_empty() -> bool:
    is_empty = not session.scalar(select(Board.id).limit(1)) and not session.scalar(select(Member.id).limit(1))
    session.rollback()
    return is_empty


def seed_folder() -> Path:
    """The folder of the archive that seeds a new forum. Raises BadFile if it does not exist."""
    seed = current_settings().seed
    folder = paths.SEED / seed if seed in SEEDS else Path(seed)
    if not folder.is_dir():
        raise BadFile(
            f"FORUM_SEED: folder {folder} does not exist; use document, defaults, or a folder in the archive format."
        )
    return folder
