"""Lock on a data folder: shared by servers, exclusive for a restore."""

import fcntl
import os
from pathlib import Path


class FolderInUse(Exception):
    """A server or worker is using the folder."""


def lock_folder(data: Path, *, alone: bool = False) -> int:
    """Lock the folder until the process ends; return the lock's file descriptor. Raises FolderInUse.

    A server's workers inherit the descriptor, so the folder is free only when the last of them has exited.
    """
    data.mkdir(parents=True, exist_ok=True)
    handle = os.open(data / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise FolderInUse(f"A server or worker is using {data}, or a backup is being restored there.") from error
    return handle
