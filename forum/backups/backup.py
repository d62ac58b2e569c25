"""Back up the whole database to a file while the forum runs, and restore it."""

import os
from contextlib import suppress
from pathlib import Path

from forum.backups import store_postgres, store_sqlite
from forum.backups.errors import BadBackup
from forum.infra.settings import Settings


def backup(settings: Settings, target: Path) -> None:
    """Write a consistent snapshot to a new file with mode 0600; the file gets its name only when complete.

    Raises BadBackup if the target exists or cannot be written.
    """
    if target.exists():
        raise BadBackup(f"{target} already exists: choose a new file.")
    part = target.with_name(target.name + ".part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        (store_sqlite if settings.is_sqlite else store_postgres).copy(settings, part)
        store_sqlite.sync(part)
        os.link(part, target)  # unlike a rename, this fails if the target was created meanwhile
        store_sqlite.sync(target.parent)
    except FileExistsError as error:
        raise BadBackup(f"{target} already exists: choose a new file.") from error
    except OSError as error:
        raise BadBackup(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            part.unlink()


def restore(settings: Settings, source: Path, *, is_in_use: bool = False) -> Path | None:
    """Replace the database by a backup; return where the old SQLite file is now (None on PostgreSQL).

    The backup is verified before anything changes. With `is_in_use`, the content of the SQLite file is overwritten in
    one transaction, because other processes have it open. Raises BadBackup.
    """
    if not source.is_file():
        raise BadBackup(f"{source} does not exist.")
    if settings.is_sqlite:
        return store_sqlite.restore(settings, source, is_in_use=is_in_use)
    store_postgres.restore(settings, source)
    return None
