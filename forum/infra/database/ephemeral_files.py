"""Ephemeral SQLite files: a damaged or removed file is replaced with a new one while the forum runs.

Several processes may detect the damage at once. Replacing takes an exclusive lock and checks again under it, so that
one process replaces the file and the others use the new one. Opening takes the same lock in shared mode: SQLite pairs
a database with its -wal and -shm files by name, so none of the three may be opened while they are renamed.

The lock file names the file to which the -wal and -shm belong, by its inode: the number of its device, which it holds
too, may be another after a restart of the machine. When somebody removes or exchanges the file, they
remain, and a new file beside them would be locked for ever; so they are deleted before it is opened.
"""

import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TypeVar, cast

from sqlalchemy.exc import SQLAlchemyError

from forum.infra import clock
from forum.infra.database.sqlite import BUSY_TIMEOUT_MS, is_damage

log = logging.getLogger("forum.files")

Opened = TypeVar("Opened")
SIDE_FILE_SUFFIXES = ("-shm", "-wal")
POSSIBLE_DAMAGE_CODES = (
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
)  # damage or a disk problem: the integrity check decides
NAME_BYTES = 64  # in the lock file: device and inode of the file
LOCK_SECONDS = 10.0  # for which a process waits for the lock file; others hold it for less than a second
LOCK_POLL_SECONDS = 0.005
MAX_DAMAGED_FILES = 3  # damaged files kept for analysis
CHECK_INTERVAL_SECONDS = 1.0  # between two checks of the same file by one process


class LockTimeout(TimeoutError):
    """Another process has held the lock file for too long: it hangs, or has been stopped."""


class EphemeralFile:
    """A SQLite file and the function that creates its tables."""

    def __init__(self, path: Path, make_tables: Callable[[Path], None]) -> None:
        self.path, self._make_tables = path, make_tables
        self._checked_at = -CHECK_INTERVAL_SECONDS
        self._lacks_table = False

    def ensure(self) -> None:
        """Replace a damaged or missing file: when a process starts, before the file is used."""
        with self._locked(fcntl.LOCK_SH) as lock:
            is_sound = self._is_known(lock) and self._fault() is None
        if not is_sound:
            self._replace(is_start=True)

    def open(self, connect: Callable[[], Opened]) -> Opened:
        """Open a connection under the shared lock; `connect` must read from it, or SQLite opens the file later.

        Raises the driver's error for a busy file if the lock cannot be had.
        """
        try:
            return self._open(connect)
        except LockTimeout as error:
            busy = sqlite3.OperationalError(str(error))
            busy.sqlite_errorcode = sqlite3.SQLITE_BUSY
            raise busy from error

    def _open(self, connect: Callable[[], Opened]) -> Opened:
        if self._lacks_table:
            with self._locked(fcntl.LOCK_EX) as lock:
                if self._is_known(lock):
                    self._make_tables(self.path)
            self._lacks_table = False
        with self._locked(fcntl.LOCK_SH) as lock:
            if self._is_known(lock):
                return connect()
        with suppress(OSError):  # the folder is not writable: `connect` says so
            self._replace()
        with self._locked(fcntl.LOCK_SH):
            return connect()

    def identity(self) -> tuple[int, int] | None:
        """Device and inode of the file, which change when it is replaced; None if it does not exist."""
        try:
            status = os.stat(self.path)  # noqa: PTH116 - called before every use; a Path costs more than the call
        except OSError:
            return None
        return status.st_dev, status.st_ino

    def heal(self, error: BaseException | None) -> bool:
        """Repair the file if it caused an error; whether reconnecting helps."""
        try:
            return self._heal(error)
        except (OSError, SQLAlchemyError):  # the folder is not writable or was moved away
            return False

    def _heal(self, error: BaseException | None) -> bool:
        if isinstance(error, sqlite3.OperationalError) and str(error).startswith("no such table"):
            self._lacks_table = True  # the next connection makes it: this one may hold the write lock
            return True
        is_suspicious = is_damage(error) or getattr(error, "sqlite_errorcode", 0) & 0xFF in POSSIBLE_DAMAGE_CODES
        if not is_suspicious or time.monotonic() - self._checked_at < CHECK_INTERVAL_SECONDS:
            return False
        self._checked_at = time.monotonic()
        return self._replace()

    @contextmanager
    def _locked(self, mode: int) -> Iterator[int | None]:
        """Hold the lock file, yielding its handle; if the folder is not writable, nothing can be replaced either.

        Raises LockTimeout.
        """
        path = self.path.with_name("ephemeral.lock")
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            if mode == fcntl.LOCK_EX:
                raise
            yield None
            return
        try:
            _take(handle, mode, path)
            yield handle
        finally:
            os.close(handle)

    def _fault(self) -> str | None:
        """What is wrong with the file, or None; an empty file is a database without tables."""
        for path in (self.path, *self._companions(self.path)):
            if path.exists() and not path.is_file():
                return f"{path.name} is not a file"
        if not self.path.exists():
            return None
        address = f"{self.path.resolve().as_uri()}?mode=rw"
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT_MS / 1000)) as connection:
                result = str(connection.execute("PRAGMA integrity_check(1)").fetchone()[0])
        except sqlite3.DatabaseError as error:
            return str(error) if is_damage(error) else None
        return None if result == "ok" else result.splitlines()[-1]

    def _is_known(self, lock: int | None) -> bool:
        """Whether the file exists and the lock file names it, or cannot be read."""
        identity = self.identity()
        return identity is not None and (lock is None or _inode_in(os.pread(lock, NAME_BYTES, 0)) == identity[1])

    def _replace(self, *, is_start: bool = False) -> bool:
        """Replace the file with a new one if it is damaged or missing, unless another process was first.

        Returns whether anything was replaced.
        """
        with self._locked(fcntl.LOCK_EX) as handle:
            lock = cast("int", handle)  # or OSError was raised
            is_exchanged = not self._is_known(lock) and os.pread(lock, 1, 0) != b""
            if is_exchanged:
                for path in filter(Path.is_file, self._companions(self.path)):
                    path.unlink()
            fault, exists = self._fault(), self.path.exists()
            aside = self.path.with_name(f"{self.path.name}.damaged-{clock.now():%Y%m%dT%H%M%S.%fZ}")
            if fault is not None or not exists:
                self._create(aside)
            os.pwrite(lock, _named(self.identity()), 0)
        if fault is not None:
            log.warning("%s was damaged (%s): set aside as %s, a new one is in use", self.path.name, fault, aside.name)
            self._delete_oldest()
        elif is_exchanged and not is_start:
            log.warning("%s was %s: the new one is in use", self.path.name, "exchanged" if exists else "removed")
        return fault is not None or not exists or is_exchanged

    def _create(self, aside: Path) -> None:
        """Move what is there aside and put a new file in its place."""
        fresh = self.path.with_name(f"{self.path.name}.new")
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_CREAT | os.O_EXCL, 0o600))
        self._make_tables(fresh)
        for path in (*self._companions(self.path), self.path):
            with suppress(FileNotFoundError):
                path.rename(aside.with_name(aside.name + path.name.removeprefix(self.path.name)))
        fresh.rename(self.path)

    def _companions(self, path: Path) -> tuple[Path, ...]:
        return tuple(path.with_name(path.name + ending) for ending in SIDE_FILE_SUFFIXES)

    def _delete_oldest(self) -> None:
        for path in damaged_files(self.path.parent, self.path.name)[:-MAX_DAMAGED_FILES]:
            for file in (*self._companions(path), path):
                file.unlink(missing_ok=True)


def _take(handle: int, mode: int, path: Path) -> None:
    """Take a lock within LOCK_SECONDS. Raises LockTimeout."""
    end = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(handle, mode | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > end:
                words = f"another process has held {path} for {LOCK_SECONDS:.0f} s; `fuser {path}` names it"
                raise LockTimeout(words) from error
            time.sleep(LOCK_POLL_SECONDS)
        else:
            return


def _inode_in(name: bytes) -> int | None:
    """The inode in the lock file, "(device, inode)"."""
    number = name.decode("ascii", "replace").strip(" ()\0").rpartition(",")[2].strip()
    return int(number) if number.isdecimal() else None


def _named(identity: tuple[int, int] | None) -> bytes:
    return repr(identity).encode().ljust(NAME_BYTES)


def damaged_files(folder: Path, name: str = "*") -> list[Path]:
    """The damaged files that were moved aside, oldest first."""
    paths = folder.glob(f"{name}.damaged-*Z")
    return sorted((path for path in paths if path.is_file()), key=lambda path: path.name.rpartition("-")[2])
