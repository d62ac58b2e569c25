"""Whether the data folder is as it should be: writable, private, with room, and nothing damaged left in it."""

import os
import resource
import stat
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import make_url

from forum.health.checks import LOW_DISK_BYTES, Check, Level
from forum.infra.ephemeral_files import damaged_files
from forum.infra.settings import Settings

OPEN_FILES = 1024  # of a process, before readers are refused


def files(settings: Settings) -> Iterator[Check]:
    """A line for each thing about the files."""
    yield _folder(settings.data)
    yield from _private(settings)
    yield from _damaged(settings.data)
    yield _open_files()


def _folder(data: Path) -> Check:
    if not data.exists():
        return Check("files", Level.OK, f"there is no folder {data} yet; it is made when something is put into it")
    if not os.access(data, os.W_OK | os.X_OK):
        return Check("files", Level.FAULT, f"{data} cannot be written")
    state = os.statvfs(data)
    free, inodes = state.f_bavail * state.f_frsize, state.f_favail
    words = f"{data} can be written, {free / 2**30:.1f} GiB free"
    if free < LOW_DISK_BYTES:
        return Check("files", Level.FAULT, f"{words}: make room")
    if state.f_files and inodes < 1000:
        return Check("files", Level.FAULT, f"{words}, but room for {inodes} files only")
    return Check("files", Level.OK, words)


def _private(settings: Settings) -> Iterator[Check]:
    """What nobody else on the machine may read."""
    secret = [settings.data / "secret-key", settings.data / "outbox"]
    if settings.is_sqlite:
        secret.append(Path(str(make_url(settings.database_url).database)))
    open_to_others = [path for path in secret if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077]
    for path in open_to_others:
        yield Check("files", Level.FAULT, f"others on this machine can read {path}: `chmod go= {path}`")
    if not open_to_others:
        yield Check("files", Level.OK, "secrets are readable for their owner only")


def _damaged(data: Path) -> Iterator[Check]:
    found = damaged_files(data)
    if found:
        words = (
            f"{len(found)} damaged files were set aside, the latest is {found[-1].name}: look at the disk, delete them"
        )
        yield Check("files", Level.WARNING, words)


def _open_files() -> Check:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < OPEN_FILES:
        return Check("limits", Level.WARNING, f"only {hard} files may be open at once (`ulimit -n`)")
    return Check("limits", Level.OK, f"{'any number of' if hard == resource.RLIM_INFINITY else hard} open files")
