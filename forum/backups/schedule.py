"""When backups are made by themselves, and how many are kept."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, cast

from sqlalchemy import func, select

from forum.backups import runs
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.models import BackupRun, SiteSetting

MAX_KEPT = 1000
NAMES = ("backup_every", "backup_hour", "backup_keep")
SINCE = "backup_since"  # when the schedule was changed: what was due before is not made up for


class Every(StrEnum):
    """How often."""

    OFF = "off"
    DAY = "day"
    WEEK = "week"  # on Mondays


class Schedule(NamedTuple):
    """A schedule; the hour is in UTC."""

    every: Every = Every.OFF
    hour: int = 3
    keep: int = 7
    since: datetime | None = None

    @property
    def period(self) -> timedelta:
        """The time between two backups."""
        return timedelta(days=7 if self.every is Every.WEEK else 1)

    def last_moment(self, now: datetime) -> datetime:
        """The last time before `now` for which a backup is scheduled."""
        moment = now.replace(hour=self.hour, minute=0, second=0, microsecond=0)
        if self.every is Every.WEEK:
            moment -= timedelta(days=moment.weekday())
        return moment if moment <= now else moment - self.period


def current_schedule() -> Schedule:
    """The stored schedule."""
    rows = session.scalars(select(SiteSetting).where(SiteSetting.name.in_((*NAMES, SINCE))))
    stored = {row.name.removeprefix("backup_"): row.value for row in rows}
    blank = Schedule()
    return Schedule(
        every=Every(str(stored.get("every", blank.every))),
        hour=int(cast("int", stored.get("hour", blank.hour))),
        keep=int(cast("int", stored.get("keep", blank.keep))),
        since=datetime.fromisoformat(str(stored["since"])) if "since" in stored else None,
    )


def request_if_due() -> None:
    """Ask for the backup that is due; for a job."""
    schedule, now = current_schedule(), clock.now()
    session.rollback()
    if schedule.every is Every.OFF:
        return
    moment = schedule.last_moment(now)
    if schedule.since is not None and moment < schedule.since:
        return
    with transaction():
        newest = session.scalar(select(func.max(BackupRun.requested_at)).where(BackupRun.is_scheduled))
        if newest is None or newest < moment:
            runs.request(None, is_scheduled=True)


def is_overdue() -> bool:
    """Whether the schedule is on, and no backup has succeeded for two periods."""
    schedule, now = current_schedule(), clock.now()
    if schedule.every is Every.OFF:
        return False
    last = runs.last_run(succeeded=True)
    moments = [moment for moment in (last.finished_at if last else None, schedule.since) if moment]
    return bool(moments) and now - max(moments) > 2 * schedule.period
