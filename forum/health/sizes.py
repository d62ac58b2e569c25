"""How much space the forum takes, and how much is left."""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import make_url, text

from forum.infra.database.db import session
from forum.infra.settings import Settings


class Sizes(NamedTuple):
    """Bytes."""

    database: int
    ephemeral: int
    free: int


def sizes(settings: Settings) -> Sizes:
    """The sizes of the databases, and the free space of the data folder's disk."""
    ephemeral = settings.data / "volatile.sqlite3"
    return Sizes(database_bytes(settings), file_bytes(ephemeral), free_bytes(settings.data))


def database_bytes(settings: Settings) -> int:
    """The size of the content database."""
    if settings.is_sqlite:
        return file_bytes(Path(str(make_url(settings.database_url).database)))
    return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def file_bytes(path: Path) -> int:
    """The size of a SQLite file with its write-ahead log; 0 if it does not exist."""
    total = 0
    for each in (path, path.with_name(path.name + "-wal")):
        with suppress(OSError):
            total += each.stat().st_size
    return total


def free_bytes(folder: Path) -> int:
    """The free space of a folder's disk; 0 if it cannot be read."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return 0
