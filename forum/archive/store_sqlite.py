"""Backup and restore of a SQLite file."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import make_url

from forum.archive.errors import TOO_NEW, BadBackup
from forum.infra import clock
from forum.infra.migrate import newest_revision
from forum.infra.settings import Settings
from forum.infra.sqlite import BUSY_TIMEOUT_MS

HEADER = b"SQLite format 3\0"


def copy(settings: Settings, part: Path) -> None:
    """Copy the database and prove the copy."""
    live = _file_of(settings)
    if not live.exists():
        raise BadBackup(f"There is no database {live} yet.")
    if not live.is_file():
        raise BadBackup(f"{live} is not a file.")
    try:
        _clone(live, part)
        _prove(part, live)
    except sqlite3.Error as error:
        raise BadBackup(f"{live} cannot be copied to {part.with_suffix('')}: {error}.") from error


def restore(settings: Settings, source: Path, *, is_in_use: bool) -> Path | None:
    """Prove a copy of the backup, then make it the database; the old one stays beside it."""
    live = _file_of(settings)
    fresh = live.with_name(live.name + ".restoring")
    live.parent.mkdir(parents=True, exist_ok=True)
    fresh.unlink(missing_ok=True)
    try:
        _require_sqlite(source)
        _clone(source, fresh)
        _prove(fresh, source)
        sync(fresh)
        return (_pour if is_in_use else _swap)(live, fresh)
    except sqlite3.DatabaseError as error:
        raise BadBackup(f"{source} cannot be restored: {error}.") from error
    finally:
        fresh.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, have reached the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _file_of(settings: Settings) -> Path:
    return Path(str(make_url(settings.database_url).database))


def _open(path: Path) -> sqlite3.Connection:
    mode = "rw" if os.access(path, os.W_OK) else "ro"
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=BUSY_TIMEOUT_MS / 1000)


def _clone(source: Path, target: Path) -> None:
    """Copy all pages in one step: writers go on beside it (WAL), and what they write meanwhile is not in the copy."""
    with closing(_open(source)) as origin, closing(sqlite3.connect(target)) as new:
        origin.backup(new, pages=-1)
        new.execute("PRAGMA journal_mode=DELETE")  # one file, without -wal and -shm beside it
    target.chmod(0o600)


def _require_sqlite(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(HEADER)) != HEADER:
            raise BadBackup(f"{path} is not a SQLite database.")


def _prove(path: Path, named: Path) -> None:
    """Refuse a file that is not a whole database of a form that this code knows."""
    with closing(_open(path)) as database:
        faults = [row[0] for row in database.execute("PRAGMA integrity_check(1)") if row[0] != "ok"]
        faults += [
            f"a row of {row[0]} points nowhere" for row in database.execute("PRAGMA foreign_key_check").fetchmany(1)
        ]
        has_form = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        form = database.execute("SELECT version_num FROM alembic_version").fetchone() if has_form else None
    if faults:
        raise BadBackup(f"{named} is damaged: {faults[0]}.")
    if form is None:
        raise BadBackup(f"{named} is not a forum's database.")
    if form[0] > newest_revision():
        raise BadBackup(TOO_NEW.format(named, form[0], newest_revision()))


def _swap(live: Path, fresh: Path) -> Path | None:
    """Give the new file the name of the old; there is never no database."""
    aside = _aside(live) if live.exists() else None
    if aside:
        _bring_home(live, aside)
        os.link(live, aside)
    for extra in ("-wal", "-shm"):
        live.with_name(live.name + extra).unlink(missing_ok=True)
    fresh.replace(live)
    sync(live.parent)
    return aside


def _bring_home(live: Path, aside: Path) -> None:
    """Move what is in the old file's -wal into it; a file that is too broken for that keeps its -wal beside it."""
    try:
        with closing(_open(live)) as old:
            old.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError:
        raise  # somebody has it open
    except sqlite3.DatabaseError:
        wal = live.with_name(live.name + "-wal")
        if wal.exists():
            wal.replace(aside.with_name(aside.name + "-wal"))


def _pour(live: Path, fresh: Path) -> Path | None:
    """Replace the content in one transaction; those who read see the old one until it is done."""
    aside = _aside(live)
    _clone(live, aside)
    with closing(_open(fresh)) as origin, closing(_open(live)) as target:
        origin.backup(target, pages=-1)
    return aside


def _aside(live: Path) -> Path:
    return live.with_name(f"{live.name}.before-restore-{clock.now():%Y%m%dT%H%M%S.%fZ}")
