"""Carries out `forum` commands, each in a process forked from this one, which has loaded the code once for all.

Each line of the standard input is a command as JSON: words, environment, limits of the system (such as RLIMIT_NOFILE),
and the files for what it reads and says.
"""

import importlib
import json
import os
import resource
import signal
import sys
from typing import Any

PATIENCE = 100  # seconds after which a command that does not end is ended
LOADED = ("forum.app", "forum.archive.load", "forum.archive.setup", "forum.archive.sample", "forum.infra.migrate")


def main() -> None:
    """Answer each command with the status that it ended with."""
    for name in LOADED:
        importlib.import_module(name)
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            _become(json.loads(line))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()


def _become(asked: dict[str, Any]) -> None:
    """Be the `forum` command, from its first to its last word."""
    from forum.cli import main  # noqa: PLC0415 - loaded already, by what it needs

    signal.alarm(PATIENCE)
    os.environ.clear()
    os.environ.update(asked["environment"])
    for name, most in asked["limits"].items():
        resource.setrlimit(getattr(resource, name), (most, most))
    flags = (os.O_RDONLY, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for number, (file, flag) in enumerate(zip(asked["files"], flags, strict=True)):
        os.dup2(os.open(file, flag, 0o600), number)
    sys.stdin = os.fdopen(0, closefd=False)
    status: object = 1
    try:
        main.main(asked["words"], prog_name="forum")
    except SystemExit as end:
        status = end.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
