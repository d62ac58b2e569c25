"""Runs `forum` commands, each in a process forked from this one, which has already loaded the code.

Each line of standard input is a command as JSON: arguments, environment, system limits (such as RLIMIT_NOFILE),
and the files for stdin and output.
"""

import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
from typing import Any

from sqlalchemy.orm import configure_mappers

import forum.web

PATIENCE = 100  # seconds after which a command that has not ended is killed
LOADED = (
    "forum.app",
    "forum.archive.load",
    "forum.archive.setup",
    "forum.archive.sample.generate",
    "forum.infra.database.migrate",
    "forum.infra.smtp",
    "forum.search.index.index_check",
    "forum.web",
    "alembic.command",
    "alembic.runtime.migration",
)


def main() -> None:
    """Answer each command with its exit status."""
    for name in LOADED:
        importlib.import_module(name)
    for module in pkgutil.walk_packages(forum.web.__path__, "forum.web."):
        importlib.import_module(module.name)
    configure_mappers()
    gc.freeze()  # collections in a child would copy the memory it shares with this process
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _become(json.loads(line))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


def _become(job: dict[str, Any]) -> None:
    """Become the `forum` command and run it."""
    from forum.cli import main  # noqa: PLC0415 - already loaded through its dependencies

    signal.alarm(PATIENCE)
    os.environ.clear()
    os.environ.update(job["environment"])
    for name, most in job["limits"].items():
        resource.setrlimit(getattr(resource, name), (most, most))
    flags = (os.O_RDONLY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number, (file, flag) in enumerate(zip(job["files"], flags, strict=True)):
        os.dup2(os.open(file, flag, 0o600), number)
    sys.stdin = os.fdopen(0, closefd=False)
    status: object = 1
    try:
        main.main(job["words"], prog_name="forum")
    except SystemExit as end:
        status = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
