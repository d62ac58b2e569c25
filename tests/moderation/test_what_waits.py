"""The moderators' home, the number in their menu, and the mail that reminds them."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from forum.infra import clock
from forum.infra.database.db import db, session
from forum.models import Mail, Member, Post, ReviewItem, ReviewKind
from forum.moderation import open_count, reviews
from forum.moderation.open_count import waiting_count
from forum.moderation.reminders import remind
from forum.moderation.reports import cases, decisions, making
from forum.moderation.statistics.waiting import figures_for
from forum.site.actions import set_value
from tests.conftest import log_in
from tests.factories import a_ban, a_board, a_group, a_list, a_member, a_post, a_thread, an_entry
from tests.middleware.guests import Writing


def a_case(post: Post | None = None, *, hours: int = 0, by: Member | None = None) -> ReviewItem:
    """A reported post, some hours ago."""
    item = making.report_post(by or a_member(), post or a_post(thread=a_thread()), kind="spam").item
    item.opened_at = clock.now() - timedelta(hours=hours)
    session.flush()
    return item


def test_each_moderator_counts_what_they_may_decide(app_in_context: Flask) -> None:
    mona, keeper, plain = a_member(role="moderator"), a_member(), a_member()
    board = a_board()
    a_list(board, an_entry(a_group(None, keeper), moderates=True))
    assert (waiting_count(mona), waiting_count(keeper), waiting_count(plain), waiting_count(None)) == (0, 0, None, None)
    admin = a_member(role="admin")
    a_case(a_post(thread=a_thread(board=board, by=keeper), by=admin), by=a_member(role="admin"))
    item = a_case()
    a_case(a_post(thread=a_thread(), by=mona))
    making.report_member(plain, a_member(), kind="abuse")
    reviews.open_case(ReviewKind.HELD_POST, post=a_post(thread=a_thread()))
    assert (waiting_count(mona), waiting_count(keeper)) == (3, 1)
    for who in (mona, keeper):
        assert figures_for(who).open == waiting_count(who) == len(cases.waiting_on_page(who, 1)[0])
    decisions.decide_reports(mona, item, "upheld")
    assert waiting_count(mona) == 2
    a_ban(keeper)
    assert waiting_count(keeper) is None


def test_the_number_costs_a_statement_a_second_and_others_none(app_in_context: Flask) -> None:
    mona, plain, statements = a_member(role="moderator"), a_member(), list[str]()
    for who in (mona, plain):
        waiting_count(who)  # loads the snapshot and who they are
    open_count.forget_count()
    event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for _ in range(3):
        waiting_count(plain)
    assert statements == []
    for _ in range(3):
        waiting_count(mona)
    assert [text for text in statements if "review_item" not in text] == []
    assert len(statements) == 1


def test_the_home_shows_the_oldest_first_with_who_works_on_it(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    with writing():
        mona = a_member("mona", role="moderator")
        old = a_case(a_post(thread=a_thread(title="An older thread")), hours=30)
        a_case(a_post(thread=a_thread(title="A newer thread")), hours=2)
        secret = a_board("Admins only", audience="admin")
        hidden = a_post(thread=a_thread(board=secret, by=a_member(role="admin")), by=a_member(role="admin"))
        making.report_post(a_member(role="admin"), hidden, kind="spam")
        decisions.assign(mona, cases.find_report_case(mona, old.id), mona)
        decided = a_case(hours=5)
        decisions.decide_reports(mona, cases.find_report_case(mona, decided.id), "upheld")
    log_in(client, "mona")
    page = client.get("/moderation").text
    assert page.index("An older thread") < page.index("A newer thread")
    assert "Admins only" not in page
    assert "mona</bdi> is working on it" in page
    assert re.search(r"Waiting</dt><dd>2<", page)
    assert "5 hours" in page
    assert "2 waiting" in client.get("/").text
    assert client.get("/moderation?page=2").status_code == 404


@pytest.fixture
def reminded(app_in_context: Flask) -> tuple[Member, Member, Member]:
    """A moderator, one of a single board, and one without an address."""
    set_value("remind_hours", 24)
    mona, keeper = a_member("mona", role="moderator"), a_member("keeper")
    nobody = a_member("nobody", role="moderator", email=None, email_key=None)
    a_list(a_board("Kept"), an_entry(a_group(None, keeper), moderates=True))
    return mona, keeper, nobody


def recipients() -> list[str]:
    return sorted(session.scalars(select(Mail.recipient)))


def test_who_may_decide_is_mailed_once_when_something_waits_too_long(reminded: tuple[Member, Member, Member]) -> None:
    mona = reminded[0].email
    item = a_case(hours=23)
    session.commit()
    assert remind() == 0
    item.opened_at -= timedelta(hours=2)
    session.commit()
    assert remind() == 1
    assert remind() == 0
    assert recipients() == [mona]
    a_case(hours=40)
    session.commit()
    assert remind() == 0  # mona was told of another within the last day
    for each in session.scalars(select(ReviewItem).where(ReviewItem.reminded_at.is_not(None))):
        each.reminded_at = clock.now() - timedelta(hours=25)
    session.commit()
    assert remind() == 1
    assert remind() == 0
    assert recipients() == [mona, mona]
    text = session.scalars(select(Mail.body).order_by(Mail.id.desc())).first() or ""
    assert "2 cases wait" in text
    assert "/moderation" in text


def test_nobody_is_mailed_about_a_report_of_themselves_or_if_it_is_turned_off(
    reminded: tuple[Member, Member, Member],
) -> None:
    a_case(a_post(thread=a_thread(), by=reminded[0]), hours=30)
    session.commit()
    assert remind() == 0
    a_case(hours=30)
    set_value("remind_hours", 0)
    session.commit()
    assert remind() == 0
    assert recipients() == []
