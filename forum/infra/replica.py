"""A streaming replica to read from: who reads what nobody there is waiting for, and who must not miss their own writes.

A position in PostgreSQL's log (LSN) says how far a database is. The replica is used while it follows within
NEAR_SECONDS; whoever wrote carries the position of their write in a cookie, and reads there only once the replica has
come so far.
"""

import logging
import time
from threading import Lock
from typing import Any

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from forum.infra.engines import KEEPALIVE_OPTIONS, with_timeouts
from forum.infra.ephemeral_store import PerApp
from forum.infra.read_routing import read_from
from forum.infra.settings import Settings

log = logging.getLogger("forum.replica")

MAX_LAG_SECONDS = 0.5  # how far behind a replica may be that is read from
LAG_CHECK_SECONDS = 0.1  # between looks at how far it is
RETRY_SECONDS = 2.0  # in which one that does not answer is left in peace
# where the next record goes: with synchronous_commit off, what was committed may not be in the log's file yet
INSERT_LSN_QUERY = "SELECT pg_current_wal_insert_lsn()::text"
MAX_LSN = "FFFFFFFF/FFFFFFFF"  # a position that no replica reaches
POOL = {"pool_pre_ping": True, "pool_size": 8, "max_overflow": 8, "pool_timeout": 2}


def parse_lsn(lsn: str) -> int:
    """A position in the log as a number: "16/B374D848" is 0x16B374D848."""
    high, _, low = lsn.partition("/")
    return (int(high, 16) << 32) + int(low, 16)


class Replica:
    """What a process knows of the replica."""

    def __init__(self, settings: Settings) -> None:
        only_reads = {"options": "-c default_transaction_read_only=on"}
        self._engine = with_timeouts(
            create_engine(settings.database_replica_url, **POOL, connect_args=only_reads | KEEPALIVE_OPTIONS)
        )
        self._lock = Lock()
        self._looked_at, self._rests_until = 0.0, 0.0
        self._is_at, self._near_until = 0, 0.0
        self._asked: list[tuple[float, int]] = []  # when the primary was at which position

    def read_here(self, primary: Engine, written: int) -> bool:
        """Let the present request read from the replica, if it is near and has what the reader wrote."""
        self._look(primary)
        if time.monotonic() > self._near_until or self._is_at < written:
            return False
        read_from(self._engine)
        return True

    def rest(self) -> None:
        """It failed: let nobody wait for it for a while."""
        self._near_until, self._rests_until = 0.0, time.monotonic() + RETRY_SECONDS
        log.warning("the replica does not answer")

    def dispose(self) -> None:
        """Close its connections."""
        self._engine.dispose()

    def _look(self, primary: Engine) -> None:
        """Look how far both are, one thread at a time, every LOOK_SECONDS."""
        now = time.monotonic()
        if (
            now - self._looked_at < LAG_CHECK_SECONDS
            or now < self._rests_until
            or not self._lock.acquire(blocking=False)
        ):
            return
        try:
            self._compare(primary, now)
        except SQLAlchemyError:
            self.rest()
        finally:
            self._looked_at = now
            self._lock.release()

    def _compare(self, primary: Engine, now: float) -> None:
        self._is_at = _ask(self._engine, "SELECT pg_last_wal_replay_lsn()::text")
        self._asked = [*self._asked[-20:], (now, _ask(primary, INSERT_LSN_QUERY))]
        reached = [moment for moment, at in self._asked if at <= self._is_at]
        if reached:  # it has all that the primary had then
            self._near_until = reached[-1] + MAX_LAG_SECONDS


def _ask(engine: Engine, question: str) -> int:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        said: Any = connection.execute(text(question)).scalar()
    return parse_lsn(said) if said else 0


def commit_lsn(primary: Engine) -> str:
    """The position of what was just committed, for the writer to carry; NOWHERE, if the primary is away since then."""
    try:
        with primary.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            return str(connection.execute(text(INSERT_LSN_QUERY)).scalar())
    except SQLAlchemyError as error:
        log.warning("where a write lies is not known: %s", type(error).__name__)
        return MAX_LSN


_replica = PerApp(lambda settings: Replica(settings) if settings.database_replica_url else None)


def replica_of(settings: Settings) -> Replica | None:
    """The deployment's replica, if it has one."""
    return _replica.of(settings)
