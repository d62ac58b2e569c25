"""How many files a process may open: each connection of a reader is one."""

import resource

from forum.archive.errors import BadFile

MIN_OPEN_FILES = 256  # of a process: its connections to databases take up to 100, the rest is left to readers
WANTED_OPEN_FILES = 65_536


def require_open_files() -> None:
    """Raise the limit of open files as far as the system lets us; refuse to run with one that readers would reach."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = WANTED_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, WANTED_OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        soft = most
    if soft != resource.RLIM_INFINITY and soft < MIN_OPEN_FILES:
        raise BadFile(f"Only {soft} files may be open at once: raise the limit to at least 1024 (`ulimit -n 1024`).")
