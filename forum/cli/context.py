"""What all commands share: the app context, errors as one line, and progress on the terminal."""

# ruff: noqa: PLC0415 - packages are imported when a command needs them, so that `forum --help` answers at once

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from forum.infra.setting_values import BadSetting, require_time_zone

if TYPE_CHECKING:
    from flask import Flask

    from forum.models import Member


PROGRESS_SECONDS = 5.0  # seconds between two lines of progress without a terminal


class Failed(click.ClickException):
    """A one-line error message; the command exits with status 2."""

    exit_code = 2


class ErrorHandlingGroup(click.Group):
    """The group of all commands: expected errors are shown as one line."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            require_time_zone(os.environ.get("TZ", ""))
            return super().invoke(ctx)
        except BadSetting as error:
            raise Failed(str(error)) from error
        except OSError as error:
            raise Failed(_os_message(error)) from error
        except Exception as error:
            raise as_failure(error) from error


def _os_message(error: OSError) -> str:
    """The message of an OSError, with its file name."""
    if error.strerror is None:
        return str(error)
    return f"{error.filename}: {error.strerror}." if error.filename else f"{error.strerror}."


def as_failure(error: Exception) -> Exception:
    """Convert an expected error to Failed; return any other unchanged."""
    import sqlite3

    from sqlalchemy.exc import DBAPIError

    from forum.backups.lock import FolderInUse
    from forum.infra.database.migrate import SchemaMismatch
    from forum.infra.errors import BadFile, ForumError, Invalid

    if isinstance(error, Invalid):
        return Failed(
            " ".join(f"{field}: {message}" for field, messages in error.fields.items() for message in messages)
        )
    if isinstance(error, ForumError | BadFile | FolderInUse | SchemaMismatch):
        return Failed(str(error))
    if isinstance(error, DBAPIError | sqlite3.Error):
        return Failed(_database_message(error.orig if isinstance(error, DBAPIError) else error))
    return error


def _database_message(error: BaseException | None) -> str:
    """The message of a database error, with a hint if the database is damaged."""
    from forum.infra.database.sqlite import is_damage

    line = (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
    return f"Database error: {line}." + (" Restore a backup: `forum restore FILE`." if is_damage(error) else "")


@contextmanager
def app_context(*, needs_tables: bool = True) -> Iterator["Flask"]:
    """Create the app and enter its context; with `needs_tables`, raises SchemaMismatch for another schema."""
    from forum.app import create_app
    from forum.infra.database import migrate
    from forum.infra.database.db import db, session
    from forum.infra.database.timeouts import COMMANDS, use_timeouts

    use_timeouts(COMMANDS)
    app = create_app()
    with app.app_context():
        if needs_tables:
            migrate.require_tables(db.engine)
        yield app
        session.remove()


@contextmanager
def scratch_app_context(data: Path, database_url: str) -> Iterator["Flask"]:
    """A separate forum with its data in a folder, independent of the environment."""
    from forum.app import create_app
    from forum.infra.database.db import session
    from forum.infra.database.timeouts import COMMANDS, use_timeouts
    from forum.infra.settings import from_environment

    use_timeouts(COMMANDS)
    app = create_app(
        from_environment({"FORUM_DATA": str(data), "FORUM_DATABASE_URL": database_url, "FORUM_LIMITS": "off"})
    )
    with app.app_context():
        yield app
        session.remove()


def typed_password(*, is_on_stdin: bool) -> str:
    """A new password: prompted for twice, or from the first line of standard input."""
    if is_on_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


def find_account(login: str) -> "Member":
    """The account with a name or e-mail address; raises NotFound."""
    from forum.infra.errors import NotFound
    from forum.members import queries

    member = queries.member_by_login(login)
    if member is None:
        raise NotFound(f"There is no member {login}.")
    return member


def find_member(name: str) -> "Member":
    """The member with a name; raises NotFound."""
    from forum.infra.errors import NotFound
    from forum.members import queries

    member = queries.member_by_name(name)
    if member is None:
        raise NotFound(f"There is no member {name}.")
    return member


class ProgressBars:
    """Progress of consecutive steps: a bar on a terminal, else a line every PROGRESS_SECONDS seconds."""

    def __init__(self) -> None:
        self._name = ""
        self._bar: Any = None
        self._began = self._said = 0.0
        self._before = 0

    def __enter__(self) -> "ProgressBars":
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def __call__(self, name: str, done: int, total: int) -> None:
        """Report that `done` of `total` of the step `name` are done."""
        if name != self._name:
            self._end()
            self._name, self._began, self._said, self._before = name, time.monotonic(), 0.0, done
            if sys.stderr.isatty():
                self._bar = click.progressbar(length=max(total, 1), label=f"{name:<22}", file=sys.stderr, show_pos=True)
                self._bar.render_progress()
        if self._bar is not None:
            self._bar.update(done - self._bar.pos)
        elif done == total or time.monotonic() - self._said >= PROGRESS_SECONDS:
            self._say(done, total)

    def _say(self, done: int, total: int) -> None:
        now = time.monotonic()
        self._said = now
        speed = (
            f", {(done - self._before) / (now - self._began):,.0f} per second"
            if total > 1 and done > self._before
            else ""
        )
        click.echo(f"{self._name}: {done:,} of {total:,} ({done / max(total, 1):.0%}){speed}", err=True)

    def _end(self) -> None:
        if self._bar is not None:
            self._bar.render_finish()
        self._bar = None


def start_of_day(day: datetime | None) -> datetime | None:
    """The moment at which a day begins in the forum's time zone; None without a day."""
    from forum.site.queries import snapshot

    return snapshot().start_of(day.date()) if day else None
