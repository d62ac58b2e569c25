"""Backup and restore of a PostgreSQL database with pg_dump and pg_restore."""

import os
import re
import signal
import subprocess
from pathlib import Path

from sqlalchemy import create_engine, make_url

from forum.backups.errors import TOO_NEW, BadBackup
from forum.infra.database.engines import engine_options, with_timeouts
from forum.infra.database.migrate import TABLE, newest_revision, require_known
from forum.infra.settings import Settings


def copy(settings: Settings, part: Path) -> None:
    """Dump a consistent snapshot, and verify the dump."""
    engine = with_timeouts(create_engine(settings.database_url, **engine_options(settings)))
    try:
        if require_known(engine) is None:
            raise BadBackup("There is no forum in this database yet.")
    finally:
        engine.dispose()
    _run(settings, "pg_dump", "--format=custom", "--no-owner", f"--file={part}", f"--dbname={_address(settings)}")
    _verify(settings, part)


def restore(settings: Settings, source: Path) -> None:
    """Replace the database's content by a dump, in one transaction."""
    _verify(settings, source)
    options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
    _run(settings, "pg_restore", *options, f"--dbname={_address(settings)}", str(source))


def _verify(settings: Settings, source: Path) -> None:
    """Read the contents of a dump and its schema revision. Raises BadBackup."""
    _run(settings, "pg_restore", "--list", "--file=/dev/null", str(source))
    _require_known(source, _run(settings, "pg_restore", "--data-only", f"--table={TABLE}", "--file=-", str(source)))


def _require_known(source: Path, dumped: str) -> None:
    """Refuse a dump without a schema revision, or with one newer than this version knows."""
    match = re.search(rf"^COPY \S*{TABLE} .*\n(\w+)$", dumped, re.MULTILINE)
    if match is None:
        raise BadBackup(f"{source} is not a forum database.")
    if match[1] > newest_revision():
        raise BadBackup(TOO_NEW.format(source, match[1], newest_revision()))


def _address(settings: Settings) -> str:
    url = make_url(settings.database_url).set(drivername="postgresql")
    return url._replace(password=None).render_as_string()


def _exit_text(status: int) -> str:
    return f"was killed by {signal.Signals(-status).name}" if status < 0 else f"exited with {status}"


def _run(settings: Settings, *command: str) -> str:
    """Run a program and return its output; the password is passed in the environment to keep it out of `ps`."""
    password = make_url(settings.database_url).password
    more = {"PGCONNECT_TIMEOUT": "10"} | ({"PGPASSWORD": str(password)} if password else {})
    try:
        done = subprocess.run(command, env=os.environ | more, capture_output=True, check=False)  # noqa: S603 - words of our own
    except FileNotFoundError as error:
        raise BadBackup(f"The PostgreSQL program {command[0]} is not installed.") from error
    if done.returncode:
        messages = done.stderr.decode(errors="replace").strip().splitlines()
        raise BadBackup(messages[0] if messages else f"{command[0]} {_exit_text(done.returncode)}.")
    return done.stdout.decode(errors="replace")
