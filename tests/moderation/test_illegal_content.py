"""Notices of illegal content by guests and members: one case, a deadline, an answer, and no leak of what is hidden."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.accounts.erasing import clear_row
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Invalid, TooSoon
from forum.models import IllegalNotice, Mail, Member, NoticedContent, Post, ReviewItem, Thread
from forum.moderation.illegal_content import answers, notices
from forum.moderation.reminders import remind
from forum.moderation.reports import cases, decisions, making
from forum.site.actions import set_value
from forum.threads import actions
from tests.api.conftest import Program
from tests.auth.forms import send as send_form
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_post, a_thread
from tests.middleware.guests import Writing

HOME = "http://forum.test"


def entry(addresses: str, **more: object) -> notices.Entry:
    given: dict[str, object] = {"words": "It copies my book.", "name": "Nora", "email": "nora@example.org"}
    return notices.Entry(addresses=addresses, **(given | {"in_good_faith": True} | more))  # type: ignore[arg-type]


def send(addresses: str, *, by: Member | None = None, **more: object) -> IllegalNotice:
    return notices.find(notices.send(by, entry(addresses, **more), home=HOME, mail_home=HOME))


def mails() -> list[Mail]:
    return list(session.scalars(select(Mail).order_by(Mail.id)))


def decide(item_id: int | None, how: str, answer: str = "It is yours.", deletes: bool = False) -> ReviewItem:
    mona = session.scalars(select(Member).where(Member.role == "moderator")).first() or a_member(role="moderator")
    item = cases.find_report_case(mona, item_id or 0)
    decisions.decide_reports(mona, item, how, answer=answer, deletes=deletes)
    return item


def test_notices_and_reports_of_the_same_content_are_one_case(app_in_context: Flask) -> None:
    thread = a_thread()
    post = a_post(thread=thread)
    report = making.report_post(a_member(), post, kind="illegal")
    first = send(f"{HOME}{thread.path}?page=1#post-2")
    second = send(f"/posts/{post.id}", by=a_member())
    assert {content.item_id for each in (first, second) for content in each.contents} == {report.item_id}
    case = cases.case_of(a_member(role="moderator"), session.get_one(ReviewItem, report.item_id))
    assert [notice.reference for notice in case.notices] == [first.reference, second.reference]
    assert cases.report_counts([report.item]) == {report.item_id: ["illegal"] * 3}
    assert report.item.due_at == first.due_at


def test_addresses_lead_to_posts_threads_and_members_each_once(app_in_context: Flask) -> None:
    thread, anna = a_thread(), a_member()
    post = a_post(thread=thread)
    listed = [thread.path, f"{HOME}/posts/{post.id}", f"forum.test{thread.path}#post-2", anna.path, f"{anna.path}/"]
    notice = send("\n".join(listed))
    items = [session.get_one(ReviewItem, content.item_id) for content in notice.contents]
    first = session.scalars(select(Post.id).where(Post.thread_id == thread.id, Post.position == 1)).one()
    assert sorted((item.post_id or 0, item.member_id) for item in items) == sorted(
        [(0, anna.id), (first, thread.starter_id), (post.id, post.author_id)]
    )


def refusal(addresses: str, by: Member | None = None) -> str:
    with pytest.raises(Invalid) as error:
        send(addresses, by=by)
    assert set(error.value.fields) == {"addresses"}
    return str(error.value.fields["addresses"][0]).replace(addresses, "ADDRESS")


def test_what_is_hidden_and_what_does_not_exist_get_the_same_answer(app_in_context: Flask) -> None:
    admin, reader = a_member(role="admin"), a_member()
    secret = a_thread(board=a_board(audience="admin"), by=admin)
    own_only = a_thread(board=a_board(audience="member"))
    gone, held = a_post(thread=a_thread()), a_post(thread=a_thread())
    actions.delete_post(admin, gone, reason="Rude")
    held.visibility = 1
    session.flush()
    hidden = [secret.path, f"/posts/{gone.id}", f"/posts/{held.id}", f"{gone.thread.path}#post-2", "/threads/999-x"]
    told = {refusal(address) for address in [*hidden, own_only.path, "/posts/9999", "/members/999-x"]}
    told |= {refusal(address, by=reader) for address in hidden}
    told |= {
        refusal(address)
        for address in ("https://evil.example/posts/1", "//[", "/boards/1-x", "nonsense", "ftp://forum.test/posts/1")
    }
    assert len(told) == 1
    assert [*session.scalars(select(ReviewItem)), *session.scalars(select(IllegalNotice))] == []
    assert send(own_only.path, by=reader).contents


def test_what_is_missing_is_said_at_each_field(app_in_context: Flask) -> None:
    path = a_thread().path
    for more, fields in (
        ({"words": " "}, {"words"}),
        ({"words": "x" * 4001}, {"words"}),
        ({"name": "", "email": ""}, {"name", "email"}),
        ({"email": "nonsense"}, {"email"}),
        ({"in_good_faith": False}, {"in_good_faith"}),
    ):
        with pytest.raises(Invalid) as error:
            send(path, **more)
        assert set(error.value.fields) == fields
    with pytest.raises(Invalid):
        send(" ")
    with pytest.raises(Invalid):
        send("\n".join([path] * 11))
    unnamed = send(path, name="", email="", is_about_abuse=True)
    assert (unnamed.name, unnamed.email) == ("", "")
    assert mails() == []


def test_guests_answer_the_forums_question(app_in_context: Flask) -> None:
    path = a_thread().path
    set_value("registration_question", "Which planet?")
    set_value("registration_answers", "Neptune")
    with pytest.raises(Invalid) as error:
        send(path)
    assert set(error.value.fields) == {"answer"}
    assert send(path, answer="neptune").id != send(path, by=a_member()).id


def test_a_question_of_the_list_is_shown_and_accepted(client: FlaskClient, writing: Writing) -> None:
    with writing():
        set_value("more_registration_questions", "Which planet? = Neptune")
        path = a_thread().path
    form = "/contact/illegal-content"
    assert "Which planet?" in client.get(form).text
    typed = {"addresses": path, "words": "Mine.", "name": "Nora", "email": "nora@example.org", "in_good_faith": "yes"}
    assert send_form(client, form, **typed).status_code == 422
    assert send_form(client, form, **typed, answer="neptune").status_code == 303


def test_the_copy_by_mail_has_no_words_of_who_sent_it(app_in_context: Flask) -> None:
    notice = send(a_thread().path, words="Buy pills now", name="Pills", law="pills act")
    (mail,) = mails()
    assert (mail.recipient, notice.reference in mail.subject) == ("nora@example.org", True)
    assert re.search(rf"{HOME}/contact/notices/\S+", mail.body)
    assert "pills" not in mail.body.casefold()


def test_who_sent_it_is_told_the_decision_with_its_reason_once_all_is_decided(app_in_context: Flask) -> None:
    posts = [a_post(thread=a_thread()) for _ in range(2)]
    notice = send("\n".join(f"/posts/{post.id}" for post in posts))
    one, other = (content.item_id for content in notice.contents)
    with pytest.raises(Invalid) as error:
        decide(one, "upheld", answer=" ")
    assert set(error.value.fields) == {"answer"}
    decide(one, "upheld", answer="It is your book.", deletes=True)
    assert (notice.decided_at, len(mails())) == (None, 1)
    decide(other, "dismissed", answer="It is only quoted.")
    session.refresh(notice)
    assert notice.decided_at is not None
    assert notice.was_right
    text = mails()[-1].body
    for words in ("It is your book.", "It is only quoted.", f"/posts/{posts[0].id}", notice.reference, "to a court"):
        assert words in text
    assert not session.get_one(Post, posts[0].id).is_public


def test_moderators_are_reminded_a_day_before_it_is_due_and_see_what_is_overdue(app_in_context: Flask) -> None:
    set_value("remind_hours", 0)
    set_value("notice_hours", 48)
    mona = a_member("mona", role="moderator")
    notice = send(a_thread().path)
    item = session.get_one(ReviewItem, notice.contents[0].item_id)
    session.commit()
    assert remind() == 0
    with clock.frozen_at(clock.now() + timedelta(hours=25)):
        assert [remind(), remind()] == [1, 0]
        assert mails()[-1].recipient == mona.email
        assert not session.get_one(ReviewItem, item.id).is_overdue
    with clock.frozen_at(clock.now() + timedelta(hours=49)):
        assert session.get_one(ReviewItem, item.id).is_overdue


def test_without_a_deadline_nothing_is_due(app_in_context: Flask) -> None:
    set_value("notice_hours", 0)
    notice = send(a_thread().path)
    assert notice.due_at is None
    assert session.get_one(ReviewItem, notice.contents[0].item_id).due_at is None


def test_names_and_addresses_are_forgotten_half_a_year_after_the_decision(app_in_context: Flask) -> None:
    decided, waiting = send(a_thread().path), send(a_thread().path)
    decide(decided.contents[0].item_id, "dismissed")
    with clock.frozen_at(clock.now() + timedelta(days=183)):
        assert answers.forget_notifiers() == 0
    with clock.frozen_at(clock.now() + timedelta(days=185)):
        assert [answers.forget_notifiers(), answers.forget_notifiers()] == [1, 0]
    session.expire_all()
    assert (decided.name, decided.email, decided.words) == ("", "", "It copies my book.")
    assert waiting.email


def test_erasing_an_account_removes_name_and_address_from_its_notices(app_in_context: Flask) -> None:
    anna = a_member("anna")
    notice = send(a_thread().path, by=anna)
    clear_row(anna)
    session.refresh(notice)
    assert (notice.name, notice.email, notice.member_id) == ("", "", anna.id)


def test_the_notice_stays_when_its_content_is_deleted_for_good(app_in_context: Flask) -> None:
    thread = a_thread()
    notice = send(thread.path)
    session.delete(session.scalars(select(Post).where(Post.thread_id == thread.id)).one())
    session.flush()
    session.expire_all()
    assert [content.item_id for content in session.scalars(select(NoticedContent))] == [None]
    assert session.get_one(IllegalNotice, notice.id).words


def test_one_address_sends_a_few_notices_an_hour(app: Flask, app_in_context: Flask) -> None:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], limits=True)
    path = a_thread().path
    for _ in range(5):
        notices.check(None, entry(path), home=HOME)
    with pytest.raises(TooSoon):
        notices.check(None, entry(path), home=HOME)
    notices.check(a_member(), entry(path), home=HOME)


def test_a_guest_sends_a_notice_by_the_form_and_follows_it(client: FlaskClient, app: Flask, writing: Writing) -> None:
    with writing():
        thread = a_thread(title="A copied book")
        path = thread.path
        a_member("mona", role="moderator")
    assert 'href="/contact/illegal-content"' in client.get("/contact").text
    form = "/contact/illegal-content"
    typed = {"addresses": path, "words": "It copies <b>my</b> book.", "name": "Nora", "email": "nora@example.org"}
    refused = send_form(client, form, **typed)
    assert refused.status_code == 422
    assert "It copies &lt;b&gt;my&lt;/b&gt; book." in refused.text
    sent = send_form(client, form, **typed, law="Copyright", in_good_faith="yes")
    assert sent.status_code == 303
    secret = sent.headers["Location"].rpartition("/")[2]
    page = client.get(f"/contact/notices/{secret}")
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("private, no-store", "strict-origin")
    assert "Being looked at" in page.text
    assert "It copies &lt;b&gt;my&lt;/b&gt; book." in page.text
    assert "nora@example.org" not in page.text
    assert client.get("/contact/notices/unknown-secret").status_code == 404
    log_in(client, "mona")
    assert "Illegal content" in client.get("/moderation/reports").text
    case = client.get("/moderation/reports/1").text
    assert "Copyright" in case
    assert "Nora" in case
    assert "nora@example.org" not in case
    assert send_form(client, "/moderation/reports/1/decide", page="/moderation", decision="upheld").status_code == 422
    decided = {"decision": "upheld", "answer": "It is your book.", "deletes": "yes"}
    assert send_form(client, "/moderation/reports/1/decide", page="/moderation", **decided).status_code == 303
    assert "It is your book." in client.get(f"/contact/notices/{secret}").text
    with app.app_context():
        assert session.scalars(select(Thread)).one().is_deleted
    (told,) = Program(client).get("/moderation/reports/1")["notices"]
    assert (told["law"], told["name"], told["words"]) == ("Copyright", "Nora", "It copies <b>my</b> book.")
