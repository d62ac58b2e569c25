"""The figures of the moderators' work, and the transparency report."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session
from forum.members import sanctions
from forum.models import Decision, Member, ReviewItem
from forum.moderation import queue, reviews
from forum.moderation.appeals import deciding, making
from forum.moderation.illegal_content import notices
from forum.moderation.reports import cases, decisions
from forum.moderation.reports.making import report_post
from forum.moderation.statistics import transparency
from forum.moderation.statistics.figures import Span, by_moderator, figures_of
from forum.moderation.statistics.waiting import figures_for
from forum.site.actions import set_value
from forum.threads import actions
from forum.threads.approval.reasons import SPAM
from tests.conftest import log_in
from tests.factories import a_member, a_post, a_thread
from tests.middleware.guests import Writing

START = datetime(2027, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPAN = Span(START - HOUR, START + timedelta(days=30))


def decide_report(mona: Member, how: str, *, opened: datetime, looked: timedelta, hours: int) -> None:
    """A report that mona looks at after a time and decides after some hours."""
    with clock.frozen_at(opened):
        item = report_post(a_member(), a_post(thread=a_thread()), kind="spam").item
    with clock.frozen_at(opened + looked):
        decisions.assign(mona, cases.find_report_case(mona, item.id), mona)
    with clock.frozen_at(opened + hours * HOUR):
        decisions.decide_reports(mona, cases.find_report_case(mona, item.id), how)


def hold_and_decide(mona: Member, how: str, *, found: str = "links") -> None:
    with clock.frozen_at(START):
        set_value("hold_first_posts", 1000)
        post = a_post(thread=a_thread(by=mona), by=a_member())
        item = reviews.newest_case(mona, post.id)
        item.held_for = f"first-posts:1\n{found}:pills"
        set_value("hold_first_posts", 0)
        queue.decide(mona, item, decision=how)


@pytest.fixture
def mona(app_in_context: Flask) -> Member:
    return a_member("mona", role="moderator")


def test_reports_are_counted_by_reason_with_how_long_they_took(mona: Member) -> None:
    for number in range(1, 11):
        how = "upheld" if number > 4 else "dismissed"
        decide_report(mona, how, opened=START, looked=number * timedelta(minutes=6), hours=number)
    decide_report(mona, "upheld", opened=START - timedelta(days=300), looked=HOUR, hours=9)  # before
    figures = figures_of(SPAN)
    assert figures.reports == {"spam": 10}
    assert (figures.opened["report"], figures.of("report"), figures.upheld_rate) == (10, 10, 0.6)
    assert (figures.resolution.median, figures.resolution.p90) == (5.5 * HOUR, 9 * HOUR)
    assert (figures.response.median, figures.response.p90) == (timedelta(minutes=33), timedelta(minutes=54))
    assert by_moderator(SPAN) == [("mona", {"report": 10})]


def test_nothing_has_no_rates_and_no_times(app_in_context: Flask) -> None:
    figures = figures_of(SPAN)
    assert (figures.upheld_rate, figures.reversed_rate, figures.resolution.median, figures.waiting.p90) == (None,) * 4
    assert all(value in ("", 0) for _, _, _, value, _ in transparency.lines(figures))


def test_the_queue_and_what_the_filter_got_wrong_are_counted(mona: Member) -> None:
    for how, found in (("approve", SPAM), ("spam", SPAM), ("spam", SPAM), ("reject", "links"), ("approve", "links")):
        hold_and_decide(mona, how, found=found)
    figures = figures_of(SPAN)
    counted = [figures.of("held-post", way) for way in ("approve", "reject", "spam")]
    assert (figures.opened["held-post"], counted) == (5, [2, 1, 2])
    assert figures.held_by_filter == (3, 1)
    assert figures.decisions == {"post-rejected": 3}


def test_what_reports_hid_wrongly_is_counted(mona: Member) -> None:
    set_value("report_hide_weight", 1)
    for how in ("upheld", "dismissed", "dismissed"):
        decide_report(mona, how, opened=START, looked=HOUR, hours=2)
    assert figures_of(SPAN).hidden_by_reports == (3, 2)


def test_appeals_and_notices_are_counted(mona: Member) -> None:
    maxim = a_member("max", role="moderator")
    with clock.frozen_at(START):
        for how in ("reverse", "uphold", "uphold"):
            post = a_post(thread=a_thread())
            actions.delete_post(mona, post, reason="Rude")
            decision = session.scalars(select(Decision).where(Decision.about_post_id == post.id)).one()
            made = making.appeal(session.get_one(Member, post.author_id), decision, "No.")
            deciding.decide_appeal(maxim, deciding.find_appeal(maxim, made.item_id), how, reason="So.")
        entry = {"words": "Mine.", "name": "N", "email": "n@example.org", "in_good_faith": True}
        sent = [
            notices.find(notices.send(None, notices.Entry(a_thread().path, **entry), home="", mail_home=""))  # type: ignore[arg-type]
            for _ in range(3)
        ]
    for notice, hours, how in ((sent[0], 71, "upheld"), (sent[1], 73, "dismissed")):
        with clock.frozen_at(START + hours * HOUR):
            item = cases.find_report_case(mona, notice.contents[0].item_id or 0)
            decisions.decide_reports(mona, item, how, answer="So.")
    figures = figures_of(SPAN)
    assert (figures.opened["appeal"], figures.of("appeal", "reverse"), figures.of("appeal")) == (3, 1, 3)
    assert figures.notices == (3, 2, 1, 1, 2)
    assert (figures.notice_time.median, figures.notice_time.p90) == (72 * HOUR, 73 * HOUR)
    assert by_moderator(SPAN) == [("max", {"appeal": 3}), ("mona", {"report": 2})]


def test_the_report_of_a_half_year_has_what_happened_in_it(mona: Member) -> None:
    set_value("time_zone", "America/New_York")
    edges = (datetime(2027, 1, 1, 4, 59, tzinfo=UTC), datetime(2027, 1, 1, 5, 1, tzinfo=UTC))
    last = (datetime(2027, 7, 1, 3, 59, tzinfo=UTC), datetime(2027, 7, 1, 4, 1, tzinfo=UTC))
    for moment in (*edges, *last):
        with clock.frozen_at(moment):
            sanctions.ban(mona, a_member(), reason="Rude")
    name, span = transparency.half_year(2027, 1)
    rows = list(csv.DictReader(io.StringIO(transparency.report(name, figures_of(span)))))
    assert {row["period"] for row in rows} == {"2027-H1"}
    bans = [row["value"] for row in rows if (row["article"], row["category"]) == ("24(1)(b)", "ban")]
    assert bans == ["2"]
    assert {row["article"] for row in rows} == {"15(1)(b)", "15(1)(c)", "15(1)(d)", "15(1)(e)", "24(1)(b)"}


def test_the_home_says_how_much_and_how_long_with_appeals_and_deadlines(mona: Member) -> None:
    entry = notices.Entry(a_thread().path, words="Mine.", name="N", email="n@example.org", in_good_faith=True)
    notice = notices.find(notices.send(None, entry, home="", mail_home=""))
    post = a_post(thread=a_thread())
    actions.delete_post(mona, post, reason="Rude")
    making.appeal(session.get_one(Member, post.author_id), session.scalars(select(Decision)).one(), "No.")
    waits = figures_for(mona)
    assert (waits.open, waits.appeals, waits.due) == (2, 1, notice.due_at)
    assert waits.oldest == session.scalars(select(ReviewItem.opened_at).order_by(ReviewItem.id)).first()


def test_moderators_see_the_figures_and_only_admins_names_and_the_report(client: FlaskClient, writing: Writing) -> None:
    with writing():
        mona = a_member("mona", role="moderator")
        a_member("olaf", role="admin")
        a_member("anna")
        item = report_post(a_member(), a_post(thread=a_thread()), kind="spam").item
        decisions.decide_reports(mona, cases.find_report_case(mona, item.id), "upheld")
    log_in(client, "anna")
    assert client.get("/moderation/statistics").status_code == 403
    client.delete_cookie("forum_session")
    log_in(client, "mona")
    page = client.get("/moderation/statistics?days=90").text
    assert "100 %" in page
    assert "Decided by moderator" not in page
    assert client.get("/moderation/statistics/transparency.csv?half=2026-H2").status_code == 403
    client.delete_cookie("forum_session")
    log_in(client, "olaf")
    page = client.get("/moderation/statistics").text
    assert "<bdi>mona</bdi>" in page
    half = f"{clock.now().year}-H{1 if clock.now().month < 7 else 2}"
    assert f'href="/moderation/statistics/transparency.csv?half={half}"' in page
    answer = client.get(f"/moderation/statistics/transparency.csv?half={half}")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert f"{half},15(1)(b),cases of reports and notices decided,upheld,1,cases" in answer.text
    for wrong in ("", "2026", "2026-H3", "9999-H1", "x"):
        assert client.get(f"/moderation/statistics/transparency.csv?half={wrong}").status_code == 404
