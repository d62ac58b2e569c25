"""Checks of the data folder: writable, private, enough space, no damaged files; and the open-file limit."""

import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from forum.health.checks import LOW_DISK_BYTES, Check, Level
from forum.infra.database.ephemeral_files import damaged_files
from forum.infra.settings import Settings

OPEN_FILES = 1024  # per process: with fewer, clients are refused


def files(settings: Settings) -> Iterator[Check]:
    """The checks of files and limits."""
    yield _folder(settings.data)
    yield from _private(settings)
    yield from _damaged(settings.data)
    yield _open_files()


def _folder(data: Path) -> Check:
    if not data.exists():
        return Check("files", Level.OK, f"{data} does not exist yet; it is created when needed")
    if not os.access(data, os.W_OK | os.X_OK):
        return Check("files", Level.FAULT, f"{data} is not writable")
    state = os.statvfs(data)
    free, inodes = state.f_bavail * state.f_frsize, state.f_favail
    words = f"{data} is writable, {free / 2**30:.1f} GiB free"
    if free < LOW_DISK_BYTES:
        return Check("files", Level.FAULT, f"{words}: free some space")
    if state.f_files and inodes < 1000:
        return Check("files", Level.FAULT, f"{words}, but only {inodes} free inodes")
    return Check("files", Level.OK, words)


def _private(settings: Settings) -> Iterator[Check]:
    """Whether other users of the machine can read secrets."""
    secret = [settings.data / "secret-key", settings.data / "outbox"]
    if settings.is_sqlite:
        secret.append(Path(str(make_url(settings.database_url).database)))
    open_to_others = [path for path in secret if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in open_to_others:
        yield Check("files", Level.FAULT, f"other users of this machine can read {path}: `chmod go= {path}`")
    if not open_to_others:
        yield Check("files", Level.OK, "secrets are readable only by their owner")


def _damaged(data: Path) -> Iterator[Check]:
    files = damaged_files(data)
    if files:
        words = (
            f"{len(files)} damaged files were set aside, the latest is {files[-1].name}: check the disk, delete them"
        )
        yield Check("files", Level.WARNING, words)


def _open_files() -> Check:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < OPEN_FILES:
        return Check("limits", Level.WARNING, f"only {hard} files may be open at once (`ulimit -n`)")
    return Check("limits", Level.OK, f"{'unlimited' if hard == resource.RLIM_INFINITY else hard} open files")
