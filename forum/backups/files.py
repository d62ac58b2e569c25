"""The backups in FORUM_DATA/backups: their names, the list, and which are deleted when there are too many."""

import os
import re
import secrets
import stat
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from forum.backups.errors import BadBackup
from forum.backups.store_sqlite import file_of
from forum.infra import clock
from forum.infra.errors import NotFound
from forum.infra.settings import Settings
from forum.infra.text.messages import say

_STAMP = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"forum-([0-9A-Za-z.+]{1,40})-(\d{8}T\d{6}Z)-[0-9a-f]{12}\.(?:sqlite3|dump)")


class BackupFile(NamedTuple):
    """A complete backup on this node."""

    name: str
    path: Path
    byte_size: int
    made_at: datetime
    version: str


def folder_of(settings: Settings) -> Path:
    """Where backups are kept."""
    return settings.data / "backups"


def new_path(settings: Settings) -> Path:
    """The path of a new backup, in a folder that only the operator can read; its name cannot be guessed."""
    folder = folder_of(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    ending = "sqlite3" if settings.is_sqlite else "dump"
    return folder / f"forum-{version('forum')}-{clock.now():{_STAMP}}-{secrets.token_hex(6)}.{ending}"


def listed(settings: Settings) -> list[BackupFile]:
    """The complete backups on this node, newest first."""
    try:
        entries = list(os.scandir(folder_of(settings)))
    except OSError:
        return []
    found = (_backup_file(entry) for entry in entries)
    return sorted((each for each in found if each), key=lambda each: (each.made_at, each.name), reverse=True)


def _backup_file(entry: os.DirEntry[str]) -> BackupFile | None:
    match = _NAME.fullmatch(entry.name)
    if match is None:
        return None
    try:
        state = entry.stat(follow_symlinks=False)
        made_at = datetime.strptime(match[2], _STAMP).replace(tzinfo=UTC)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(state.st_mode):
        return None
    return BackupFile(entry.name, Path(entry.path), state.st_size, made_at, match[1])


def find(settings: Settings, name: str) -> BackupFile:
    """The backup with a name, which must be in the list. Raises NotFound."""
    for each in listed(settings):
        if each.name == name:
            return each
    raise NotFound(say("This node has no such backup."))


def delete(backups: Sequence[BackupFile]) -> list[str]:
    """Delete backups; returns the names of those that are gone."""
    gone = []
    for each in backups:
        with suppress(OSError):
            each.path.unlink(missing_ok=True)
            gone.append(each.name)
    return gone


def delete_remains(settings: Settings) -> None:
    """Delete unfinished files of processes that were killed; for the one process that makes a backup."""
    for path in folder_of(settings).glob("*.part*"):  # SQLite leaves its journal too
        if _NAME.fullmatch(path.name.partition(".part")[0]):
            with suppress(OSError):
                path.unlink(missing_ok=True)


def require_space(settings: Settings, *, spare: int) -> None:
    """Raise BadBackup if a backup would leave less than `spare` bytes: it must not fill the forum's disk.

    A dump of PostgreSQL is compressed; its size is not known before, and taken as nothing.
    """
    state = os.statvfs(folder_of(settings))
    free, needed = state.f_bavail * state.f_frsize, file_of(settings).stat().st_size if settings.is_sqlite else 0
    if free - needed < spare:
        has, needs, keeps = (f"{size / 2**20:,.0f} MiB" for size in (free, needed, spare))
        sizes = f"{has} are free, the backup needs {needs}" if needed else f"{has} are free"
        raise BadBackup(f"The disk is too full: {sizes}, and {keeps} must remain for the forum.")
