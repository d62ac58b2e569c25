"""What staff decided is told without naming anybody, once, and counts like other alerts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.archive import check
from forum.archive.errors import BadArchive
from forum.archive.export import export
from forum.archive.load import load
from forum.infra.database.db import session, transaction
from forum.models import Member, Notification
from forum.notifications import actions, marks
from forum.notifications.queries import rows_of, unseen_count
from forum.threads.actions import reply
from tests.archive.forums import empty_forum
from tests.conftest import log_in
from tests.factories import a_member, a_post, a_thread
from tests.query_plans import full_scans, sqlite_plans

Writing = Callable[[], AbstractContextManager[None]]
TITLE, REASON = "Where the <moon> is", "It has & an advertisement"


def member_named(name: str) -> Member:
    return session.query(Member).filter_by(username=name).one()


@pytest.fixture
def told(writing: Writing) -> int:
    """The id of anna's post, about which she was told; nobody has told ben anything."""
    with writing():
        anna = a_member("anna")
        a_member("ben")
        post = a_post(thread=a_thread(by=anna, title=TITLE), by=anna)
        actions.tell(anna.id, "post-rejected", subject=f"post:{post.id}", details={"title": TITLE, "reason": REASON})
        return post.id


def test_the_list_says_what_happened_where_and_why_and_leads_there(app: Flask, client: FlaskClient, told: int) -> None:
    log_in(client, "anna")
    assert client.get("/api/v1/me").get_json()["unseen_notifications"] == 1
    page = client.get("/notifications").text
    assert "A moderator did not approve your post in" in page
    assert "Where the &lt;moon&gt; is" in page
    assert "It has &amp; an advertisement" in page
    assert f'href="/posts/{told}"' in page
    assert client.get("/api/v1/me").get_json()["unseen_notifications"] == 0
    other = app.test_client()
    log_in(other, "ben")
    assert "did not approve" not in other.get("/notifications").text


def test_a_retry_tells_nothing_again_but_another_kind_or_subject_does(app: Flask, writing: Writing, told: int) -> None:
    with writing():
        anna = member_named("anna")
        actions.tell(anna.id, "post-rejected", subject=f"post:{told}", details={"reason": "changed"})
        assert anna.unseen_notifications == 1
        actions.tell(anna.id, "post-approved", subject=f"post:{told}")
        actions.tell(anna.id, "post-rejected", subject=f"post:{told + 1}")
        session.expire(anna)
        assert (anna.unseen_notifications, unseen_count(anna)) == (3, 3)
        assert list(check.check()) == []


def test_alerts_about_posts_stay_beside_them(client: FlaskClient, writing: Writing, told: int) -> None:
    with writing():
        ben = member_named("ben")
        thread = a_thread(by=member_named("anna"))
        reply(ben, thread, body="Yes.")
        actions.tell(member_named("anna").id, "unknown-kind", subject="moon:1", actor_id=ben.id)
        kinds = [row.newest.kind for row in rows_of(member_named("anna"))[0]]
    assert kinds == ["unknown-kind", "reply", "post-rejected"]
    log_in(client, "anna")
    page = client.get("/notifications").text
    assert page.count("notification-row unread") == 3
    assert page.count("ben") == 1, "the actor of what staff did is not named"
    client.post("/notifications/mark-read", data={"csrf_token": csrf(page)})
    assert "notification-row unread" not in client.get("/notifications").text


def csrf(page: str) -> str:
    return page.split('name="csrf_token" value="')[1].split('"', maxsplit=1)[0]


def test_visiting_the_page_of_a_subject_reads_what_was_told_about_it(app: Flask, writing: Writing, told: int) -> None:
    with writing():
        actions.tell(member_named("anna").id, "decision", subject="decision:7")
    with writing():
        marks.mark_subject_read(member_named("anna"), "decision:7")
    with app.app_context():
        read = {each.kind: each.read_at for each in session.scalars(select(Notification))}
        assert read["decision"] is not None
        assert read["post-rejected"] is None
        assert member_named("anna").unseen_notifications == 1


def test_who_cannot_log_in_is_told_nothing(app: Flask, writing: Writing) -> None:
    with writing():
        gone = a_member("gone", password_hash=None)
        actions.tell(gone.id, "decision", subject="decision:1")
        actions.tell(999, "decision", subject="decision:1")
        assert session.scalars(select(Notification)).all() == []


def test_archives_keep_what_was_told(app: Flask, told: int, tmp_path: Path) -> None:
    with app.app_context():
        export(tmp_path / "first")
    with empty_forum(tmp_path / "other"):
        load(tmp_path / "first")
        anna = member_named("anna")
        alert = rows_of(anna)[0][0].newest
        assert (alert.kind, alert.subject, alert.details["reason"]) == ("post-rejected", f"post:{told}", REASON)
        assert anna.unseen_notifications == 1


def test_an_alert_with_only_half_of_a_post_is_refused(app: Flask, told: int, tmp_path: Path) -> None:
    with app.app_context():
        export(tmp_path / "first")
    file = tmp_path / "first" / "alerts.jsonl"
    file.write_text(file.read_text().replace('"kind"', '"thread":1,"kind"'))
    with empty_forum(tmp_path / "other"), pytest.raises(BadArchive, match="no post None of thread 1"):
        load(tmp_path / "first")


@pytest.mark.sqlite
def test_the_alerts_are_counted_and_listed_by_their_owner(app: Flask, writing: Writing, told: int) -> None:
    with app.app_context(), transaction():
        anna = member_named("anna")
        plans = sqlite_plans(lambda: (unseen_count(anna), rows_of(anna)))
        steps = [step for plan in plans.values() for step in plan]
        assert full_scans(plans) == []
        assert any("ix_notification_member_newest" in step or "ix_notification_unread" in step for step in steps)
