"""The jobs' queue: Huey over Redis where there is one, else over PostgreSQL or a SQLite file of its own.

Nothing is lost with it: what is to be done lies in rows, a job only carries it out, and its next turn comes.
"""

from huey import Huey, PostgresHuey, RedisHuey, SqliteHuey
from huey.serializer import SignedSerializer

from forum.base.db import deployed
from forum.base.settings import Settings

NAME = "forum"
SQLITE_CACHE_MB = 1


def queue_of(settings: Settings) -> Huey:
    """The queue of a deployment; what lies in it is signed, so that nobody else's tasks are carried out."""
    common = {"results": False, "serializer": SignedSerializer(secret=settings.secret_key, salt="jobs")}
    if settings.redis_url:
        return RedisHuey(NAME, url=settings.redis_url, **common)
    if settings.is_sqlite:
        path = settings.data / "jobs.sqlite3"
        path.touch(mode=0o600)
        return SqliteHuey(NAME, filename=str(path), cache_mb=SQLITE_CACHE_MB, fsync=False, **common)
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
