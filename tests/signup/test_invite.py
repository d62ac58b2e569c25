"""Invitations: who creates how many, where their links are seen, what they are worth, and who invited whom."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.errors import Conflict, Forbidden, ForumError, Invalid
from forum.infra.settings import Settings as Deployment
from forum.members import sanctions
from forum.members.signup import invitations
from forum.members.signup.registration import Entry, forget_unconfirmed, register
from forum.models import Invitation, Mail, MailToken, Member
from tests.admin.pages import parsed
from tests.api.conftest import MakeProgram
from tests.auth.forms import is_logged_in, send
from tests.conftest import log_in, settings_on
from tests.middleware.guests import Writing, statements
from tests.signup.conftest import ANNA, Settings, a_code, named, poster, registration, stored

LINK = re.compile(r"http://localhost/register\?invitation=[\w-]{32}")


def test_a_member_creates_copies_and_revokes_an_invitation(app: Flask, client: FlaskClient, people: None) -> None:
    post = poster(client, "anna")
    assert "You have not invited anybody yet." in client.get("/account/invitations").text
    post("/account/invitations", submit_key="k1")
    post("/account/invitations", submit_key="k1")  # a double click
    page = client.get("/account/invitations").text
    assert len(LINK.findall(page)) == 1
    assert "You can have 4 more open invitations." in page
    post("/account/invitations/1/revoke")
    assert LINK.search(client.get("/account/invitations").text) is None
    assert stored(app) == [("revoked", "anna", None)]
    assert poster(app.test_client(), "mona")("/account/invitations/1/revoke").status_code == 404


def test_members_have_a_few_open_invitations_and_staff_any_number(set_up: Settings, app: Flask) -> None:
    set_up(invitations_per_member=2)
    with app.app_context(), transaction():
        anna, mona = named("anna"), named("mona")
        for _ in range(2):
            invitations.invite(anna)
        with pytest.raises(Conflict, match="2 open invitations"):
            invitations.invite(anna)
        invitations.revoke(anna, 1)
        invitations.invite(anna)
        for _ in range(3):
            invitations.invite(mona)
    set_up(invitations_per_member=0)
    with app.app_context(), transaction():
        with pytest.raises(Forbidden, match="Only staff"):
            invitations.invite(named("anna"))
        invitations.invite(named("mona"))
    set_up(registration="closed")
    with app.app_context(), transaction(), pytest.raises(Forbidden, match="closed"):
        invitations.invite(named("mona"))


def at_once(app: Flask, *acts: Callable[[], object]) -> list[str]:
    """What happens if acts begin at the same moment, each in a thread and a transaction: ok, or the error's name."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        with app.app_context():
            barrier.wait(20)
            try:
                act()
                session.commit()
            except ForumError as error:
                session.rollback()
                return type(error).__name__
            finally:
                session.remove()
        return "ok"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_one_invitation_is_one_account_also_for_two_at_once(app: Flask, set_up: Settings) -> None:
    set_up(registration="invitation")
    code = a_code(app)

    def join(name: str) -> Callable[[], object]:
        return lambda: register(**registration(name), home="", entry=Entry(invitation=code))

    assert at_once(app, *map(join, ("Carl", "Dora", "Eva"))) == ["Invalid", "Invalid", "ok"]
    with app.app_context():
        assert session.scalar(select(func.count()).select_from(Member)) == 4
    assert [row[:2] for row in stored(app)] == [("used", "anna")]


def test_two_at_once_do_not_exceed_the_limit(app: Flask, set_up: Settings) -> None:
    set_up(invitations_per_member=1)

    def invite() -> None:
        with transaction():
            invitations.invite(named("anna"))

    assert at_once(app, invite, invite, invite) == ["Conflict", "Conflict", "ok"]


def test_a_code_that_is_not_ours_costs_no_statement(app: Flask, client: FlaskClient, people: None) -> None:
    client.get("/register")
    with statements(app) as without:
        client.get("/register")
    with statements(app) as foreign:
        client.get(f"/register?invitation={'x' * 32}")
    assert len(foreign) == len(without)


@pytest.mark.parametrize("cause", ["expired", "banned"])
def test_an_invitation_ends_after_thirty_days_and_with_its_inviters_ban(app: Flask, people: None, cause: str) -> None:
    code = a_code(app)
    with app.app_context(), transaction():
        if cause == "expired":
            session.execute(update(Invitation).values(expires_at=clock.now() - timedelta(seconds=1)))
        else:
            sanctions.ban(named("olaf"), named("anna"))
    with app.app_context(), pytest.raises(Invalid) as refused:
        register(**registration(), home="", entry=Entry(invitation=code))
    assert refused.value.fields.keys() == {"invitation"}


def test_unused_invitations_are_forgotten_and_used_ones_kept(app: Flask, people: None) -> None:
    used = a_code(app)
    with app.app_context():
        register(**registration(), home="", entry=Entry(invitation=used))
        session.commit()
    a_code(app)
    with app.app_context(), transaction():
        session.execute(update(Invitation).values(expires_at=clock.now() - timedelta(days=31)))
        assert invitations.forget_unused() == 1
    assert stored(app) == [("used", "anna", "Carl")]


def test_the_invited_stay_when_the_inviter_is_deleted(app: Flask, client: FlaskClient, people: None) -> None:
    with app.app_context(), transaction():
        inviter = Member(username="ines", username_key="ines")
        session.add(inviter)
    send(client, "/register", **registration(invitation=a_code(app, "ines")))
    with app.app_context(), transaction():
        session.delete(named("ines"))
    assert stored(app) == [("used", None, "Carl")]


class TestWithMail:
    """With mail set up."""

    @pytest.fixture
    def settings(self, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
        return settings_on(
            tmp_path_factory.mktemp("mail"), FORUM_MAIL_URL="smtp://127.0.0.1:1", FORUM_BASE_URL="http://localhost"
        )

    @pytest.fixture
    def code(self, client: FlaskClient, app: Flask, people: None) -> str:
        """The code that was mailed to Carl."""
        poster(client, "anna")("/account/invitations", email="Carl@example.org")
        page = client.get("/account/invitations").text
        assert "Carl@example.org" in page
        assert LINK.search(page) is None
        with app.app_context():
            mail = session.scalars(select(Mail)).one()
            assert (mail.recipient, mail.subject) == ("Carl@example.org", "An invitation to The Test Forum")
            assert "anna invites you to join The Test Forum." in mail.body
            found = LINK.search(mail.body)
        assert found is not None
        return found[0].partition("=")[2]

    def test_who_registers_with_the_address_has_confirmed_it(self, app: Flask, code: str) -> None:
        client = app.test_client()
        assert "example.org" not in client.get(f"/register?invitation={code}").text
        answer = send(client, "/register", **registration(invitation=code))
        assert answer.headers["Location"] == "/"
        assert is_logged_in(client)
        with app.app_context():
            assert named("Carl").email_verified_at is not None
            assert session.scalar(select(Invitation.email)) == ""

    def test_another_address_is_confirmed_as_always_and_gives_the_invitation_back_if_not(
        self, app: Flask, code: str
    ) -> None:
        client = app.test_client()
        answer = send(client, "/register", **registration("Carol", invitation=code))
        assert answer.headers["Location"] == "/register/sent"
        assert stored(app) == [("used", "anna", "Carol")]
        with app.app_context(), transaction():
            session.execute(update(MailToken).values(expires_at=clock.now() - timedelta(seconds=1)))
            assert forget_unconfirmed() == 1
        assert stored(app) == [("open", "anna", None)]


class TestWithLimits:
    """With mail and production rate limits."""

    @pytest.fixture
    def settings(self, tmp_path_factory: pytest.TempPathFactory) -> Deployment:
        return settings_on(
            tmp_path_factory.mktemp("limits"),
            FORUM_LIMITS="on",
            FORUM_MAIL_URL="smtp://127.0.0.1:1",
            FORUM_BASE_URL="http://localhost",
        )

    def test_one_mailbox_gets_three_invitations_a_day_and_a_member_mails_ten(
        self, client: FlaskClient, app: Flask, people: None
    ) -> None:
        post = poster(client, "mona")
        statuses = [post("/account/invitations", email="carl@example.org").status_code for _ in range(11)]
        assert statuses == [303] * 10 + [429]
        with app.app_context():
            assert session.scalar(select(func.count()).select_from(Mail)) == 3


def test_programs_create_list_and_revoke(app: Flask, people: None, program: MakeProgram) -> None:
    anna = program("anna")
    made = anna.send("POST", "/me/invitations", {}, status=201)
    assert LINK.fullmatch(made["url"])
    assert anna.get("/me/invitations")["items"] == [made]
    assert program("anna", scopes="read").ask("POST", "/me/invitations", {}).status_code == 403
    assert program("mona").ask("DELETE", f"/me/invitations/{made['id']}").status_code == 404
    assert anna.ask("DELETE", f"/me/invitations/{made['id']}").status_code == 204
    assert [(row["state"], row["url"]) for row in anna.get("/me/invitations")["items"]] == [("revoked", None)]
    refused = anna.send("POST", "/me/invitations", {"email": "carl@example.org"}, status=422)
    assert refused["errors"].keys() == {"email"}


@pytest.fixture
def tree(app: Flask, people: None, writing: Writing) -> None:
    """Anna has invited Carl, who has invited Dora, who is banned, and has one open invitation."""
    for inviter, name in (("anna", "Carl"), ("Carl", "Dora")):
        code = a_code(app, inviter)
        with app.app_context():
            register(**registration(name), home="", entry=Entry(invitation=code))
            session.commit()
    a_code(app, "Carl")
    with app.app_context(), transaction():
        sanctions.ban(named("olaf"), named("Dora"))


def test_admins_see_who_invited_whom_and_what_became_of_them(client: FlaskClient, app: Flask, tree: None) -> None:
    with app.app_context():
        carl, dora = named("Carl").id, named("Dora").id
    post = poster(client, "olaf")
    rows = parsed(client.get("/admin/invitations")).select("main li > div")
    assert [" ".join(row.text.split()) for row in rows] == [
        "anna 1 member joined",
        "Carl 1 member joined · 1 of them banned · 1 open invitation",
    ]
    page = parsed(client.get(f"/admin/invitations/{dora}"))
    assert [link.text for link in page.select('main a[href^="/admin/invitations/"]')] == ["anna", "Carl"]
    found = parsed(client.get(f"/admin/members?invited_by={ANNA}")).select("main li.admin-row a")
    assert [link.text for link in found] == ["Carl"]
    post(f"/admin/invitations/{carl}/revoke")
    assert [state for state, *_ in stored(app)] == ["used", "used", "revoked"]


def test_only_those_who_manage_members_see_who_invited_somebody(client: FlaskClient, app: Flask, tree: None) -> None:
    with app.app_context():
        path = named("Carl").path
    for name, sees in (("olaf", True), ("mona", False)):
        visitor = app.test_client()
        log_in(visitor, name)
        assert ("Invited by" in visitor.get(path).text) == sees
        assert (visitor.get("/admin/invitations").status_code == 200) == sees
    assert "Invited by" not in client.get(path).text
