"""When digests are due: once on a day of the member's calendar, at their hour, also if that day has 23 or 25 hours."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cache
from zoneinfo import available_timezones

from forum.digests.rules import DAY
from forum.infra.text.time_zones import zone_of
from forum.models import Digest
from forum.site.queries import snapshot

HOUR_SECONDS = 3600
_SPREAD = 2654435761  # Knuth's multiplicative hash: members with ids in a row are spread over the hour


def zone_for(digest: Digest) -> tzinfo:
    """The member's time zone; the forum's without a choice, or if this system does not know it."""
    return zone_of(digest.time_zone) or snapshot().zone


def weekday_of(digest: Digest) -> int:
    """The weekday of weekly digests; without a choice they are spread over the week."""
    return digest.member_id % 7 if digest.weekday is None else digest.weekday


def moment_on(day: date, digest: Digest) -> datetime:
    """When a digest is due on a day: within the hour, as all members are spread over it.

    Of an hour that occurs twice it is the first, for one that does not occur it is the next.
    """
    begin = datetime.combine(day, time(digest.hour), zone_for(digest))
    return begin.astimezone(UTC) + timedelta(seconds=digest.member_id * _SPREAD % HOUR_SECONDS)


def next_moment(digest: Digest, after: datetime, *, is_daily: bool) -> datetime:
    """The first moment after another at which a digest is due."""
    day = after.astimezone(zone_for(digest)).date() - DAY
    while True:
        if is_daily or day.weekday() == weekday_of(digest):
            moment = moment_on(day, digest)
            if moment > after:
                return moment
        day += DAY


def is_weekly_due(digest: Digest, due: datetime, now: datetime) -> bool:
    """Whether the weekly digest is due, too: on its weekday, or if that day passed since while no job ran."""
    zone = zone_for(digest)
    day, last = due.astimezone(zone).date(), now.astimezone(zone).date()
    return (weekday_of(digest) - day.weekday()) % 7 <= (last - day).days


@cache
def zone_names() -> tuple[str, ...]:
    """The names of time zones that this system knows, as members choose them."""
    return ("UTC", *sorted(name for name in available_timezones() if "/" in name and not name.startswith("Etc/")))
