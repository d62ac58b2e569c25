"""Who uses a data folder: servers share it, a restore wants it alone."""

import fcntl
import os
from pathlib import Path


class FolderInUse(Exception):
    """A server or worker runs on the folder."""


def lock_folder(data: Path, *, alone: bool = False) -> int:
    """Hold the folder until the process ends, however it ends; raises InUse. The answer is the handle of the lock.

    A server's workers inherit it, so a folder is free only when the last of them is gone.
    """
    data.mkdir(parents=True, exist_ok=True)
    handle = os.open(data / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise FolderInUse(f"A server or worker runs on {data}, or a backup is being restored there.") from error
    return handle
