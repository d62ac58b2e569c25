"""Digests are due once on each day of the member's calendar, at their hour."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from forum.digests.times import is_weekly_due, next_moment, zone_names
from forum.infra.database.db import transaction
from forum.infra.text.time_zones import zone_of
from forum.models import Digest
from forum.site.actions import set_value
from forum.site.queries import invalidate

pytestmark = pytest.mark.usefixtures("app_in_context")
MAX_SPREAD = timedelta(hours=1)


def a_digest(*, hour: int = 8, zone: str = "", weekday: int | None = None, member_id: int = 7) -> Digest:
    return Digest(member_id=member_id, hour=hour, time_zone=zone, weekday=weekday)


def moments(digest: Digest, first: datetime, number: int, *, is_daily: bool = True) -> list[datetime]:
    """The next moments after a time, each as a job plans it once the one before was due."""
    found = [first]
    for _ in range(number):
        found.append(next_moment(digest, found[-1], is_daily=is_daily))
    return found[1:]


@pytest.mark.parametrize(
    ("zone", "around"),
    [
        ("Europe/Berlin", datetime(2027, 3, 27, 20, tzinfo=UTC)),  # a day of 23 hours follows
        ("Europe/Berlin", datetime(2027, 10, 30, 20, tzinfo=UTC)),  # of 25
        ("America/New_York", datetime(2027, 3, 13, 20, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2027, 4, 3, 0, tzinfo=UTC)),  # of 24 hours and a half
        ("America/Santiago", datetime(2027, 9, 4, 0, tzinfo=UTC)),  # its first hour does not occur
    ],
)
def test_on_days_of_23_and_25_hours_a_digest_is_due_once(zone: str, around: datetime) -> None:
    for hour in range(24):
        _due_once(zone, around, hour)


def _due_once(zone: str, around: datetime, hour: int) -> None:
    due = moments(a_digest(hour=hour, zone=zone), around, 4)
    days = [moment.astimezone(ZoneInfo(zone)).date() for moment in due]
    assert [(later - earlier).days for earlier, later in pairwise(days)] == [1, 1, 1]
    gaps = 0
    for moment in due:
        local = moment.astimezone(ZoneInfo(zone))
        gaps += local.hour != hour
    assert gaps <= 1, "an hour that does not occur is replaced by the next"


@given(
    zone=st.sampled_from(zone_names()),
    hour=st.integers(0, 23),
    weekday=st.integers(0, 6),
    member_id=st.integers(1, 10**6),
    start=st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds
)
def test_weekly_digests_come_once_in_seven_days(
    zone: str, hour: int, weekday: int, member_id: int, start: datetime
) -> None:
    digest = a_digest(hour=hour, zone=zone, weekday=weekday, member_id=member_id)
    due = moments(digest, start, 3, is_daily=False)
    local = [moment.astimezone(zone_of(zone)) for moment in due]
    assert {moment.weekday() for moment in local} == {weekday}
    assert [(later.date() - earlier.date()).days for earlier, later in pairwise(local)] == [7, 7]
    assert start < due[0] <= start + timedelta(days=8)


def test_members_with_the_same_hour_are_spread_over_it() -> None:
    noon = datetime(2027, 1, 1, 12, tzinfo=UTC)
    due = [next_moment(a_digest(member_id=number), noon, is_daily=True) for number in range(1, 3601)]
    begin = datetime(2027, 1, 2, 8, tzinfo=UTC)
    assert all(begin <= moment < begin + MAX_SPREAD for moment in due)
    by_minute = [sum(moment.minute == minute for moment in due) for minute in range(60)]
    assert max(by_minute) <= 90


def test_without_a_choice_the_forums_time_zone_counts(app: Flask) -> None:
    noon = datetime(2027, 1, 1, 12, tzinfo=UTC)
    with transaction():
        set_value("time_zone", "Asia/Tokyo")
    invalidate()
    assert next_moment(a_digest(), noon, is_daily=True).hour == 23
    assert next_moment(a_digest(zone="UTC"), noon, is_daily=True).hour == 8
    assert next_moment(a_digest(zone="Mars/Olympus"), noon, is_daily=True).hour == 23


def test_a_weekly_digest_that_was_missed_is_due_with_the_next_daily_one() -> None:
    monday = datetime(2027, 1, 4, 9, tzinfo=UTC)
    digest = a_digest(weekday=2, zone="UTC")
    assert not is_weekly_due(digest, monday, monday)
    assert not is_weekly_due(digest, monday, monday + timedelta(days=1))
    assert is_weekly_due(digest, monday, monday + timedelta(days=2)), "no job ran until Wednesday"
    assert is_weekly_due(digest, monday + timedelta(days=2), monday + timedelta(days=2))
    assert not is_weekly_due(digest, monday + timedelta(days=3), monday + timedelta(days=3))
