"""StopForumSpam and Akismet are asked by a job, hold but never refuse, and are told of decisions a day later."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from hashlib import md5

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from forum.admin.operation.outside import ServiceChange, change_service
from forum.admin.rules import OPERATOR
from forum.infra import clock
from forum.infra.client_ip import ClientAddress, set_client_address
from forum.infra.database.db import session
from forum.models import LogEntry, Member, OutsideCheck, OutsideService, Post, ReviewItem, SiteSetting
from forum.moderation import queue
from forum.moderation.outside_answers import send_due
from forum.outside import akismet, checks, http_calls, stopforumspam
from forum.threads import actions
from forum.threads.approval.reasons import sentences
from tests.conftest import log_in, token_in
from tests.factories import a_member, a_newcomer, a_thread
from tests.outside.stub_servers import AKISMET_KEY, SFS_KEY, Stub, stub_server

ADDRESS = ClientAddress("203.0.113.9", "A browser")


@pytest.fixture
def stub(app_in_context: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    settings = replace(app_in_context.extensions["forum.settings"], base_url="https://forum.example")
    monkeypatch.setitem(app_in_context.extensions, "forum.settings", settings)
    with stub_server() as server:
        point_at(server, monkeypatch)
        set_client_address(ADDRESS)
        yield server
    set_client_address(ClientAddress())


def point_at(server: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the adapters ask a stub instead of the service."""
    monkeypatch.setattr(stopforumspam, "CHECK_URL", f"{server.url}/api")
    monkeypatch.setattr(stopforumspam, "REPORT_URL", f"{server.url}/add.php")
    monkeypatch.setattr(akismet, "URL", f"{server.url}/1.1/")


def turn_on(name: str, *, holds: bool = False, key: str = "") -> None:
    change_service(OPERATOR, name, ServiceChange(is_on=True, holds=holds, key=key, site_key="site-1"))


def send(*, after: timedelta = timedelta(0)) -> None:
    """Send what is due after a while."""
    due = (OutsideCheck.due_at <= clock.now() + after, OutsideCheck.done_at.is_(None))
    session.execute(update(OutsideCheck).where(*due).values(due_at=clock.now()))
    session.commit()
    send_due()


def why(post: Post) -> list[str]:
    held_for = session.scalars(select(ReviewItem.held_for).where(ReviewItem.post_id == post.id)).one()
    return [str(sentence) for sentence in sentences(held_for)]


def post_by(member: Member, text: str = "My first words in this forum") -> Post:
    post = actions.reply(member, a_thread(), body=text)
    session.commit()
    return post


def is_held(post: Post) -> bool:
    return bool(session.get_one(Post, post.id, populate_existing=True).is_held)


def test_nothing_is_asked_unless_an_admin_turns_it_on(stub: Stub) -> None:
    newcomer = a_newcomer()
    checks.ask_about_member(newcomer)
    post_by(newcomer)
    send()
    assert stub.received == []


def test_who_registers_is_looked_up_by_hash_and_address_but_not_by_name(stub: Stub) -> None:
    turn_on("stopforumspam")
    newcomer = a_newcomer()
    stub.listed[md5((newcomer.email or "").encode(), usedforsecurity=False).hexdigest()] = {
        "appears": 1,
        "frequency": 12,
        "lastseen": "2026-11-01 10:00:00",
    }
    checks.ask_about_member(newcomer)
    send()
    [(path, fields)] = stub.received
    assert (path, set(fields)) == ("/api", {"f", "confidence", "emailhash", "ip"})
    assert newcomer.email not in fields.values()
    post = post_by(newcomer)
    assert is_held(post)
    assert any("12, 2026-11-01" in sentence and "strong sign" in sentence for sentence in why(post))


@pytest.mark.parametrize(("days", "confidence", "holds"), [(1, 90, True), (60, 99, False), (1, 20, False)])
def test_an_ip_address_counts_if_it_was_seen_lately_and_with_confidence(
    stub: Stub, days: int, confidence: float, holds: bool
) -> None:
    turn_on("stopforumspam")
    seen = (clock.now() - timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S")
    stub.listed["203.0.113.9"] = {"appears": 1, "frequency": 3, "lastseen": seen, "confidence": confidence}
    newcomer = a_newcomer()
    checks.ask_about_member(newcomer)
    send()
    assert is_held(post_by(newcomer)) is holds


def test_akismet_is_asked_about_new_members_posts_and_holds_what_it_calls_spam(stub: Stub) -> None:
    turn_on("akismet", key=AKISMET_KEY)
    stub.spam_words = ("casino",)
    good, bad = post_by(a_newcomer(), "I like this forum"), post_by(a_newcomer(), "Come to our casino")
    known = post_by(a_member(), "A casino was built here")
    send()
    assert [fields["comment_type"] for _, fields in stub.received] == ["reply", "reply"]
    assert [is_held(post) for post in (good, bad, known)] == [False, True, False]
    assert why(bad) == ["Akismet finds that it is spam."]


def test_posts_wait_for_the_answer_only_if_the_setting_says_so(stub: Stub) -> None:
    turn_on("akismet", key=AKISMET_KEY, holds=True)
    stub.spam_words = ("casino",)
    good, bad = post_by(a_newcomer(), "I like this forum"), post_by(a_newcomer(), "Come to our casino")
    assert is_held(good)
    send()
    assert [is_held(good), is_held(bad)] == [False, True]
    assert why(bad) == ["Akismet finds that it is spam."]


def test_a_wrong_answer_is_corrected_a_day_later_with_the_same_fields(stub: Stub) -> None:
    turn_on("akismet", key=AKISMET_KEY)
    moderator, stub.spam_words = a_member(role="moderator"), ("casino",)
    post = post_by(a_newcomer(), "The casino of Monte Carlo is a building by Garnier")
    send()
    queue.decide(moderator, queue.latest_of(moderator, post.id), decision="approve")
    send()
    assert [path for path, _ in stub.received] == ["/1.1/comment-check"]
    send(after=timedelta(hours=25))
    assert [path for path, _ in stub.received] == ["/1.1/comment-check", "/1.1/submit-ham"]
    assert stub.received[0][1] == stub.received[1][1]


def test_a_spammer_is_reported_a_day_later_unless_the_decision_was_undone(stub: Stub) -> None:
    turn_on("stopforumspam", key=SFS_KEY)
    moderator = a_member(role="moderator")
    for undone in (True, False):
        newcomer = a_newcomer()
        session.add(LogEntry(at=clock.now(), actor_id=newcomer.id, action="register", target="", address="203.0.113.9"))
        session.execute(update(Member).where(Member.id == newcomer.id).values(message_count=0))
        post = post_by(newcomer, f"Come to our casino {undone}")
        session.execute(update(Post).where(Post.id == post.id).values(visibility=1))
        session.refresh(post)
        checks_before = len(stub.received)
        _decide_as_spam(moderator, post)
        if undone:
            queue.reopen(moderator, queue.latest_of(moderator, post.id))
        send(after=timedelta(hours=25))
        sent = [path for path, _ in stub.received[checks_before:]]
        assert sent == ([] if undone else ["/add.php"])


def _decide_as_spam(moderator: Member, post: Post) -> None:
    session.add(
        ReviewItem(kind="held-post", post_id=post.id, member_id=post.author_id, opened_at=clock.now(), held_for="")
    )
    session.flush()
    queue.decide(moderator, queue.latest_of(moderator, post.id), decision="spam")


@pytest.mark.parametrize(("fault", "told"), [("redirect", "302"), ("long", "too long"), ("slow", "no answer")])
def test_a_faulty_service_delays_nobody_and_is_asked_again(
    stub: Stub, fault: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(akismet, "SECONDS", 1.5)
    turn_on("akismet", key=AKISMET_KEY)
    stub.fault = fault
    post = post_by(a_newcomer())
    began = time.monotonic()
    send()
    assert time.monotonic() - began < 10
    assert not is_held(post)
    assert told in session.get_one(OutsideService, "akismet").failure
    assert len(stub.received) == 1
    stub.fault = ""
    monkeypatch.setattr(akismet, "SECONDS", 30.0)  # on a busy machine a quick answer takes a while, too
    send(after=timedelta(minutes=2))
    assert len(stub.received) == 2
    assert session.scalars(select(OutsideCheck.result)).all() == ["ham"]
    assert session.get_one(OutsideService, "akismet").failure == ""


def test_a_service_that_is_away_fails_at_once(stub: Stub) -> None:
    stub.released.set()
    with pytest.raises(http_calls.Unavailable):
        http_calls.post_form("http://127.0.0.1:9/api", {"a": "b"}, seconds=2)


def test_an_unknown_field_is_refused_by_the_stub_and_told(stub: Stub) -> None:
    assert stub.url
    with pytest.raises(http_calls.Unavailable, match="colour"):
        akismet.is_spam({"blog": "https://forum.example", "user_ip": "::1", "colour": "red"}, key=AKISMET_KEY)


def test_admins_turn_a_service_on_and_never_see_the_key_again(
    client: FlaskClient, writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        a_member("ada", role="admin")
        a_member("mona", role="moderator")
    log_in(client, "ada")
    page = client.get("/admin/spam").get_data(as_text=True)
    sent = {"csrf_token": token_in(page), "name": "stopforumspam", "is_on": "yes", "key": "my-secret-key"}
    assert client.post("/admin/spam", data=sent).status_code == 303
    shown = client.get("/admin/spam").get_data(as_text=True)
    assert "A key is stored." in shown
    assert "my-secret-key" not in shown + client.get("/moderation/log").get_data(as_text=True)
    assert "stopforumspam.com" in client.get("/privacy").get_data(as_text=True)
    missing = client.post("/admin/spam", data={"csrf_token": token_in(page), "name": "akismet", "is_on": "yes"})
    assert (missing.status_code, "Enter the key" in missing.get_data(as_text=True)) == (422, True)
    with client.application.app_context():
        assert session.get_one(OutsideService, "stopforumspam").secret == "my-secret-key"
        assert "my-secret-key" not in str([row.value for row in session.scalars(select(SiteSetting))])
    client.post("/logout", data={"csrf_token": token_in(shown)})
    log_in(client, "mona")
    assert client.get("/admin/spam").status_code == 403
