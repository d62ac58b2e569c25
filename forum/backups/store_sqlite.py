"""Backup and restore of a SQLite file."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from forum.backups.errors import TOO_NEW, BadBackup
from forum.infra import clock
from forum.infra.database.migrate import newest_revision
from forum.infra.database.sqlite import BUSY_TIMEOUT_MS
from forum.infra.settings import Settings

HEADER = b"SQLite format 3\0"


def copy(settings: Settings, part: Path) -> None:
    """Copy the database and verify the copy."""
    live = file_of(settings)
    if not live.exists():
        raise BadBackup(f"There is no database {live} yet.")
    if not live.is_file():
        raise BadBackup(f"{live} is not a file.")
    try:
        _clone(live, part)
        _verify(part, live)
    except sqlite3.Error as error:
        raise BadBackup(f"{live} cannot be copied to {part.with_suffix('')}: {error}.") from error


def restore(settings: Settings, source: Path, *, is_in_use: bool) -> Path | None:
    """Verify a copy of the backup, then make it the database; return the path where the old one is kept."""
    live = file_of(settings)
    fresh = live.with_name(live.name + ".restoring")
    live.parent.mkdir(parents=True, exist_ok=True)
    fresh.unlink(missing_ok=True)
    try:
        _require_sqlite(source)
        _clone(source, fresh)
        _verify(fresh, source)
        sync(fresh)
        return (_overwrite if is_in_use else _replace_file)(live, fresh)
    except sqlite3.DatabaseError as error:
        raise BadBackup(f"{source} cannot be restored: {error}.") from error
    finally:
        fresh.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Flush a file, or a folder's entries, to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def file_of(settings: Settings) -> Path:
    """The database file."""
    return Path(str(make_url(settings.database_url).database))


def _open(path: Path) -> sqlite3.Connection:
    mode = "rw" if os.access(path, os.W_OK) else "ro"
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=BUSY_TIMEOUT_MS / 1000)


def _clone(source: Path, target: Path) -> None:
    """Copy all pages in one step: writers can continue (WAL), and their changes are not in the copy."""
    with closing(_open(source)) as origin, closing(sqlite3.connect(target)) as new:
        origin.backup(new, pages=-1)
        new.execute("PRAGMA journal_mode=DELETE")  # a single file, without -wal and -shm
    target.chmod(0o600)


def _require_sqlite(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(HEADER)) != HEADER:
            raise BadBackup(f"{path} is not a SQLite database.")


def _verify(path: Path, named: Path) -> None:
    """Refuse a file that is damaged, is not a forum's database, or has a newer schema than this version."""
    with closing(_open(path)) as database:
        faults = [row[0] for row in database.execute("PRAGMA integrity_check(1)") if row[0] != "ok"]
        faults += [
            f"a row of {row[0]} refers to a missing row"
            for row in database.execute("PRAGMA foreign_key_check").fetchmany(1)
        ]
        is_forum = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        revision = database.execute("SELECT version_num FROM alembic_version").fetchone() if is_forum else None
    if faults:
        raise BadBackup(f"{named} is damaged: {faults[0]}.")
    if revision is None:
        raise BadBackup(f"{named} is not a forum database.")
    if revision[0] > newest_revision():
        raise BadBackup(TOO_NEW.format(named, revision[0], newest_revision()))


def _replace_file(live: Path, fresh: Path) -> Path | None:
    """Rename the new file over the old one; a database exists at every moment."""
    aside = _aside_path(live) if live.exists() else None
    if aside:
        _checkpoint_wal(live, aside)
        os.link(live, aside)
    for extra in ("-wal", "-shm"):
        live.with_name(live.name + extra).unlink(missing_ok=True)
    fresh.replace(live)
    sync(live.parent)
    return aside


def _checkpoint_wal(live: Path, aside: Path) -> None:
    """Checkpoint the old file's -wal into it; if the file is too damaged, keep the -wal beside `aside`."""
    try:
        with closing(_open(live)) as old:
            old.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError:
        raise  # another process has it open
    except sqlite3.DatabaseError:
        wal = live.with_name(live.name + "-wal")
        if wal.exists():
            wal.replace(aside.with_name(aside.name + "-wal"))


def _overwrite(live: Path, fresh: Path) -> Path | None:
    """Replace the content in one transaction; readers see the old content until it commits."""
    aside = _aside_path(live)
    _clone(live, aside)
    with closing(_open(fresh)) as origin, closing(_open(live)) as target:
        origin.backup(target, pages=-1)
    return aside


def _aside_path(live: Path) -> Path:
    return live.with_name(f"{live.name}.before-restore-{clock.now():%Y%m%dT%H%M%S.%fZ}")
