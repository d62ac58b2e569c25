"""Statistics: exact counts of closed periods, resumed after a kill, and who sees them."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin.groups.right_actions import set_rights
from forum.admin.jobs.job_actions import run_now
from forum.admin.rules import OPERATOR
from forum.admin.statistics import counting
from forum.admin.statistics.counting import count_periods, counts_between
from forum.admin.statistics.periods import Period
from forum.admin.statistics.queries import MAX_PERIODS, counts_of
from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.models import PeriodCount, Right
from forum.moderation import tools
from forum.reactions.actions import react, withdraw_reaction
from forum.threads import actions
from forum.web.operation.plots import axis_top, bar_plot
from tests.admin.conftest import Send
from tests.admin.pages import error_at, parsed
from tests.conftest import log_in
from tests.factories import a_group, a_member, a_post, a_thread
from tests.middleware.guests import Writing

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday
FIRST = date(2026, 3, 4)


@pytest.fixture
def filled(app_in_context: Flask) -> Iterator[Flask]:
    """Two members and a thread on the first day, posts on it and a week later; deleted and taken back things."""
    with clock.frozen_at(NOON):
        anna, bert, mona = a_member("anna"), a_member("bert"), a_member("mona", role="moderator")
        thread = a_thread(by=anna)
        post = a_post(thread=thread, by=bert)
        react(anna, post, kind="like")
        withdraw_reaction(anna, post)
        react(mona, post, kind="like")
        actions.delete_post(mona, a_post(thread=thread, by=bert), reason="")
    with clock.frozen_at(NOON + timedelta(days=7)):
        a_post(thread=thread, by=bert)
        tools.delete_thread(mona, a_thread(by=bert), reason="")
    session.commit()
    yield app_in_context
    start_writing()


def stored(period: Period) -> dict[tuple[date, str], int]:
    rows = session.scalars(select(PeriodCount).where(PeriodCount.period == period))
    return {(row.start, row.kind): row.count for row in rows}


def count_all() -> None:
    for period in Period:
        assert count_periods(period)


def test_the_first_day_is_counted_as_it_was(filled: Flask) -> None:
    del filled
    expected = {"members": 3, "threads": 1, "posts": 3, "posters": 2, "reactions": 1}
    assert counts_between(FIRST, FIRST + timedelta(days=1)) == expected


def test_every_day_week_and_month_is_counted_from_the_first_to_the_present(filled: Flask) -> None:
    del filled
    with clock.frozen_at(NOON + timedelta(days=30)):
        count_all()
    days, weeks, months = (stored(period) for period in Period)
    assert len({start for start, _ in days}) == 31
    assert sum(number for (_, kind), number in days.items() if kind == "posts") == 5
    assert days[FIRST + timedelta(days=7), "threads"] == 1
    assert weeks[date(2026, 3, 2), "posts"] == 3
    assert (months[date(2026, 3, 1), "posts"], months[date(2026, 3, 1), "posters"]) == (5, 2)  # bert counts once
    assert {start for start, _ in months} == {date(2026, 3, 1), date(2026, 4, 1)}
    for period in Period:
        for (start, kind), number in stored(period).items():
            assert counts_between(start, period.next_start(start))[kind] == number, (period, start, kind)


def test_a_day_that_was_not_over_is_counted_again_and_one_that_was_killed_continues(filled: Flask) -> None:
    del filled
    with clock.frozen_at(NOON + timedelta(days=7, hours=-2)):
        assert count_periods(Period.DAY)
    today = FIRST + timedelta(days=7)
    assert stored(Period.DAY)[today, "posts"] == 2  # the posts of noon are there already: clocks differ
    session.execute(PeriodCount.__table__.delete().where(PeriodCount.start > FIRST))  # type: ignore[attr-defined]
    session.commit()
    with clock.frozen_at(datetime(2026, 3, 12, 0, 1, tzinfo=UTC)):
        for days in (2, 3, 4):  # without time, one more day a run
            assert not count_periods(Period.DAY, until=0)
            assert len({start for start, _ in stored(Period.DAY)}) == days
        assert count_periods(Period.DAY)
        assert max(start for start, _ in stored(Period.DAY)) == today  # until the grace is over
    with clock.frozen_at(datetime(2026, 3, 12, 0, 6, tzinfo=UTC)):
        assert count_periods(Period.DAY)
        assert max(start for start, _ in stored(Period.DAY)) == date(2026, 3, 12)


def test_the_job_rests_once_it_has_reached_the_present_unless_a_recount_is_asked_for(filled: Flask) -> None:
    del filled
    run = counting.counter()
    with clock.frozen_at(NOON + timedelta(days=7)):
        run()
        before = stored(Period.MONTH)
        assert before
        session.execute(PeriodCount.__table__.update().values(count=0))  # type: ignore[attr-defined]
        session.commit()
        run()
        assert set(stored(Period.MONTH).values()) == {0}
        start_writing()
        counting.recount(OPERATOR)
        session.commit()
        run()
        assert stored(Period.MONTH) == before


def test_an_empty_forum_has_no_counts(app_in_context: Flask) -> None:
    del app_in_context
    count_all()
    assert session.scalars(select(PeriodCount)).all() == []


@pytest.mark.parametrize(
    ("first", "asked", "given"),
    [
        (date(2026, 1, 1), Period.DAY, Period.DAY),
        (date(2024, 1, 1), Period.DAY, Period.WEEK),
        (date(2010, 1, 1), Period.DAY, Period.MONTH),
        (date(1, 1, 1), Period.DAY, Period.MONTH),
        (date(2026, 1, 1), Period.MONTH, Period.MONTH),
    ],
)
def test_long_ranges_are_given_in_longer_periods(
    app_in_context: Flask, first: date, asked: Period, given: Period
) -> None:
    del app_in_context
    with clock.frozen_at(NOON):
        counts = counts_of(OPERATOR, first, date(9999, 12, 31), asked)
    assert counts.period == given
    assert len(counts.starts) <= MAX_PERIODS
    assert counts.starts[-1] == given.start_of(NOON.date())


@pytest.mark.parametrize(
    ("most", "top"), [(0, 2), (1, 2), (2, 2), (3, 4), (5, 6), (11, 20), (21, 30), (60, 60), (2001, 3000)]
)
def test_the_axis_ends_at_a_round_number(most: int, top: int) -> None:
    assert axis_top(most) == top


def test_a_bar_is_as_high_as_its_share_of_the_axis() -> None:
    plot = bar_plot([None, 0, 10, 5], ["a", "b", "c", "d"])
    assert [(bar.x, bar.y, bar.height, bar.label) for bar in plot.bars] == [(21, 0, 100, "c"), (31, 50, 50, "d")]


def test_the_page_shows_charts_and_numbers_and_a_file(client: FlaskClient, admin: Send, writing: Writing) -> None:
    assert "Older days are still being counted" in client.get("/admin/statistics").text
    with writing():
        today = a_thread().started_at.date()
    with client.application.app_context():
        count_all()
    page = parsed(client.get("/admin/statistics"))
    assert len(page.select("figure svg[role=img]")) == 5
    assert len(page.select("#posts rect")) == 1
    path = f"/admin/statistics/counts.csv?first={today - timedelta(days=1)}&last={today}&per=day"
    rows = list(csv.DictReader(io.StringIO(client.get(path).text)))
    assert [row["day"] for row in rows] == [str(today - timedelta(days=1)), str(today)]
    assert rows[0]["posts"] == ""
    assert int(rows[1]["posts"]) == 1
    link = page.select_one("a[download]")
    assert link is not None
    assert client.get(str(link["href"])).content_type == "text/csv; charset=utf-8"
    assert "still being counted" not in page.text

    assert admin("/admin/statistics/recount").status_code == 303
    assert "Counted the statistics again" in client.get("/moderation/log").text
    assert "still being counted" in client.get("/admin/statistics").text


def test_wrong_ranges_are_refused_at_the_field(client: FlaskClient, admin: Send) -> None:
    del admin
    answer = client.get("/admin/statistics?first=2026-03-04&last=2026-03-01&per=day")
    assert "not before the first" in error_at(answer, "last")
    assert 'value="2026-03-04"' in answer.text
    assert "YYYY-MM-DD" in error_at(client.get("/admin/statistics?first=yesterday"), "first")
    assert client.get("/admin/statistics/counts.csv?first=yesterday").status_code == 422


def test_a_right_opens_the_page_but_not_the_recount(client: FlaskClient, staff: None, writing: Writing) -> None:
    del staff
    log_in(client, "anna")
    assert client.get("/admin/statistics").status_code == 403
    with writing():
        anna = a_member("carla")
        set_rights(OPERATOR, a_group("Counters", anna), {Right.SEE_STATISTICS})
    other = client.application.test_client()
    log_in(other, "carla")
    assert other.get("/admin/statistics").status_code == 200
    assert 'href="/admin/statistics"' in other.get("/admin").text
    assert "Count everything again" not in other.get("/admin/statistics").text


def test_a_recount_during_a_count_loses_nothing(filled: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    del filled
    real, asked = counts_between, list[date]()

    def recount_meanwhile(start: date, finish: date) -> dict[str, int]:
        if not asked:
            asked.append(start)
            session.rollback()
            start_writing()
            counting.recount(OPERATOR)
            session.commit()
        return real(start, finish)

    with clock.frozen_at(NOON + timedelta(days=9)):
        count_all()
        before = stored(Period.DAY)
        monkeypatch.setattr(counting, "counts_between", recount_meanwhile)
        assert not count_periods(Period.DAY)
        assert count_periods(Period.DAY)
    assert asked == [FIRST + timedelta(days=9)]
    assert stored(Period.DAY) == before


@pytest.mark.parametrize("asked", ["last=0001-01-01", "first=0001-01-01&last=0001-01-02", "first=9999-12-31"])
def test_dates_of_any_year_are_answered(client: FlaskClient, admin: Send, asked: str) -> None:
    del admin
    for path in ("/admin/statistics", "/admin/statistics/counts.csv"):
        assert client.get(f"{path}?{asked}").status_code in {200, 422}


def test_a_run_that_was_asked_for_counts_at_once(filled: Flask) -> None:
    del filled
    run = counting.counter()
    with clock.frozen_at(NOON + timedelta(days=7)):
        run()
        before = stored(Period.MONTH)
        session.execute(PeriodCount.__table__.update().values(count=0))  # type: ignore[attr-defined]
        session.commit()
        for expected in (before, dict.fromkeys(before, 0)):
            if expected == before:
                start_writing()
                run_now(OPERATOR, counting.JOB)
                session.commit()
            run()
            assert stored(Period.MONTH) == expected
            session.execute(PeriodCount.__table__.update().values(count=0))  # type: ignore[attr-defined]
            session.commit()
