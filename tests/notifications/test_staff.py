"""Those who may decide are told that something waits, once until they look, and only while it waits."""

from datetime import timedelta

import pytest

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import BuiltInGroup, Channel, Group, Member, MemberTitle, Notification, Thread
from forum.models.moderation.report import DISMISSED
from forum.moderation.reports import decisions
from forum.moderation.reports.cases import find_report_case
from forum.moderation.reports.making import report_post
from forum.notifications import choices, expiry, marks
from forum.notifications.queries import rows_of, unseen_count
from forum.site.actions import bump_version, set_value
from forum.threads.actions import reply
from tests.factories import a_board, a_list, a_member, a_newcomer, a_post, a_thread, an_entry

pytestmark = pytest.mark.usefixtures("app_in_context")


@pytest.fixture
def mona() -> Member:
    return a_member("mona", role="moderator")


@pytest.fixture
def thread() -> Thread:
    return a_thread(by=a_member("anna"), board=a_board("Talk"))


def kinds_told(member: Member) -> list[str]:
    session.expire(member)
    found = [row.newest.kind for row in rows_of(member)[0]]
    assert unseen_count(member) == sum(row.newest.seen_at is None for row in rows_of(member)[0])
    return found


def test_moderators_are_told_of_reports_once_until_they_look(mona: Member, thread: Thread) -> None:
    ben = a_member("ben")
    for _ in range(3):
        report_post(ben, a_post(thread=thread), kind="spam")
    assert kinds_told(mona) == ["reports"]
    assert kinds_told(ben) == []
    marks.mark_subject_read(mona, "reports")
    report_post(ben, a_post(thread=thread), kind="spam")
    assert kinds_told(mona) == ["reports"]
    assert unseen_count(mona) == 1
    assert session.query(Notification).filter_by(member_id=mona.id).count() == 1


def test_it_is_taken_back_when_nothing_is_open_and_returns(mona: Member, thread: Thread) -> None:
    ben, olga = a_member("ben"), a_member("olga", role="admin")
    report = report_post(ben, a_post(thread=thread), kind="spam")
    assert kinds_told(mona) == kinds_told(olga) == ["reports"]
    decisions.decide_reports(olga, find_report_case(olga, report.item_id), DISMISSED)
    assert kinds_told(mona) == []
    decisions.reopen(olga, find_report_case(olga, report.item_id))
    assert kinds_told(mona) == ["reports"]


def test_what_waits_for_approval_is_told_to_those_who_moderate_the_board(mona: Member) -> None:
    set_value("hold_first_posts", 3)
    closed = a_board("Closed")
    thread = a_thread(by=a_member("anna"), board=closed)
    a_list(closed, an_entry(session.get_one(Group, BuiltInGroup.MEMBERS)))
    reply(a_newcomer("nora"), thread, body="My first words here.")
    assert kinds_told(mona) == [], "they do not moderate there"
    reply(a_newcomer("nils"), a_thread(by=a_member("ben")), body="My first words, too.")
    assert kinds_told(mona) == ["queue"]


def test_who_loses_the_right_has_nothing_and_who_does_not_want_it_is_not_told(mona: Member, thread: Thread) -> None:
    olga = a_member("olga", role="admin")
    choices.choose(olga, {"reports": {Channel.SITE: False}})
    report_post(a_member("ben"), a_post(thread=thread), kind="spam")
    assert (kinds_told(mona), kinds_told(olga)) == (["reports"], [])
    mona.role = "member"
    session.flush()
    assert kinds_told(mona) == []


def test_old_notifications_go_in_slices_read_or_not(thread: Thread, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiry, "SLICE_ROWS", 2)
    anna = thread.starter
    for _ in range(5):
        a_post(thread=thread)
    ids = [each.id for each in session.query(Notification).order_by(Notification.id)]
    session.query(Notification).filter(Notification.id.in_(ids[:3])).update(
        {"created_at": clock.now() - timedelta(days=91)}, synchronize_session=False
    )
    while expiry.first_expired() is not None:
        expiry.expire_slice()
    session.expire_all()
    assert [each.id for each in session.query(Notification).order_by(Notification.id)] == ids[3:]
    assert anna.unseen_notifications == 2
    set_value("notification_days", 0)
    assert expiry.first_expired() is None


def test_members_are_told_of_a_title_that_they_reach(thread: Thread) -> None:
    session.add(MemberTitle(title="Regular", min_messages=100))
    bump_version()
    ben = a_member("ben", message_count=98, base_message_count=98)
    for number in range(3):
        reply(ben, thread, body=f"Words, {number}")
        session.refresh(ben)
    titles = [row.newest.details["title"] for row in rows_of(ben)[0] if row.newest.kind == "title"]
    assert titles == ["Regular"]
