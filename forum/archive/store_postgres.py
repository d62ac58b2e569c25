"""Backup and restore of a PostgreSQL database, by its own programs."""

import os
import subprocess
from pathlib import Path

from sqlalchemy import make_url

from forum.archive.faults import BadBackup
from forum.base.settings import Settings


def copy(settings: Settings, part: Path) -> None:
    """Dump everything as it is at one moment."""
    _run(settings, "pg_dump", "--format=custom", "--no-owner", f"--file={part}", f"--dbname={_address(settings)}")


def put_back(settings: Settings, source: Path) -> None:
    """Replace everything by a dump, in one transaction."""
    _run(settings, "pg_restore", "--list", "--file=/dev/null", str(source))
    options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
    _run(settings, "pg_restore", *options, f"--dbname={_address(settings)}", str(source))


def _address(settings: Settings) -> str:
    url = make_url(settings.database_url).set(drivername="postgresql")
    return url._replace(password=None).render_as_string()


def _run(settings: Settings, *command: str) -> None:
    """Run a program; the password goes by the environment, where no list of processes shows it."""
    password = make_url(settings.database_url).password
    secret = {"PGPASSWORD": str(password)} if password else {}
    try:
        done = subprocess.run(command, env=os.environ | secret, capture_output=True, text=True, check=False)  # noqa: S603 - words of our own
    except FileNotFoundError as error:
        raise BadBackup(f"PostgreSQL's program {command[0]} is not installed here.") from error
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise BadBackup(said[0] if said else f"{command[0]} ended with {done.returncode}.")
