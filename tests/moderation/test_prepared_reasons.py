"""Prepared reasons: admins keep them, moderators choose them in every form, members read them with the rule."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import (
    Decision,
    Member,
    MemberWarning,
    Post,
    PreparedReason,
    ReasonFor,
    Report,
    ReviewItem,
    SignupBlock,
    Thread,
    WarningKind,
    WarningThreshold,
)
from forum.moderation.appeals.making import appeal as make_appeal
from forum.moderation.reports.making import report_post
from forum.moderation.warnings import giving
from forum.site.actions import set_value
from forum.threads.actions import delete_post, reply
from tests.conftest import log_in, token_in
from tests.factories import a_member, a_newcomer, a_post, a_prepared_reason, a_thread, a_warning_kind

Writing = Callable[[], AbstractContextManager[None]]
EVERY_ACT = tuple(act.value for act in ReasonFor)


def send(client: FlaskClient, address: str, **fields: object):  # type: ignore[no-untyped-def]
    token = token_in(client.get("/account").text)
    return client.post(address, data={"csrf_token": token} | fields)


@pytest.fixture
def reason(writing: Writing) -> int:
    """A reason for every act; mona moderates."""
    with writing():
        a_member("mona", role="moderator")
        a_prepared_reason("Only answers", "Thanks.", acts=("answer",))
        return a_prepared_reason("Insult", "It is rude.", rule="Be kind", acts=EVERY_ACT).id


def told(app: Flask, kind: str) -> tuple[str, str]:
    """The reason and the rule of the only decision of a kind."""
    with app.app_context():
        decision = session.scalars(select(Decision).where(Decision.kind == kind)).one()
        return decision.reason, decision.rule


def opening(thread: Thread) -> Post:
    return session.scalars(select(Post).where(Post.thread_id == thread.id, Post.position == 1)).one()


def test_every_form_with_a_reason_offers_them(client: FlaskClient, reason: int, writing: Writing) -> None:
    with writing():
        post = a_post(by=a_member("ben"))
        report_post(a_member(), post, kind="spam", words="")
        set_value("hold_first_posts", 5)
        reply(a_newcomer(), a_thread(), body="I wait")
        thread, path = post.thread, post.author.path
        pages = (f"{path}/ban", f"{path}/mute", f"{thread.path}/delete", f"{post.path}/delete", "/moderation/queue")
        case = session.scalars(select(ReviewItem.id).where(ReviewItem.post_id == post.id)).one()
        session.add(WarningKind(title="Rude", points=1))
        edits = (f"{post.path}/edit", f"{thread.path}/title", f"{thread.path}/bans", f"{path}/clean")
        more = (thread.path, f"{post.path}/warn", "/moderation/select?in=new", f"/moderation/reports/{case}")
    log_in(client, "mona")
    for address in (*pages, *edits, *more):
        page = BeautifulSoup(client.get(address, follow_redirects=True).text, "html.parser")
        offered = [option.text for option in page.select('select[name="prepared"] option') if option["value"]]
        assert set(offered) == {"Insult"}, address
    answers = page.select('select[name="prepared_answer"] option[value]')
    assert [option.text for option in answers] == ["None", "Only answers", "Insult"]


def test_a_chosen_reason_and_its_rule_are_told(client: FlaskClient, app: Flask, reason: int, writing: Writing) -> None:
    with writing():
        ben = a_member("ben")
        post, thread, path = a_post(by=ben).path, a_thread(by=ben).path, ben.path
    log_in(client, "mona")
    chosen = {"prepared": reason, "reason": "Really."}
    for kind, address in {
        "post-deleted": f"{post}/delete",
        "thread-deleted": f"{thread}/delete",
        "mute": f"{path}/mute",
        "ban": f"{path}/ban",
    }.items():
        assert send(client, address, **chosen).status_code == 303, kind
        assert told(app, kind) == ("It is rude. Really.", "Be kind"), kind


def test_a_reason_chosen_for_an_edit_is_told_with_its_rule(
    client: FlaskClient, app: Flask, reason: int, writing: Writing
) -> None:
    with writing():
        thread = a_thread(by=a_member("ben"), body="Rude words")
        post, path = opening(thread).path, thread.path
    log_in(client, "mona")
    chosen = {"prepared": reason, "reason": "Really."}
    assert send(client, f"{path}/title", title="A kinder title", **chosen).status_code == 303
    assert told(app, "title-edited") == ("It is rude. Really.", "Be kind")
    long = send(client, f"{post}/edit", body="Kind words", prepared=reason, reason="y" * 195)
    assert (long.status_code, "Together with" in long.text, "Kind words" in long.text) == (422, True, True)
    assert send(client, f"{post}/edit", body="Kind words", **chosen).status_code == 303
    assert told(app, "post-edited") == ("It is rude. Really.", "Be kind")


def test_who_edits_their_own_post_is_asked_for_no_reason(client: FlaskClient, reason: int, writing: Writing) -> None:
    with writing():
        thread = a_thread(by=session.scalars(select(Member).where(Member.username == "mona")).one())
        post, path = opening(thread).path, thread.path
    log_in(client, "mona")
    for address in (f"{post}/edit", f"{path}/title"):
        assert not BeautifulSoup(client.get(address).text, "html.parser").select('[name="reason"], [name="prepared"]')
    assert send(client, f"{post}/edit", body="Better", prepared=reason).status_code == 303


def test_what_is_corrected_and_approved_is_told_with_a_reason(
    client: FlaskClient, app: Flask, reason: int, writing: Writing
) -> None:
    with writing():
        set_value("hold_first_posts", 5)
        waiting = reply(a_newcomer(), a_thread(), body="I wait rudely")
        item = session.scalars(select(ReviewItem.id).where(ReviewItem.post_id == waiting.id)).one()
    log_in(client, "mona")
    assert 'name="prepared"' in client.get(f"/moderation/queue/{item}").text
    fields = {"body": "I wait", "seen_revision": 0, "prepared": reason}
    assert send(client, f"/moderation/queue/{item}/approve", **fields).status_code == 303
    assert told(app, "post-edited") == ("It is rude.", "Be kind")


def test_a_chosen_reason_is_told_by_bulk_acts_and_the_queue(
    client: FlaskClient, app: Flask, reason: int, writing: Writing
) -> None:
    with writing():
        set_value("hold_first_posts", 5)
        waiting = reply(a_newcomer(), a_thread(), body="I wait")
        item = session.scalars(select(ReviewItem.id).where(ReviewItem.post_id == waiting.id)).one()
        thread = a_thread(by=a_member("ben")).id
    log_in(client, "mona")
    assert send(client, f"/moderation/queue/{item}", decision="reject", prepared=reason).status_code == 303
    assert told(app, "post-rejected") == ("It is rude.", "Be kind")
    fields = {f"tick_{thread}": "yes", "act": "delete", "in": "new", "prepared": reason, "submit_key": "k"}
    assert send(client, "/moderation/select", **fields).status_code == 303
    assert told(app, "thread-deleted") == ("It is rude.", "Be kind")


def test_a_report_is_answered_with_a_prepared_answer(
    client: FlaskClient, app: Flask, reason: int, writing: Writing
) -> None:
    with writing():
        post = a_post(by=a_member("ben"))
        report_post(a_member("anna"), post, kind="spam", words="")
        case = session.scalars(select(ReviewItem.id)).one()
    log_in(client, "mona")
    fields = {
        "decision": "upheld",
        "deletes": "yes",
        "prepared": reason,
        "prepared_answer": reason,
    }
    assert send(client, f"/moderation/reports/{case}/decide", **fields, answer="See you").status_code == 303
    assert told(app, "post-deleted") == ("It is rude.", "Be kind")
    with app.app_context():
        assert session.scalars(select(ReviewItem.answer)).one() == "It is rude.\nSee you"
        assert session.scalars(select(Report.id)).all()


def test_a_reason_that_is_too_long_or_gone_is_refused_at_its_field(
    client: FlaskClient, reason: int, writing: Writing
) -> None:
    with writing():
        post, thread = a_post(by=a_member()).path, a_thread().path
    log_in(client, "mona")
    for path in (post, thread):
        long = send(client, f"{path}/delete", prepared=reason, reason="y" * 195)
        assert (long.status_code, "Together with" in long.text, "y" * 195 in long.text) == (422, True, True)
        gone = send(client, f"{path}/delete", prepared=999, reason="kept")
        assert (gone.status_code, "no longer offered" in gone.text, "kept" in gone.text) == (422, True, True)


def test_admins_keep_reasons_kinds_of_warnings_and_thresholds(
    client: FlaskClient, app: Flask, writing: Writing
) -> None:
    with writing():
        a_member("olaf", role="admin")
    log_in(client, "olaf")
    given = {"title": "Spam", "text": "It advertises.", "rule": "No ads", "for_delete": "yes", "for_ban": "yes"}
    assert send(client, "/admin/reasons/new", **given).status_code == 303
    nothing = send(client, "/admin/reasons/new", title="Empty", text="Words")
    assert (nothing.status_code, "Tick at least one act" in nothing.text) == (422, True)
    send(client, "/admin/reasons/new", title="Other", text="Words", for_warn="yes")
    send(client, "/admin/reasons/2/up")
    with app.app_context():
        rows = session.scalars(select(PreparedReason).order_by(PreparedReason.order)).all()
        assert [(row.title, row.for_delete, row.for_warn, row.for_ban) for row in rows] == [
            ("Other", False, True, False),
            ("Spam", True, False, True),
        ]
    seen = BeautifulSoup(client.get("/admin/reasons/2").text, "html.parser").select_one('input[name="seen"]')
    assert seen is not None
    send(client, "/admin/reasons/2", title="Other", text="New words", for_mute="yes", seen=seen["value"])
    send(client, "/admin/reasons/1/delete")
    kind = {"title": "Rude", "points": "3", "days": "", "text": "Be kind.", "is_active": "yes"}
    assert send(client, "/admin/warnings/new", **kind).status_code == 303
    assert send(client, "/admin/warnings/new", **kind | {"title": "Odd", "points": "1001"}).status_code == 422
    assert send(client, "/admin/thresholds/new", points="3", act="mute", days="7").status_code == 303
    assert send(client, "/admin/thresholds/new", points="3", act="ban", days="").status_code == 422
    assert send(client, "/admin/thresholds/new", points="4", act="shout", days="").status_code == 422
    seen = BeautifulSoup(client.get("/admin/warnings/1").text, "html.parser").select_one('input[name="seen"]')
    assert seen is not None
    unticked = {name: value for name, value in kind.items() if name != "is_active"}
    send(client, "/admin/warnings/1", **unticked, seen=seen["value"])
    for page in ("reasons", "warnings", "thresholds"):
        assert client.get(f"/admin/{page}").status_code == 200
        assert client.get(f"/admin/{page}/new").status_code == 200
    assert "From 3 points" in client.get("/admin/thresholds").text
    with app.app_context():
        left = session.scalars(select(PreparedReason)).one()
        assert (left.title, left.text, left.for_warn, left.for_mute) == ("Other", "New words", False, True)
        assert [(row.days, row.is_active) for row in session.scalars(select(WarningKind))] == [(None, False)]
        assert [(row.act, row.days) for row in session.scalars(select(WarningThreshold))] == [("mute", 7)]


def test_a_chosen_reason_is_the_answer_to_an_appeal(
    client: FlaskClient, app: Flask, reason: int, writing: Writing
) -> None:
    with writing():
        ben, other = a_member("ben"), a_member(role="moderator")
        thread = a_thread()
        delete_post(other, a_post(thread=thread, by=ben), reason="Rude")
        item = make_appeal(ben, session.scalars(select(Decision)).one(), "No.").item_id
    log_in(client, "mona")
    address = f"/moderation/appeals/{item}"
    page = BeautifulSoup(client.get(address).text, "html.parser")
    assert [option.text for option in page.select('[name="prepared_reason"] option')] == ["None", "Insult"]
    long = send(client, f"{address}/decide", decision="uphold", prepared_reason=reason, reason="y" * 995)
    assert (long.status_code, "this is too long" in long.text) == (422, True)
    assert send(client, f"{address}/decide", decision="uphold", prepared_reason=reason).status_code == 303
    with app.app_context():
        assert session.get_one(ReviewItem, item).answer == "It is rude."


def test_a_chosen_reason_is_that_of_a_block_and_of_a_withdrawal(
    client: FlaskClient, app: Flask, reason: int, writing: Writing
) -> None:
    with writing():
        mona = session.scalars(select(Member).where(Member.username == "mona")).one()
        warning = giving.warn(mona, a_member("ben"), a_warning_kind())
        withdrawal = f"{warning.member.path}/warnings/{warning.id}/withdraw"
    log_in(client, "mona")
    chosen = {"prepared": reason, "reason": "Really."}
    block = {"value": "spam.example", "stops": "register", "until": ""}
    assert send(client, "/moderation/bans", **block, **chosen).status_code == 303
    assert send(client, withdrawal, **chosen).status_code == 303
    with app.app_context():
        assert session.scalars(select(SignupBlock.reason)).one() == "It is rude. Really."
        assert session.scalars(select(MemberWarning.withdraw_reason)).one() == "It is rude. Really."
