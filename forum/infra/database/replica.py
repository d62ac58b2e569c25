"""Reads from a streaming replica, with bounded lag and read-your-writes.

A WAL position (LSN) says how far a database is. The replica is used while its lag is below MAX_LAG_SECONDS. A cookie
holds the position of a visitor's last write; they read from the replica only after it has replayed that position.
"""

import logging
import time
from threading import Lock
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from forum.infra.database.engines import KEEPALIVE_OPTIONS, with_timeouts
from forum.infra.database.per_app import PerApp
from forum.infra.database.read_routing import read_from
from forum.infra.settings import Settings

log = logging.getLogger("forum.replica")

MAX_LAG_SECONDS = 0.5  # the maximum lag of a replica that is read from
LAG_CHECK_SECONDS = 0.1  # between checks of the lag
RETRY_SECONDS = 2.0  # after a failure, before the replica is tried again
# the insert position: with synchronous_commit off, committed records may not be in the WAL file yet
INSERT_LSN_QUERY = "SELECT pg_current_wal_insert_lsn()::text"
MAX_LSN = "FFFFFFFF/FFFFFFFF"  # a position that no replica reaches
POOL = {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 8, "pool_timeout": 2}


def parse_lsn(lsn: str) -> int:
    """A WAL position as a number: "16/B374D848" is 0x16B374D848."""
    high, _, low = lsn.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


class Replica:
    """The replica's state as this process knows it."""

    def __init__(self, settings: Settings) -> None:
        only_reads = {"options": "-c default_transaction_read_only=on"}
        self._engine = with_timeouts(
            create_engine(settings.database_replica_url, **POOL, connect_args=only_reads | KEEPALIVE_OPTIONS)
        )
        self._lock = Lock()
        self._checked_at, self._retry_at = 0.0, 0.0
        self._replayed, self._usable_until = 0, 0.0
        self._primary_positions: list[tuple[float, int]] = []  # (time, the primary's position then)

    def route_request(self, primary: Engine, written: int) -> bool:
        """Route the current request to the replica if its lag is small and it has replayed position `written`."""
        self._update_lag(primary)
        if time.monotonic() > self._usable_until or self._replayed < written:
            return False
        read_from(self._engine)
        return True

    def pause(self) -> None:
        """Stop using the replica for RETRY_SECONDS after a failure."""
        self._usable_until, self._retry_at = 0.0, time.monotonic() + RETRY_SECONDS
        log.warning("the replica does not respond")

    def dispose(self) -> None:
        """Close its connections."""
        self._engine.dispose()

    def _update_lag(self, primary: Engine) -> None:
        """Compare the positions of primary and replica every LAG_CHECK_SECONDS, one thread at a time."""
        now = time.monotonic()
        if now - self._checked_at < LAG_CHECK_SECONDS or now < self._retry_at or not self._lock.acquire(blocking=False):
            return
        try:
            self._compare(primary, now)
        except SQLAlchemyError:
            self.pause()
        finally:
            self._checked_at = now
            self._lock.release()

    def _compare(self, primary: Engine, now: float) -> None:
        self._replayed = _read_position(self._engine, "SELECT pg_last_wal_replay_lsn()::text")
        self._primary_positions = [*self._primary_positions[-20:], (now, _read_position(primary, INSERT_LSN_QUERY))]
        reached = [moment for moment, at in self._primary_positions if at <= self._replayed]
        if reached:  # the replica has everything the primary had at that time
            self._usable_until = reached[-1] + MAX_LAG_SECONDS


def _read_position(engine: Engine, query: str) -> int:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        lsn: Any = connection.execute(text(query)).scalar()
    return parse_lsn(lsn) if lsn else 0


def commit_lsn(primary: Engine) -> str:
    """The WAL position after a commit, for the writer's cookie; MAX_LSN if the primary has become unavailable."""
    try:
        with primary.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return str(connection.execute(text(INSERT_LSN_QUERY)).scalar())
    except SQLAlchemyError as error:
        log.warning("the position of a write is unknown: %s", type(error).__name__)
        return MAX_LSN


_replica = PerApp(lambda settings: Replica(settings) if settings.database_replica_url else None)


def replica_of(settings: Settings) -> Replica | None:
    """The deployment's replica, if it has one."""
    return _replica.of(settings)
