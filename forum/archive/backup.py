"""Copying the whole database to a file while the forum runs, and putting such a file back."""

import os
from contextlib import suppress
from pathlib import Path

from forum.archive import store_postgres, store_sqlite
from forum.archive.errors import BadBackup
from forum.infra.settings import Settings


def backup(settings: Settings, target: Path) -> None:
    """Write everything, as it is at one moment, to a new file with mode 0600; it has its name only when it is whole."""
    if target.exists():
        raise BadBackup(f"{target} exists: name a new file.")
    part = target.with_name(target.name + ".part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        (store_sqlite if settings.is_sqlite else store_postgres).copy(settings, part)
        store_sqlite.sync(part)
        os.link(part, target)  # unlike a rename, this refuses a file that came meanwhile
        store_sqlite.sync(target.parent)
    except FileExistsError as error:
        raise BadBackup(f"{target} exists: name a new file.") from error
    except OSError as error:
        raise BadBackup(f"{target} cannot be written: {error.strerror}.") from error
    finally:
        with suppress(OSError):
            part.unlink()


def restore(settings: Settings, source: Path, *, is_in_use: bool = False) -> Path | None:
    """Put a backup in place of the database; the answer is where the old SQLite file lies now.

    The backup is proved first, and until then nothing is changed. With `is_in_use` the new content is poured into the
    database in one transaction, for others have it open.
    """
    if not source.is_file():
        raise BadBackup(f"There is no file {source}.")
    if settings.is_sqlite:
        return store_sqlite.restore(settings, source, is_in_use=is_in_use)
    store_postgres.restore(settings, source)
    return None
