"""`forum doctor` and its page: check everything an operator can get wrong, one line each."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy.exc import SQLAlchemyError

from forum.health import checks, connections, files
from forum.health.checks import Check, Level
from forum.health.time_limit import TimeLimit
from forum.infra.database.per_app import PerApp
from forum.infra.ephemeral.job_claims import waiting_count
from forum.infra.ephemeral.outage_log import first_line
from forum.infra.settings import BadSetting, Settings, describe, from_environment

EXAMINATION_SECONDS = 8.0  # of the page, which answers even if a server hangs
PAGE_INTEGRITY_SECONDS = 3.0
PAGE_SMTP_SECONDS = 2.0  # for each response
_time_limit = PerApp(lambda _: TimeLimit[list[Check]](EXAMINATION_SECONDS))


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
    return settings, setting_checks(settings, environ)


def setting_checks(settings: Settings, environ: Mapping[str, str]) -> list[Check]:
    """The checks of valid settings."""
    return [*_unknown_settings(environ), *_time_zone(environ.get("TZ", "")), _summary(settings)]


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


def examine(
    settings: Settings, environ: Mapping[str, str], in_app: Callable[[], AbstractContextManager[object]]
) -> list[Check]:
    """All checks, at the same time and within EXAMINATION_SECONDS, for a page; `in_app` enters the app's context.

    Raises Conflict if the checks of an earlier call still run.
    """

    def recorded() -> list[Check]:
        with in_app():
            return list(running())

    parts: dict[str, Callable[[], Iterable[Check]]] = {
        "files": lambda: files.files(settings),
        "database": lambda: connections.database(settings, integrity_seconds=PAGE_INTEGRITY_SECONDS),
        "replica": lambda: connections.replica(settings),
        "redis": lambda: connections.redis(settings),
        "mail": lambda: [connections.mail(settings, timeout=PAGE_SMTP_SECONDS)],
        "inbox": lambda: connections.inbox(settings, timeout=PAGE_SMTP_SECONDS),
        "jobs": recorded,
    }
    results = _time_limit.of(settings).run({name: lambda part=part: list(part()) for name, part in parts.items()})  # type: ignore[misc]
    found = setting_checks(settings, environ)
    for name in parts:
        found += _in_time(name, results.get(name))
    return found


def _in_time(name: str, result: list[Check] | Exception | None) -> list[Check]:
    """The checks of a part, or one that says why there are none."""
    if result is None:
        return [Check(name, Level.FAULT, f"no answer within {EXAMINATION_SECONDS:.0f} s")]
    return [Check(name, Level.FAULT, first_line(result))] if isinstance(result, Exception) else result


def running() -> Iterator[Check]:
    """The status that the running forum records; needs an app context and a database that answers."""
    yield checks.database_write()
    yield _jobs()
    yield from (check for check in checks.inbox() if check.level is not Level.OK)
    trouble = checks.mail()
    waiting = checks.mail_waiting()
    if trouble.level is not Level.OK or waiting:
        yield Check(trouble.name, trouble.level, f"{trouble.words}; {waiting} waiting", trouble.detail)
    yield from checks.failed_mail()


def _jobs() -> Check:
    result = checks.jobs()
    try:
        count = waiting_count()
    except SQLAlchemyError as error:
        return Check("jobs", Level.FAULT, f"their claims cannot be read: {type(error).__name__}", result.words)
    level = Level.FAULT if result.level is not Level.OK else Level.OK
    return Check("jobs", level, f"{result.words}, {count} waiting", result.detail)
