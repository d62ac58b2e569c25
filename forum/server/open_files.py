"""The open-file limit of a process: each client connection takes one file descriptor."""

import resource

from forum.infra.errors import BadFile

MIN_OPEN_FILES = 256  # per process: database connections take up to 100, the rest is left for clients
WANTED_OPEN_FILES = 65_536


def require_open_files() -> None:
    """Raise the soft open-file limit as far as allowed; raises BadFile if it stays below MIN_OPEN_FILES."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, WANTED_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    if soft != resource.RLIM_INFINITY and soft < MIN_OPEN_FILES:
        raise BadFile(f"Only {soft} files may be open at once: raise the limit to at least 1024 (`ulimit -n 1024`).")
