"""The jobs' queue: Huey over Redis where there is one, else over PostgreSQL or a SQLite file of its own.

Nothing is lost with it: what is to be done lies in rows, a job only carries it out, and its next turn comes.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from huey import Huey, PostgresHuey, RedisHuey
from huey.serializer import SignedSerializer
from huey.storage import SqliteStorage

from forum.base.db import deployed
from forum.base.ephemeral_files import EphemeralFile
from forum.base.settings import Settings

NAME = "forum"
SQLITE_CACHE_MB = 1


class _FileStorage(SqliteStorage):  # type: ignore[misc]
    """Huey's storage in a file that may be damaged and replaced while it is in use."""

    _conn: sqlite3.Connection | None

    def __init__(self, *args: Any, filename: str, **options: Any) -> None:
        self._file = EphemeralFile(Path(filename), _make_tables)
        self._file.ensure()
        self._opened: tuple[int, int] | None = None
        super().__init__(*args, filename=filename, create_tables=False, **options)

    def _create_connection(self) -> sqlite3.Connection:
        connect: Callable[[], sqlite3.Connection] = super()._create_connection

        def connect_and_note() -> sqlite3.Connection:
            connection = connect()
            self._opened = self._file.identity()
            return connection

        return self._file.open(connect_and_note)

    def close(self) -> bool:
        """Close the connection, also if another thread does so at the same moment."""
        with self.lock:
            connection, self._conn = self._conn, None
        if connection is not None:
            connection.close()
        return connection is not None

    @contextmanager
    def db(self, *args: Any, **options: Any) -> Iterator[sqlite3.Cursor]:
        """A cursor on the file that is in use now; an error that comes of damage repairs it for the next caller."""
        if self._opened != self._file.identity():
            self.close()
        try:
            with super().db(*args, **options) as cursor:
                yield cursor
        except sqlite3.DatabaseError as error:
            if self._file.heal(error):
                self.close()
            raise


def _make_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        for statement in SqliteStorage.ddl:
            connection.execute(statement)


def queue_of(settings: Settings) -> Huey:
    """The queue of a deployment; what lies in it is signed, so that nobody else's tasks are carried out."""
    common = {"results": False, "serializer": SignedSerializer(secret=settings.secret_key, salt="jobs")}
    if settings.redis_url:
        return RedisHuey(NAME, url=settings.redis_url, **common)
    if settings.is_sqlite:
        file = {"filename": str(settings.data / "jobs.sqlite3"), "cache_mb": SQLITE_CACHE_MB, "fsync": False}
        return Huey(NAME, storage_class=_FileStorage, **file, **common)
    dsn = settings.database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    return PostgresHuey(NAME, dsn=dsn, blocking=False, **common)


def waiting() -> int:
    """How many jobs wait for their turn to be carried out."""
    storage = queue_of(deployed()).storage
    try:
        return int(storage.queue_size())
    finally:
        storage.close()


class Turns:
    """Gives each turn of a job to one of all processes that ask: a turn is a stretch of time as long as its pace."""

    def __init__(self, queue: Huey) -> None:
        self._storage = queue.storage
        self._mine: dict[str, str] = {}

    def take(self, name: str, every: float, now: float) -> bool:
        """Whether this process is the one that calls for the job in the turn of `now` (seconds since the epoch)."""
        turn = f"turn:{name}:{int(now // every)}"
        if self._mine.get(name) == turn or not self._storage.put_if_empty(turn, b"1"):
            return False
        before = self._mine.get(name)
        if before is not None:
            self._storage.delete_data(before)
        self._mine[name] = turn
        return True
