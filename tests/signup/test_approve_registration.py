"""Registration by approval: who waits, what they may do meanwhile, and how moderators decide."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum import permissions
from forum.accounts.closing import close_for_member
from forum.admin.rules import OPERATOR
from forum.decisions.actions import Grounds
from forum.infra import clock
from forum.infra.database.db import session, start_writing, transaction
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.infra.settings import Settings as Deployment
from forum.jobs.cleanup import purge_accounts
from forum.members import actions, email_addresses
from forum.members.signup import applications
from forum.members.signup.registration import Entry, forget_unconfirmed, register
from forum.models import Application, Mail, Member, Notification, ReviewItem
from forum.moderation import applicants, deciding, queue
from forum.moderation.open_count import waiting_count
from forum.site.actions import set_value
from tests.admin.pages import error_at, parsed
from tests.api.conftest import MakeProgram
from tests.conftest import log_in, settings_on, token_in
from tests.factories import a_board, a_member, a_thread
from tests.signup.conftest import WORDS, Settings, a_code, named, poster, registration

QUESTION = "Why do you want to join?"


@pytest.fixture
def by_approval(set_up: Settings) -> None:
    set_up(registration="approval", application_question=QUESTION)


def waiting_member(app: Flask, client: FlaskClient, **more: str) -> FlaskClient:
    """A browser of Carl, who has registered and waits."""
    fields = registration(application="I love the moon.") | more
    client.post("/register", data={"csrf_token": token_in(client.get("/register").text), **fields})
    return client


def item_of(name: str) -> ReviewItem:
    """The latest case about an applicant."""
    cases = select(ReviewItem).where(ReviewItem.member_id == named(name).id).order_by(ReviewItem.id.desc())
    return session.scalars(cases.limit(1)).one()


def test_the_form_asks_and_keeps_what_was_typed(client: FlaskClient, by_approval: None) -> None:
    page = client.get("/register").text
    assert QUESTION in page
    token = token_in(page)
    wrong = client.post("/register", data={"csrf_token": token, **registration(), "application": ""})
    assert error_at(wrong, "application")
    wrong = client.post("/register", data={"csrf_token": token, **registration("C", application="I love the moon.")})
    assert "I love the moon." in wrong.text
    assert parsed(wrong).select_one("textarea[name=application]") is not None


def test_moderators_read_what_looked_like_spam(app: Flask, client: FlaskClient, by_approval: None) -> None:
    waiting_member(app, client, subject_line="Filled in by a program")
    with app.app_context():
        path = f"/moderation/queue/{item_of('Carl').id}"
    mona = app.test_client()
    log_in(mona, "mona")
    for page in ("/moderation/queue", path):
        assert "How the account was registered" in mona.get(page).text


def test_who_waits_logs_in_and_reads_as_a_guest_and_no_list_shows_them(
    app: Flask, client: FlaskClient, by_approval: None
) -> None:
    carl = waiting_member(app, client)
    page = carl.get("/threads/1-a-lunar-station")
    assert page.status_code == 200
    assert "Your registration waits for approval" in page.text
    token = token_in(carl.get("/account").text)
    refused = carl.post("/threads/1-a-lunar-station/reply", data={"csrf_token": token, "body": "Let me in"})
    assert refused.status_code == 403
    assert "waits for approval" in refused.text
    with app.app_context():
        member_id = named("Carl").id
        assert permissions.scope_of(named("Carl")) is permissions.scope_of(None)
    guest = app.test_client()
    for path in ("/members", "/members?sort=joined", "/", "/api/v1/members", "/threads/1-a-lunar-station"):
        assert "Carl" not in guest.get(path).text, path
    assert guest.get(f"/members/{member_id}").status_code == 404
    assert carl.get(f"/members/{member_id}").headers["Location"] == "/account/application"
    application = carl.get("/account/application").text
    assert "I love the moon." in application
    assert app.test_client().get("/account/application").status_code in {302, 303, 401}


def test_a_moderator_asks_reads_the_answer_and_approves(app: Flask, client: FlaskClient, by_approval: None) -> None:
    carl, browser = waiting_member(app, client), app.test_client()
    post = poster(browser, "mona")
    assert "1 waiting" in browser.get("/").text
    page = browser.get("/moderation/queue").text
    assert all(part in page for part in ("I love the moon.", "example.org", "Carl"))
    assert "carl@" not in page, "only the domain is a sign"
    with app.app_context():
        item_id = item_of("Carl").id
    path = f"/moderation/queue/{item_id}"
    assert post(path, decision="ask", reason="").status_code == 422
    assert post(path, decision="ask", reason="Who sent you?").status_code == 303
    page = carl.get("/account/application").text
    assert "Who sent you?" in page
    token = token_in(page)
    assert error_at(carl.post("/account/application", data={"csrf_token": token, "reply": " "}), "reply")
    carl.post("/account/application", data={"csrf_token": token, "reply": "My sister Anna."})
    assert "My sister Anna." in browser.get(path).text
    assert post(path, decision="approve").status_code == 303
    assert post(path, decision="approve").status_code == 409
    assert "waits for approval" not in carl.get("/threads/1-a-lunar-station").text
    reply = carl.post("/threads/1-a-lunar-station/reply", data={"csrf_token": token, "body": "Thank you"})
    assert reply.status_code == 303
    assert "Carl" in app.test_client().get("/members").text
    with app.app_context():
        assert session.scalars(select(Application)).all() == []
        assert waiting_count(named("mona")) == 0


def test_who_is_rejected_is_told_why_and_can_be_let_in_after_all(
    app: Flask, client: FlaskClient, by_approval: None
) -> None:
    carl, browser = waiting_member(app, client), app.test_client()
    post = poster(browser, "mona")
    with app.app_context():
        item_id = item_of("Carl").id
    assert post(f"/moderation/queue/{item_id}", decision="reject", reason="We are full").status_code == 303
    with app.app_context():
        mail = session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
        assert mail.recipient == "carl@example.org"
        assert "Reason: We are full" in mail.body
    assert "/login" in carl.get("/account").headers.get("Location", "/login")
    token = token_in(carl.get("/login").text)
    refused = carl.post("/login", data={"csrf_token": token, "username": "Carl", "password": WORDS})
    assert refused.status_code == 403
    assert "We are full" in refused.text
    page = browser.get(f"/moderation/queue/{item_id}").text
    assert "We are full" in page
    assert post(f"/moderation/queue/{item_id}/undo").status_code == 303
    log_in(carl, "Carl", WORDS)
    assert post(f"/moderation/queue/{item_id}", decision="approve").status_code == 303
    assert post(f"/moderation/queue/{item_id}/undo").status_code == 409


def test_rejected_accounts_are_deleted_after_two_weeks(app: Flask, client: FlaskClient, by_approval: None) -> None:
    waiting_member(app, client)
    with app.app_context(), transaction():
        applicants.reject(named("mona"), item_of("Carl"), decision="spam")
        assert session.scalars(select(Mail).where(Mail.subject.contains("not approved"))).all() == []
    for days, left in ((13, 1), (15, 0)):
        with app.app_context(), clock.frozen_at(clock.now() + timedelta(days=days)):
            purge_accounts()
        with app.app_context():
            assert len(session.scalars(select(Member).where(Member.username == "Carl")).all()) == left


def test_an_invitation_takes_the_place_of_approval(app: Flask, client: FlaskClient, by_approval: None) -> None:
    waiting_member(app, client, invitation=a_code(app))
    with app.app_context():
        assert named("Carl").joined_at is not None
        assert session.scalars(select(ReviewItem)).all() == []


def test_only_those_who_may_ban_decide_who_joins(app: Flask, client: FlaskClient, by_approval: None) -> None:
    waiting_member(app, client)
    with app.app_context():
        item = item_of("Carl")
        anna, mona = named("anna"), named("mona")
        assert applicants.find_case(anna, item.id) is None
        with pytest.raises(Forbidden):
            applicants.approve(anna, item)
        with pytest.raises(Forbidden):
            queue.waiting(anna, 1)
        assert [each.id for each in queue.waiting(mona, 1)[0]] == [item.id]
        held = a_thread(by=anna, board=a_board(approval="all"))
        case = session.scalars(select(ReviewItem).where(ReviewItem.member_id == anna.id)).one()
        assert held.is_held
        with pytest.raises(Invalid):
            deciding.decide(mona, case.id, decision="ask", grounds=Grounds("Why?"))


def test_a_program_decides(app: Flask, client: FlaskClient, by_approval: None, program: MakeProgram) -> None:
    waiting_member(app, client)
    mona = program("mona", scopes="read write moderate")
    [item] = mona.get("/moderation/queue")["items"]
    assert (item["kind"], item["username"], item["post"], item["board"]) == ("member", "Carl", None, None)
    expected = {"answer": "I love the moon.", "question": "", "reply": "", "email_domain": "example.org"}
    assert item["application"] == expected
    path = f"/moderation/queue/{item['id']}"
    assert mona.send("POST", path, {"decision": "ask", "reason": "Who?"}, status=200)["decision"] is None
    assert mona.send("POST", path, {"decision": "approve"}, status=200)["decision"] == "approve"
    mona.send("POST", path, {"decision": "reject"}, status=409)
    assert mona.get("/moderation/queue")["items"] == []


def test_the_case_goes_with_the_account(app: Flask, client: FlaskClient, by_approval: None) -> None:
    waiting_member(app, client)
    with app.app_context(), transaction():
        close_for_member(OPERATOR, named("Carl"), at_once=True, deletes_posts=True)
        assert item_of("Carl").decision == "closed"
        assert queue.waiting(named("mona"), 1)[0] == []


def test_an_import_lets_those_wait_again_whom_no_case_is_about(app_in_context: Flask) -> None:
    dora = a_member("dora", joined_at=None, awaits_approval_at=clock.now())
    session.add(Application(member_id=dora.id, answer="Hello"))
    session.flush()
    for _ in range(2):
        applications.open_missing_cases()
    assert [item.member_id for item in session.scalars(select(ReviewItem))] == [dora.id]
    assert session.scalars(select(Notification)).all() == []


class TestWithMail:
    """With mail set up, an account waits once its address is confirmed."""

    @pytest.fixture
    def settings(self, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
        mail = {"FORUM_MAIL_URL": "smtp://127.0.0.1:1", "FORUM_BASE_URL": "http://localhost"}
        return settings_on(tmp_path_factory.mktemp("mail"), **mail)

    def test_it_waits_after_it_is_confirmed_and_is_not_forgotten(self, app_in_context: Flask) -> None:
        set_value("registration", "approval")
        session.commit()
        entry = Entry(application="I love the moon.")
        carl = register(**registration(), home="http://localhost", entry=entry)
        session.commit()
        assert session.scalars(select(ReviewItem)).all() == []
        mail = session.scalars(select(Mail)).one()
        start_writing()
        email_addresses.confirm_email(mail.body.split("/verify/")[1].split()[0])
        session.commit()
        assert carl.joined_at is None
        assert carl.awaits_approval_at is not None
        assert item_of("Carl").decided_at is None
        assert actions.authenticate("Carl", WORDS, home="").id == carl.id
        session.commit()
        with clock.frozen_at(clock.now() + timedelta(days=30)):
            assert forget_unconfirmed() == 0
        mona = a_member("mona", role="moderator")
        applicants.ask(mona, item_of("Carl"), question="Who sent you?")
        applicants.approve(mona, item_of("Carl"))
        assert carl.joined_at is not None
        subjects = [row.subject for row in session.scalars(select(Mail).order_by(Mail.id))]
        assert subjects[1:] == ["A question about your registration", "Welcome: your registration was approved"]
        with pytest.raises(Conflict):
            applicants.reject(mona, item_of("Carl"))

    def test_choosing_a_new_password_does_not_get_around_it(self, app_in_context: Flask) -> None:
        set_value("registration", "approval")
        session.commit()
        carl = register(**registration(), home="http://localhost", entry=Entry())
        session.commit()
        actions.request_reset("Carl", home="http://localhost")
        session.commit()
        mail = session.scalars(select(Mail).order_by(Mail.id.desc()).limit(1)).one()
        secret = mail.body.split("/reset/")[1].split()[0]
        actions.reset_password(secret, new="another good password", home="http://localhost")
        assert carl.joined_at is None
        assert carl.awaits_approval_at is not None
