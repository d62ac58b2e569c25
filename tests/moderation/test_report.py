"""Members report posts and members; one case for each, and nobody but moderators learns who reported."""

import io
import json
import zipfile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from forum.accounts.own_data import write_own_data
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid, NotFound, NotLoggedIn
from forum.members import sanctions
from forum.models import Member, Report, ReviewItem
from forum.moderation import reviews
from forum.moderation.reports import cases, decisions, making
from forum.threads import actions
from forum.threads.queries import find_post
from tests.conftest import log_in, token_in
from tests.factories import a_ban, a_board, a_group, a_list, a_member, a_post, a_thread, an_entry
from tests.middleware.guests import Writing


def reported(*reporters: Member, about: Member | None = None) -> ReviewItem:
    """The case of a post that some members have reported."""
    post = a_post(thread=a_thread(), by=about or a_member())
    for reporter in reporters:
        item = making.report_post(reporter, post, kind="spam").item
    return item


def test_many_reports_of_a_post_are_one_case_and_a_second_by_the_same_member_replaces_the_first(
    app_in_context: Flask,
) -> None:
    post, anna = a_post(thread=a_thread()), a_member("anna")
    first = making.report_post(anna, post, kind="spam", words="buys my pills")
    again = making.report_post(anna, post, kind="other", words="on second thoughts")
    other = making.report_post(a_member(), post, kind="abuse")
    assert first.id == again.id
    assert (again.kind, again.words) == ("other", "on second thoughts")
    assert other.item_id == first.item_id
    assert session.scalar(select(func.count()).select_from(ReviewItem)) == 1
    assert session.scalar(select(func.count()).select_from(Report)) == 2


def test_reasons_are_checked(app_in_context: Flask) -> None:
    post, anna = a_post(thread=a_thread()), a_member()
    for kind, words, field in (("other", " \n", "words"), ("nonsense", "", "kind"), ("spam", "x" * 1001, "words")):
        with pytest.raises(Invalid) as refused:
            making.report_post(anna, post, kind=kind, words=words)
        assert field in refused.value.fields


def test_who_may_not_report_what(app_in_context: Flask) -> None:
    ben, banned = a_member(), a_member()
    post = a_post(thread=a_thread(), by=ben)
    a_ban(banned)
    with pytest.raises(Forbidden, match="your own"):
        making.report_post(ben, post, kind="spam")
    with pytest.raises(Forbidden, match="banned"):
        making.report_post(banned, post, kind="spam")
    with pytest.raises(Forbidden, match="yourself"):
        making.report_member(ben, ben, kind="spam")
    secret = a_post(
        thread=a_thread(by=a_member(role="admin"), board=a_board(audience="admin")), by=a_member(role="admin")
    )
    with pytest.raises(NotFound):
        making.report_post(ben, secret, kind="spam")
    actions.delete_post(a_member(role="moderator"), post)
    with pytest.raises(NotFound):
        making.report_post(a_member(), post, kind="spam")


def test_the_muted_may_report(app_in_context: Flask) -> None:
    muted = a_member()
    sanctions.impose_mute(None, muted, board_id=None)
    assert reported(muted).decided_at is None


def test_a_decided_report_of_an_unchanged_post_is_not_made_again(app_in_context: Flask) -> None:
    anna, mona, ben = a_member(), a_member(role="moderator"), a_member()
    item = reported(anna, about=ben)
    assert item.post is not None
    decisions.decide_reports(mona, item, "dismissed")
    with pytest.raises(Conflict, match="before"):
        making.report_post(anna, item.post, kind="abuse")
    actions.edit_post(ben, item.post, body="Now really pills.")
    assert making.report_post(anna, item.post, kind="spam").item_id != item.id


def test_only_moderators_of_the_board_see_a_case_and_never_one_about_themselves(app_in_context: Flask) -> None:
    mona, admin, plain = a_member(role="moderator"), a_member(role="admin"), a_member()
    board, friend = a_board(), a_member()
    group = a_group("Keepers", friend)
    a_list(board, an_entry(group, moderates=True))
    own = making.report_post(admin, a_post(thread=a_thread(by=friend, board=board), by=friend), kind="abuse").item
    elsewhere = reported(plain, about=mona)
    of_member = making.report_member(plain, friend, kind="abuse").item
    seen = {
        who.id: {item.id for item in session.scalars(reviews.reviewable(who))} for who in (mona, admin, plain, friend)
    }
    assert seen == {
        mona.id: {of_member.id},
        admin.id: {own.id, elsewhere.id, of_member.id},
        plain.id: set(),
        friend.id: set(),
    }
    for who in (mona, admin, plain, friend):
        for item in (own, elsewhere, of_member):
            assert bool(reviews.may_review(who, item)) == (item.id in seen[who.id])
            if item.id not in seen[who.id]:
                with pytest.raises(NotFound):
                    cases.find_report_case(who, item.id)


def test_a_case_shows_the_text_as_it_was_and_how_often_its_reporters_were_right(app_in_context: Flask) -> None:
    anna, ben, mona = a_member("anna"), a_member("ben"), a_member(role="moderator")
    for decision in ("upheld", "upheld", "dismissed"):
        decisions.decide_reports(mona, reported(anna, about=ben), decision)
    post = a_post(thread=a_thread(), by=ben, body="Buy pills.")
    item = making.report_post(anna, post, kind="spam").item
    actions.edit_post(ben, post, body="Nothing to see.")
    actions.delete_post(mona, post, reason="spam")
    case = cases.case_of(mona, cases.find_report_case(mona, item.id))
    assert case.seen_text == "Buy pills."
    assert [(each.record.right, each.record.decided) for each in case.reports] == [(2, 3)]
    assert len(case.earlier) == 3


def test_the_second_moderator_is_told_that_the_first_has_decided(app_in_context: Flask) -> None:
    item, mona, max_ = reported(a_member()), a_member(role="moderator"), a_member(role="moderator")
    decisions.decide_reports(mona, item, "upheld", answer="Thank you.")
    with pytest.raises(Conflict, match="already"):
        decisions.decide_reports(max_, item, "dismissed")
    decisions.reopen(max_, item)
    assert item.decided_at is None
    assert item.first_decided_at is not None
    decisions.decide_reports(max_, item, "dismissed")
    assert item.decision == "dismissed"


def test_a_case_is_taken_passed_on_and_released(app_in_context: Flask) -> None:
    item, mona, max_ = reported(a_member()), a_member(role="moderator"), a_member(role="moderator")
    decisions.assign(mona, item, mona, seen=0)
    with pytest.raises(Conflict):
        decisions.assign(max_, item, max_, seen=0)
    with pytest.raises(Invalid):
        decisions.assign(mona, item, a_member(), seen=mona.id)
    decisions.assign(mona, item, max_, seen=mona.id)
    assert cases.cases_on_page(max_, "mine", 1)[0] == [item]
    decisions.assign(max_, item, None, seen=max_.id)
    assert item.assignee_id is None


def downloaded(member: Member) -> dict[str, str]:
    """The files of a member's own data."""
    file = io.BytesIO()
    write_own_data(member, file)
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_reports_are_in_the_download_of_who_made_them_and_in_no_other(app: Flask, writing: Writing) -> None:
    with writing():
        anna, ben = a_member("anna"), a_member("ben")
        post = a_post(thread=a_thread(), by=ben)
        making.report_post(anna, post, kind="abuse", words="zqwordsqz")
        making.report_member(anna, ben, kind="abuse", words="zqwordsqz")
        ids = anna.id, ben.id
    with app.app_context():
        mine, theirs = (downloaded(session.get_one(Member, each)) for each in ids)
    assert [row["words"] for row in json.loads(mine["reports.json"])] == ["zqwordsqz"] * 2
    assert "zqwordsqz" not in "".join(theirs.values())
    assert theirs["reports.json"].split() == ["[", "]"]


def test_guests_must_log_in_to_report(client: FlaskClient, writing: Writing) -> None:
    with writing():
        post = a_post(thread=a_thread())
        path, thread = f"/posts/{post.id}/report", post.thread.path
    answer = client.get(path)
    assert answer.status_code in {302, 303, 401}
    assert "/report" not in client.get(thread).text


def test_a_report_goes_from_the_menu_of_a_post_to_a_decision_that_its_member_is_told(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    with writing():
        _, ben = a_member("anna"), a_member("ben")
        a_member("mona", role="moderator")
        thread = a_thread(by=ben)
        post = a_post(thread=thread, by=ben, body="Buy my pills")
        path, profile_path, thread_path = f"/posts/{post.id}/report", ben.path, thread.path
    log_in(client, "anna")
    assert f'href="{path}"' in client.get(thread_path).text
    assert f"{profile_path}/report" in client.get(profile_path).text
    assert "does not learn of it" in client.get(f"{profile_path}/report").text
    form = {"csrf_token": token_in(client.get(path).text), "kind": "other", "words": ""}
    refused = client.post(path, data=form)
    assert refused.status_code == 422
    assert "Say what is wrong." in refused.text
    assert client.post(path, data=form | {"words": "pills again"}).status_code == 303
    assert "pills again" in client.get(path).text
    staff = app.test_client()
    log_in(staff, "mona")
    home = staff.get("/moderation").text
    assert "1 waiting" in home
    item_id = 1
    case = f"/moderation/reports/{item_id}"
    assert case in home
    assert case in staff.get("/moderation/reports").text
    page = staff.get(case).text
    assert "pills again" in page
    assert "Buy my pills" in page
    token = {"csrf_token": token_in(page)}
    assert (
        staff.post(f"/moderation/reports/{item_id}/note", data=token | {"note": "the third this week"}).status_code
        == 303
    )
    assert (
        staff.post(f"/moderation/reports/{item_id}/assign", data=token | {"assignee": "mona", "seen": "0"}).status_code
        == 303
    )
    assert "mona</bdi> is working on it" in staff.get("/moderation/reports?show=mine").text
    decision = token | {"decision": "upheld", "answer": "Thank you, it is gone.", "deletes": "yes", "reason": "spam"}
    assert staff.post(f"/moderation/reports/{item_id}/decide", data=decision).status_code == 303
    assert "the third this week" in staff.get(case).text
    late = staff.post(f"/moderation/reports/{item_id}/decide", data=token | {"decision": "dismissed", "answer": "No"})
    assert late.status_code == 409
    assert "Somebody else has decided this already." in late.text
    assert staff.post(f"/moderation/reports/{item_id}/reopen", data=token).status_code == 303
    assert "Waits for a moderator." in client.get("/account/reports").text
    assert staff.post(f"/moderation/reports/{item_id}/decide", data=decision).status_code == 303
    alerts = client.get("/notifications").text
    assert "A moderator answered your report about" in alerts
    assert "/account/reports?about=1#report-1" in alerts
    told = client.get("/account/reports?about=1").text
    assert "Thank you, it is gone." in told
    assert "mona" not in told
    with app.app_context(), pytest.raises(NotFound):
        find_post(session.scalars(select(Member).where(Member.username == "ben")).one(), 2)
    assert client.get(case).status_code == 403
    assert client.get("/moderation").status_code == 403


def test_a_guest_may_open_none_of_the_pages(client: FlaskClient, app_in_context: Flask) -> None:
    with pytest.raises(NotLoggedIn):
        making.report_member(None, a_member(), kind="spam")  # type: ignore[arg-type]
    for path in ("/moderation", "/moderation/reports", "/moderation/reports/1", "/account/reports"):
        assert client.get(path).status_code in {302, 303, 401}
