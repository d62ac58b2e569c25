"""`forum doctor`: checks everything an operator can get wrong, one line each."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from forum.health import checks
from forum.health.checks import Check, Level
from forum.infra.ephemeral.job_claims import waiting_count
from forum.infra.settings import BadSetting, Settings, describe, from_environment


def settings_of(environ: Mapping[str, str]) -> tuple[Settings | None, list[Check]]:
    """The settings if they are valid, and checks of them; does not create a missing data folder."""
    data = Path(environ.get("FORUM_DATA") or "forum-data").resolve()
    would_be_made = (
        not environ.get("FORUM_DATABASE_URL", "").startswith("postgres") or "FORUM_SECRET_KEY" not in environ
    )
    if not data.exists() and would_be_made:
        return None, [Check("settings", Level.FAULT, f"FORUM_DATA: folder {data} does not exist")]
    try:
        settings = from_environment(environ)
    except BadSetting as error:
        return None, [Check("settings", Level.FAULT, str(error))]
    return settings, [*_unknown_settings(environ), *_time_zone(environ.get("TZ", "")), _summary(settings)]


def _summary(settings: Settings) -> Check:
    if not settings.base_url:
        words = "FORUM_BASE_URL is not set: only requests to localhost and IP addresses are accepted"
        return Check("settings", Level.WARNING, words)
    return Check("settings", Level.OK, f"{settings.base_url}, data in {settings.data}")


def _unknown_settings(environ: Mapping[str, str]) -> Iterator[Check]:
    """FORUM_ variables that are not settings."""
    known = {name for name, _ in describe()} | {"FORUM_TEST_DATABASE", "FORUM_TEST_REDIS"}
    for name in sorted(set(environ) - known):
        if name.startswith("FORUM_"):
            yield Check("settings", Level.FAULT, f"unknown setting {name}")


def _time_zone(given: str) -> Iterator[Check]:
    """Warn about an unknown time zone; it affects only the plain log, which is in local time."""
    name = given.removeprefix(":")
    if not name or os.path.exists(name):  # noqa: PTH110 - TZ may name a file
        return
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        yield Check("settings", Level.WARNING, f"TZ: unknown time zone {name}, using UTC")


def running() -> Iterator[Check]:
    """The status that the running forum records; needs an app context and a database that answers."""
    yield checks.database_write()
    yield _jobs()
    trouble = checks.mail()
    waiting = checks.mail_waiting()
    if trouble.level is not Level.OK or waiting:
        yield Check(trouble.name, trouble.level, f"{trouble.words}; {waiting} waiting", trouble.detail)


def _jobs() -> Check:
    result = checks.jobs()
    try:
        count = waiting_count()
    except SQLAlchemyError as error:
        return Check("jobs", Level.FAULT, f"their claims cannot be read: {type(error).__name__}", result.words)
    level = Level.FAULT if result.level is not Level.OK else Level.OK
    return Check("jobs", level, f"{result.words}, {count} waiting", result.detail)
