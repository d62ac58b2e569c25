"""The job queue: Huey on Redis if configured, else on PostgreSQL or a separate SQLite file.

Losing the queue loses no work: pending work is stored in rows, and the next run of the job finds it.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from huey import Huey
from huey.api import Task
from huey.serializer import SignedSerializer
from huey.storage import PostgresStorage, RedisStorage, SqliteStorage

from forum.infra.db import current_settings
from forum.infra.ephemeral_files import EphemeralFile
from forum.infra.outage_log import Outage
from forum.infra.settings import Settings

log = logging.getLogger("forum.jobs")

QUEUE_NAME = "forum"
SQLITE_PRAGMAS = ("journal_mode=WAL", "cache_size=-1000", "synchronous=OFF")
REDIS_TIMEOUTS = {"socket_connect_timeout": 2, "socket_timeout": 5}  # seconds


class _FileStorage(SqliteStorage):  # type: ignore[misc]
    """Huey's SQLite storage in a file that may be replaced while in use if it is damaged."""

    def __init__(self, *args: Any, filename: str) -> None:
        self._file = EphemeralFile(Path(filename), _make_tables)
        self._file.ensure()
        self._opened: tuple[int, int] | None = None
        self._connection: sqlite3.Connection | None = None
        super().__init__(*args, filename=filename, create_tables=False)

    @property
    def conn(self) -> sqlite3.Connection:
        """The connection, opened when it is first needed; Huey reads it only while it holds `lock`."""
        if self._connection is None:
            self._connection = self._file.open(self._connect)
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.filename, isolation_level=None, check_same_thread=False)
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        self._opened = self._file.identity()
        return connection

    def close(self) -> bool:
        """Close the connection; safe if another thread does so at the same time."""
        with self.lock:
            connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()
        return connection is not None

    @contextmanager
    def db(self, *args: Any, **options: Any) -> Iterator[sqlite3.Cursor]:
        """A cursor on the current file; an error caused by damage repairs the file for the next caller."""
        if self._opened != self._file.identity():
            self.close()
        try:
            with super().db(*args, **options) as cursor:
                yield cursor
        except sqlite3.DatabaseError as error:
            if self._file.heal(error):
                self.close()
            raise


class QueueUnavailable(Exception):
    """The queue does not respond; this is already logged."""


class Queue(Huey):  # type: ignore[misc]
    """Huey that logs one line when an outage begins and one when it ends, instead of a traceback per attempt."""

    def __init__(self, **options: Any) -> None:
        self.outage = Outage(log, "the jobs' queue is away", "the jobs' queue is back")
        super().__init__(QUEUE_NAME, **options)

    def dequeue(self) -> Task | None:
        """The next task; raises QueueUnavailable."""
        with self._tracking_outage():
            data = self.storage.dequeue()
        return None if data is None else self.deserialize_task(data)

    def read_schedule(self, timestamp: datetime | None = None) -> list[Task]:
        """The scheduled tasks that are due; raises QueueUnavailable."""
        with self._tracking_outage():
            found: list[Task] = super().read_schedule(timestamp)
        return found

    def execute(self, task: Task, timestamp: datetime | None = None) -> Any:
        """Run a task; Huey handles errors of the task itself. Raises QueueUnavailable."""
        with self._tracking_outage():
            return super().execute(task, timestamp)

    @contextmanager
    def _tracking_outage(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.outage.record_failure(error)
            raise QueueUnavailable from error
        self.outage.record_success()


def _is_not_outage(record: logging.LogRecord) -> bool:
    """Whether one of Huey's log records is about more than the outage."""
    return not (record.exc_info and isinstance(record.exc_info[1], QueueUnavailable))


for _name in ("Worker", "Scheduler"):  # Huey's loggers; a filter sees only what is logged by its own logger
    logging.getLogger(f"huey.consumer.{_name}").addFilter(_is_not_outage)


def _make_tables(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")  # now: to switch a file that is in use may fail
        for statement in SqliteStorage.ddl:
            connection.execute(statement)


def queue_of(settings: Settings) -> Queue:
    """The queue of a deployment; its tasks are signed, so that no foreign tasks are run."""
    common = {"results": False, "serializer": SignedSerializer(secret=settings.secret_key, salt="jobs")}
    if settings.redis_url:
        from redis import ConnectionPool  # noqa: PLC0415 - most forums have no Redis

        pool = ConnectionPool.from_url(settings.redis_url, **REDIS_TIMEOUTS)
        # a blocking pop would mistake an unavailable Redis for an empty queue and retry at once
        return Queue(storage_class=RedisStorage, connection_pool=pool, blocking=False, **common)
    if settings.is_sqlite:
        return Queue(storage_class=_FileStorage, filename=str(settings.data / "jobs.sqlite3"), **common)
    from forum.infra.postgres import connection_factory  # noqa: PLC0415 - not needed with SQLite

    connect = connection_factory(settings.database_url)
    return Queue(storage_class=PostgresStorage, connection=connect, blocking=False, **common)


def queued_count() -> int:
    """How many jobs are queued."""
    storage = queue_of(current_settings()).storage
    try:
        return int(storage.queue_size())
    finally:
        storage.close()


class SlotAssignment:
    """Assigns each time slot of a job to one process; a slot is as long as the job's interval."""

    def __init__(self, queue: Queue) -> None:
        self._storage, self.outage = queue.storage, queue.outage
        self._taken: dict[str, str] = {}

    def take(self, name: str, every: float, now: float) -> bool:
        """Whether this process enqueues the job in the slot of `now`; both times in seconds, `now` since the epoch."""
        slot = f"turn:{name}:{int(now // every)}"
        if self._taken.get(name) == slot or not self._storage.put_if_empty(slot, b"1"):
            return False
        before = self._taken.get(name)
        if before is not None:
            self._storage.delete_data(before)
        self._taken[name] = slot
        return True
