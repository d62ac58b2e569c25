"""Members and admins close accounts, which can be kept for some days, and the job erases them after that."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Thread

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from forum.accounts import erasing
from forum.accounts.closing import GRACE, close_for_member, close_own, reopen_for_member
from forum.accounts.merging import start_merge
from forum.admin.members.renames import rename
from forum.admin.rules import OPERATOR
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.errors import Conflict, Forbidden
from forum.members import queries, roles, sanctions
from forum.members.credentials import api_tokens
from forum.members.signup import invitations
from forum.models import AccountErasure, LogEntry, Mail, Member, Role
from tests.admin.pages import member
from tests.auth.codes import code, give_password, protect
from tests.cli.commands import forum, refusal, rows
from tests.conftest import log_in, token_in
from tests.factories import PASSWORD, a_member, a_post, a_thread
from tests.middleware.guests import Writing


@pytest.fixture
def people(writing: Writing) -> None:
    """An admin, olaf (1), a moderator, mona (2), and anna (3), with a thread in which olaf has replied."""
    with writing():
        olaf, _, anna = a_member("olaf", role="admin"), a_member("mona", role="moderator"), a_member("anna")
        thread = a_thread(by=anna, title="Warm water", body="It is warm.")
        a_post(thread=thread, by=olaf, body="Indeed, @anna.")


def form(client: FlaskClient, page: str, path: str, **fields: str) -> int:
    return client.post(path, data={"csrf_token": token_in(client.get(page).text), **fields}).status_code


def close(client: FlaskClient, **fields: str) -> int:
    return form(client, "/account/delete", "/account/delete", password=PASSWORD, **fields)


def let_the_job_run(app: Flask, *, days: int) -> None:
    with app.app_context():
        with transaction():
            session.execute(update(AccountErasure).values(erase_at=clock.now() + GRACE - timedelta(days=days)))
        while erasing._next_due() is not None:
            erasing.run_pending()


@pytest.mark.usefixtures("people")
def test_a_closed_account_is_logged_out_everywhere_and_hidden(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    other = app.test_client()
    for browser in (client, other):
        log_in(browser, "anna")
    with writing():
        secret = api_tokens.make(member("anna"), name="My script", scopes=["read"])
    assert close(client) == 303
    assert other.get("/account").status_code == 303
    assert other.get("/api/v1/me", headers={"Authorization": f"Bearer {secret}"}).status_code == 401
    profile = other.get("/members/3-anna")
    assert (profile.status_code, "This account was deleted." in profile.text) == (404, True)
    assert "anna" not in other.get("/members").text
    assert "Warm water" in other.get("/whats-new").text
    with app.app_context():
        of_closing = select(Mail.body).where(Mail.subject == "Your account is closed")
        assert "log in before that day" in session.scalars(of_closing).one()


@pytest.mark.usefixtures("people")
def test_logging_in_within_two_weeks_offers_to_keep_the_account(app: Flask, client: FlaskClient) -> None:
    log_in(client, "anna")
    assert close(client) == 303
    let_the_job_run(app, days=13)
    fields = {"username": "anna", "password": PASSWORD, "csrf_token": token_in(client.get("/login").text)}
    refused = client.post("/login", data=fields)
    assert (refused.status_code, 'name="keep"' in refused.text) == (403, True)
    assert client.post("/login", data=fields | {"password": "wrong words here", "keep": "yes"}).status_code == 422
    assert client.post("/login", data=fields | {"keep": "yes"}).status_code == 303
    assert client.get("/account").status_code == 200
    assert client.get("/members/3-anna").status_code == 200
    let_the_job_run(app, days=99)
    with app.app_context():
        assert member("anna").email
        actions = session.scalars(select(LogEntry.action).where(LogEntry.target == "member:3")).all()
        assert [action for action in actions if action.endswith("account")] == ["close-account", "keep-account"]


@pytest.mark.usefixtures("people")
def test_after_two_weeks_the_job_erases_it(app: Flask, client: FlaskClient) -> None:
    log_in(client, "anna")
    close(client)
    let_the_job_run(app, days=15)
    with app.app_context():
        assert session.get_one(Member, 3).username == "Deleted member 3"
        assert session.scalars(select(AccountErasure)).all() == []
    page = client.get("/threads/1-warm-water").text
    assert "Deleted member 3" in page
    assert "anna" not in page.lower()


@pytest.mark.usefixtures("people")
def test_a_wrong_password_and_the_last_admin_close_nothing(app: Flask, client: FlaskClient) -> None:
    log_in(client, "anna")
    assert form(client, "/account/delete", "/account/delete", password="wrong words here") == 422
    assert client.get("/account").status_code == 200
    admin = app.test_client()
    log_in(admin, "olaf")
    assert close(admin) == 403
    assert admin.get("/admin").status_code == 200


@pytest.mark.usefixtures("people")
def test_admins_close_accounts_and_open_them_again(app: Flask, client: FlaskClient) -> None:
    log_in(client, "olaf")
    page = "/admin/members/3/delete"
    assert form(client, page, "/admin/members/3/delete", password="wrong words here") == 422
    assert form(client, page, "/admin/members/3/delete", password=PASSWORD, deletes_posts="yes") == 303
    assert "with its posts on" in client.get("/admin/members/3").text
    anna = app.test_client()
    fields = {"username": "anna", "password": PASSWORD, "keep": "yes", "csrf_token": token_in(anna.get("/login").text)}
    refused = anna.post("/login", data=fields)
    assert (refused.status_code, "closed by the staff" in refused.text) == (403, True)
    assert form(client, page, "/admin/members/3/keep") == 303
    log_in(anna, "anna")

    assert form(client, page, "/admin/members/3/delete", password=PASSWORD, at_once="yes") == 303
    with app.app_context():
        while erasing._next_due() is not None:
            erasing.run_pending()
    assert "The account was deleted." in client.get("/admin/members/3").text
    assert form(client, page, "/admin/members/3/delete", password=PASSWORD) == 409


@pytest.mark.usefixtures("people")
def test_those_who_may_not_change_an_account_cannot_delete_it(app: Flask, client: FlaskClient) -> None:
    log_in(client, "mona")
    assert client.get("/admin/members/3/delete").status_code == 403
    for act in ("delete", "keep"):
        assert form(client, "/account", f"/admin/members/3/{act}", password=PASSWORD) == 403
    with app.app_context():
        assert member("anna").closed_at is None


def test_the_operator_merges_two_accounts(tmp_path: Path) -> None:
    for name in ("anna", "anna2"):
        mail = ("--email", f"{name}@example.org", "--password-stdin")
        forum(tmp_path, "create-member", name, *mail, typed="a long password\n")
    done = forum(tmp_path, "merge-members", "anna2", "anna", "--yes")
    assert done.stdout == "All that belonged to anna2 belongs to anna now.\n", done.stderr
    assert rows(tmp_path, "SELECT name, member_id FROM member_old_name") == [("anna2", 1)]
    assert "Choose another member." in refusal(tmp_path, "merge-members", "anna2", "anna", "--yes")


def test_the_operator_erases_an_account_at_once(tmp_path: Path) -> None:
    forum(tmp_path, "create-member", "anna", "--email", "a@example.org", "--password-stdin", typed="a long password\n")
    done = forum(tmp_path, "erase-member", "anna", "--yes")
    assert done.stdout == "anna is erased; “Deleted member 1” remains.\n", done.stderr
    assert rows(tmp_path, "SELECT username, email FROM member") == [("Deleted member 1", None)]
    assert "There is no member anna." in refusal(tmp_path, "erase-member", "anna", "--yes")


@pytest.mark.usefixtures("people")
def test_a_closed_account_cannot_be_renamed(app: Flask, client: FlaskClient) -> None:
    log_in(client, "anna")
    close(client)
    with app.app_context(), transaction(), pytest.raises(Conflict):
        rename(OPERATOR, member("anna"), "Beatrix")


@pytest.mark.usefixtures("people")
def test_a_closed_name_stays_taken_until_it_is_erased(app: Flask, client: FlaskClient) -> None:
    fields = {"username": "Anna", "email": "new@example.org", "password": PASSWORD}
    log_in(client, "anna")
    close(client)
    fields["csrf_token"] = token_in(client.get("/register").text)
    assert client.post("/register", data=fields).status_code == 422
    let_the_job_run(app, days=15)
    assert client.post("/register", data=fields).status_code == 303


@pytest.mark.usefixtures("people")
def test_with_two_factor_authentication_the_account_is_kept_only_after_the_code(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    with writing():
        secret = protect(member("anna"))
    with writing():
        anna = member("anna")
        close_own(anna, password=PASSWORD, deletes_posts=False, home="")
    give_password(client, "anna", keep="yes")
    with app.app_context():
        assert member("anna").closed_at is not None
    assert form(client, "/login/code", "/login/code", code=code(secret)) == 303
    with app.app_context():
        assert member("anna").closed_at is None
    assert client.get("/account").status_code == 200


def test_invitations_of_a_closed_account_do_not_work(app_in_context: Flask) -> None:
    anna, bert = a_member("anna"), a_member("bert")
    code, other = (invitations.code_of(invitations.create(who)) for who in (anna, bert))
    close_for_member(OPERATOR, anna, at_once=False, deletes_posts=False)
    assert (invitations.find(code), invitations.open_count(anna)) == (None, 0)
    bert.closed_at = clock.now()  # as an import may leave it
    session.flush()
    assert invitations.find(other) is None


def test_an_account_whose_erasure_had_begun_in_an_archive_is_not_opened_again(app_in_context: Flask) -> None:
    anna = a_member("anna")
    close_for_member(OPERATOR, anna, at_once=True, deletes_posts=False)
    erasure = session.get_one(AccountErasure, anna.id)
    erasing._anonymise(erasure, anna)
    assert erasure.step == "", "as after an import"
    reopen_for_member(OPERATOR, anna)
    assert anna.closed_at is not None


LEAVING = {
    "close": lambda member: close_for_member(OPERATOR, member, at_once=True, deletes_posts=False),
    "merge": lambda member: start_merge(OPERATOR, member, queries.member_by_name(f"{member.username}2")),
    "role": lambda member: roles.change_role(None, member, Role.MEMBER),
    "ban": lambda member: sanctions.impose_ban(None, member),
}


@pytest.mark.parametrize("way", LEAVING)
def test_of_two_admins_who_go_at_once_one_stays(
    app: Flask, writing: Writing, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing():
        numbers = [a_member(name, role="admin").id for name in ("olaf", "ole")]
        for name in ("olaf2", "ole2"):
            a_member(name)
    both, ask, refusals = Barrier(2), queries.is_last_admin, list[Forbidden]()

    def answer_together(admin: Member) -> bool:
        answer = ask(admin)
        with suppress(BrokenBarrierError):
            both.wait(timeout=0.4)
        return answer

    def leave(number: int) -> None:
        with app.app_context():
            try:
                with transaction():
                    LEAVING[way](session.get_one(Member, number))
            except Forbidden as error:
                refusals.append(error)

    monkeypatch.setattr(queries, "is_last_admin", answer_together)
    threads = [Thread(target=leave, args=(number,)) for number in numbers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refusals) == 1
