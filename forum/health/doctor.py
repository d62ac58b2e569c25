"""`forum doctor`: looks at everything an operator can get wrong, and says each in a line."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

from forum.health import checks
from forum.health.checks import Check, Level
from forum.infra.job_queue import queued_count
from forum.infra.settings import BadSetting, Settings, describe, from_environment


def settings_of(environ: Mapping[str, str]) -> tuple[Settings | None, list[Check]]:
    """The settings, if they can be used, and what is to be said of them; a folder that is missing is not made."""
    data = Path(environ.get("FORUM_DATA") or "forum-data").resolve()
    would_be_made = (
        not environ.get("FORUM_DATABASE_URL", "").startswith("postgres") or "FORUM_SECRET_KEY" not in environ
    )
    if not data.exists() and would_be_made:
        return None, [Check("settings", Level.FAULT, f"FORUM_DATA: there is no folder {data}")]
    try:
        found = from_environment(environ)
    except BadSetting as error:
        return None, [Check("settings", Level.FAULT, str(error))]
    return found, [*_odd(environ), *_zone(environ.get("TZ", "")), _whole(found)]


def _whole(settings: Settings) -> Check:
    if not settings.base_url:
        words = "FORUM_BASE_URL is not set: only localhost and plain IP addresses are answered"
        return Check("settings", Level.WARNING, words)
    return Check("settings", Level.OK, f"{settings.base_url}, data in {settings.data}")


def _odd(environ: Mapping[str, str]) -> Iterator[Check]:
    """Variables that look like settings and are none."""
    known = {name for name, _ in describe()} | {"FORUM_TEST_DATABASE", "FORUM_TEST_REDIS"}
    for name in sorted(set(environ) - known):
        if name.startswith("FORUM_"):
            yield Check("settings", Level.FAULT, f"there is no setting {name}")


def _zone(given: str) -> Iterator[Check]:
    """Only the plain log is written in local time, so an unknown zone harms nothing else."""
    name = given.removeprefix(":")
    if not name or os.path.exists(name):  # noqa: PTH110 - TZ may name a file
        return
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        yield Check("settings", Level.WARNING, f"TZ: there is no time zone {name}, UTC is used")


def running() -> Iterator[Check]:
    """What the running forum notes of itself; in an app's context, on a database that answers."""
    yield checks.database_write()
    yield _jobs()
    trouble = checks.mail()
    if trouble.level is not Level.OK or checks.mail_waiting():
        yield Check(trouble.name, trouble.level, f"{trouble.words}; {checks.mail_waiting()} waiting", trouble.detail)


def _jobs() -> Check:
    found = checks.jobs()
    try:
        many = queued_count()
    except Exception as error:
        return Check("jobs", Level.FAULT, f"their queue does not answer: {type(error).__name__}", found.words)
    level = Level.FAULT if found.level is not Level.OK else Level.OK
    return Check("jobs", level, f"{found.words}, {many} waiting", found.detail)
