"""Runs `forum` commands, each in a process forked from this one, which has already loaded the code.

Each line of standard input is a command as JSON: arguments, environment, system limits (such as RLIMIT_NOFILE),
the files for stdin and output, and whether the permissions of files bind it even if it is root (`bound`). It is
answered with the exit status or, if the command goes on (`stays`), with its process id; a line that is only such a
number is answered with that process's exit status, or nothing while it runs.
"""

import ctypes
import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.orm import configure_mappers

import forum.web
from forum.app import create_app
from forum.archive.setup import create_tables
from forum.infra.database.db import db, session
from forum.infra.robots import is_robot
from forum.infra.settings import from_environment
from forum.members.reserved_names import is_reserved
from forum.web.assets import assets
from tests.compiled_templates import share_compiled_templates

CAPABILITY_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
PATIENCE = 100  # seconds after which a command that has not ended is killed
LOADED = (
    "forum.app",
    "forum.archive.load",
    "forum.archive.setup",
    "forum.archive.sample.generate",
    "forum.infra.database.migrate",
    "forum.infra.smtp",
    "forum.jobs.scheduler",
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
    _warm_up()
    gc.freeze()  # collections in a child would copy the memory it shares with this process
    for line in sys.stdin:
        job = json.loads(line)
        answer = _exit_status(job, os.WNOHANG) if isinstance(job, int) else _start(job)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _warm_up() -> None:
    """Do once what would take each command half a second: all that no setting, folder or database changes."""
    configure_mappers()
    share_compiled_templates()
    is_robot("-")  # compiles the list of robots
    assets()  # compresses the static files
    is_reserved("-")  # reads the lists of names
    with TemporaryDirectory() as folder:
        settings = from_environment({"FORUM_DATA": str(Path(folder) / "data")})
        app = create_app(settings)
        with app.app_context():
            create_tables()
            session.remove()
            db.engine.dispose()
        app.extensions["forum.ephemeral"].dispose()


def _start(job: dict[str, Any]) -> str:
    pid = os.fork()
    if pid == 0:
        _become(job)
    return str(pid) if job["stays"] else _exit_status(pid, 0)


def _exit_status(pid: int, options: int) -> str:
    ended, status = os.waitpid(pid, options)
    return str(os.waitstatus_to_exitcode(status)) if ended else ""


def _become(job: dict[str, Any]) -> None:
    """Become the `forum` command and run it."""
    from forum.cli import main  # noqa: PLC0415 - already loaded through its dependencies

    if job["stays"]:
        os.setsid()
    else:
        signal.alarm(PATIENCE)
    os.environ.clear()
    os.environ.update(job["environment"])
    if job.get("bound"):
        _give_up_overriding_permissions()
    for name, most in job["limits"].items():
        resource.setrlimit(getattr(resource, name), (most, most))
    output = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND  # stdout and stderr may be the same file
    for number, (file, flag) in enumerate(zip(job["files"], (os.O_RDONLY, output, output), strict=True)):
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


def _give_up_overriding_permissions() -> None:
    """Drop what lets root read and write every file: CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH."""
    libc, header = ctypes.CDLL(None, use_errno=True), (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted and inheritable: first the lower halves, then the upper
    for call in (libc.capget, libc.capset):
        if call(header, sets):
            raise OSError(ctypes.get_errno(), "capabilities cannot be changed")
        for place in range(3):
            sets[place] &= ~(1 << 1 | 1 << 2)


if __name__ == "__main__":
    main()
