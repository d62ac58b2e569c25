"""A renamed member has the new name on every page at once, and keeps the old one for a year."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from forum.admin.members.renames import rename
from forum.admin.rules import OPERATOR
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.errors import Forbidden, Invalid
from forum.members import actions as account_actions
from forum.members import names, queries
from forum.members.signup import registration
from forum.models import LogEntry, Mail, OldName, Post
from forum.threads import actions as threads
from tests.admin.conftest import Send
from tests.admin.pages import error_at, member, seen_in
from tests.api.test_administer import a_token
from tests.conftest import log_in
from tests.factories import PASSWORD, a_member, a_post, a_thread
from tests.middleware.guests import Writing, guest_get, wait_until_visible

PAGE = "/admin/members/3"


@pytest.fixture
def pages(staff: None, writing: Writing) -> list[str]:
    """Pages on which anna's name is shown, once she has started a thread and been quoted."""
    with writing():
        anna = member("anna")
        thread = a_thread(by=anna, title="A long walk")
        post = a_post(thread=thread, by=anna, body="It was cold.")
        a_post(thread=thread, by=member("mona"), body="Well said, @anna.")
        a_post(thread=thread, by=anna, body=f"Nobody but [me](/posts/{post.id}) was there.")
        found = ["/", thread.board.path, thread.path, "/whats-new", "/members"]
    return [*found, "/search?q=author%3Aanna+walk"]


def test_every_page_shows_the_new_name_at_once(app: Flask, client: FlaskClient, pages: list[str], admin: Send) -> None:
    guest = app.test_client()
    for path in pages:
        for answer in (guest_get(guest, path, agent="A robot/1.0"), client.get(path, follow_redirects=True)):
            assert "anna" in answer.text, path

    assert admin("/admin/members/3/name", username="Beatrix", seen=seen_in(client, PAGE)).status_code == 303
    wait_until_visible(app)

    for path in pages:
        for answer in (guest_get(guest, path), client.get(path, follow_redirects=True)):
            shown = answer.text.replace("@anna", "").replace("/members/3-anna", "").replace("author:anna", "")
            assert "Beatrix" in shown, path
            assert ">anna<" not in shown, path
    assert client.get("/members/3-anna").headers["Location"].endswith("/members/3-beatrix")
    assert "Former names" in client.get(PAGE).text
    assert client.get("/api/v1/members/3").json["username"] == "Beatrix"  # type: ignore[index]


def test_the_old_name_logs_in_is_mentioned_and_is_taken(app_in_context: Flask) -> None:
    anna, bert = a_member("anna"), a_member("bert")
    rename(OPERATOR, anna, "Beatrix")
    session.commit()

    assert account_actions.authenticate("anna", PASSWORD, home="") is anna
    assert account_actions.authenticate("beatrix", PASSWORD, home="") is anna
    post = a_post(by=bert, body="Thanks, @anna and @Beatrix.")
    assert session.get_one(Post, post.id).html.count(f'href="/members/{anna.id}-beatrix"') == 2
    assert names.faults_of_new_name("an_na") == [names.NAME_IS_TAKEN]
    with pytest.raises(Invalid):
        registration.register(username="Anna", email="x@example.org", password=PASSWORD, home="")
    with pytest.raises(Invalid):
        rename(OPERATOR, bert, "anna")


def test_a_member_can_have_their_old_name_back(app_in_context: Flask) -> None:
    anna = a_member("anna")
    for name in ("Beatrix", "anna", "Anna"):
        rename(OPERATOR, anna, name)
    assert [old.name for old in queries.old_names_of(anna)] == ["Beatrix"]


def test_after_a_year_the_old_name_is_free(app_in_context: Flask) -> None:
    rename(OPERATOR, a_member("anna"), "Beatrix")
    session.execute(update(OldName).values(until=clock.now() - timedelta(seconds=1)))
    assert queries.member_by_name("anna") is None
    rename(OPERATOR, a_member("carl"), "anna")
    names.forget_old_names()
    assert [row.name for row in session.scalars(select(OldName))] == ["carl"]


def test_names_are_checked_as_at_registration(app_in_context: Flask) -> None:
    anna = a_member("anna")
    for refused in ("x", "two  spaces", "Administrator", "bert"):
        a_member("bert") if refused == "bert" else None
        with pytest.raises(Invalid) as fault:
            rename(OPERATOR, anna, refused)
        assert list(fault.value.fields) == ["username"]
    rename(OPERATOR, a_member("boss", role="admin"), "Administrator")


def test_the_member_is_told_and_the_log_has_both_names(app_in_context: Flask) -> None:
    anna, olaf = a_member("anna"), a_member("olaf", role="admin")
    rename(olaf, anna, "Beatrix")
    rename(olaf, anna, "Beatrix")
    mail = session.scalars(select(Mail)).one()
    assert (mail.recipient, "from anna to Beatrix" in mail.body) == (anna.email, True)
    entry = session.scalars(select(LogEntry).where(LogEntry.action == "rename-member")).one()
    assert (entry.actor_id, entry.target) == (olaf.id, f"member:{anna.id}")
    assert entry.details == {"was": "anna", "now": "Beatrix"}


def test_moderators_cannot_rename(app_in_context: Flask) -> None:
    with pytest.raises(Forbidden):
        rename(a_member("mona", role="moderator"), a_member("anna"), "Beatrix")


def test_two_admins_do_not_overwrite_each_other(client: FlaskClient, admin: Send) -> None:
    seen = seen_in(client, PAGE)
    assert admin("/admin/members/3/name", username="Beatrix", seen=seen).status_code == 303
    second = admin("/admin/members/3/name", username="Cecilia", seen=seen)
    assert second.status_code == 409
    assert 'value="Cecilia"' in second.text
    assert "Beatrix" in error_at(second, "username")


def test_a_program_does_not_overwrite_a_name_that_it_has_not_seen(
    client: FlaskClient, staff: None, writing: Writing
) -> None:
    with writing():
        token = a_token(member("olaf"), "read", "write", "admin")
    seen = {"If-Match": client.get("/api/v1/members/3", headers=token).headers["ETag"]}
    first = client.patch("/api/v1/members/3", json={"username": "Beatrix"}, headers=token | seen)
    second = client.patch("/api/v1/members/3", json={"username": "Cecilia"}, headers=token | seen)
    assert (first.status_code, second.status_code) == (200, 412)


def test_programs_rename_with_the_scope_admin(client: FlaskClient, staff: None, writing: Writing) -> None:
    with writing():
        allowed, without = (
            a_token(member("olaf"), *scopes) for scopes in (("read", "write", "admin"), ("read", "write"))
        )
    body = {"username": "Beatrix"}
    assert client.patch("/api/v1/members/3", json=body, headers=without).status_code == 403
    answer = client.patch("/api/v1/members/3", json=body, headers=allowed)
    assert answer.status_code == 200, answer.text
    assert answer.json["username"] == "Beatrix"  # type: ignore[index]
    assert client.patch("/api/v1/members/3", json={"username": "!"}, headers=allowed).status_code == 422


def test_a_name_that_becomes_a_former_one_during_a_registration_is_refused(app: Flask) -> None:
    with app.app_context(), transaction():
        rename(OPERATOR, a_member("anna"), "Beatrix")
    with app.app_context(), transaction(), pytest.raises(Invalid) as refused:  # as if it was checked before
        registration._write(registration._new("anna", "x", None))
    assert list(refused.value.fields) == ["username"]


def test_posts_written_before_keep_their_text_and_link_to_the_profile(app: Flask, client: FlaskClient) -> None:
    with app.app_context(), transaction():
        anna = a_member("anna")
        post = a_post(by=a_member("bert"), body="As @anna said.")
        rename(OPERATOR, anna, "Beatrix")
        threads.edit_post(post.author, post, body="As @anna says.")
        assert f'href="/members/{anna.id}-beatrix"' in post.html
    log_in(client, "anna")
    assert "Beatrix" in client.get("/account").text
