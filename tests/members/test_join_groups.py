"""Members ask to join groups, withdraw and leave; admins and those who manage members answer."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from forum.admin.groups import request_actions
from forum.admin.groups.group_actions import add_member, create_group
from forum.admin.groups.request_actions import accept, refuse, waiting_for
from forum.admin.groups.right_actions import set_rights
from forum.admin.rules import OPERATOR
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, NotFound
from forum.members.group_requests import ask, open_groups, withdraw_or_leave
from forum.models import Group, GroupRequest, LogEntry, Member, Right
from forum.site.group_membership import groups_of
from tests.conftest import log_in, token_in
from tests.factories import a_ban, a_group, a_member

Writing = Callable[[], AbstractContextManager[None]]


def a_club(title: str = "Beekeepers") -> Group:
    """A group that takes requests."""
    return create_group(OPERATOR, {"title": title, "takes_requests": True})


def state(member: Member, group: Group) -> str:
    return next((each.state for each in open_groups(member) if each.group.id == group.id), "")


def test_who_is_accepted_is_in_the_group_and_can_leave(app_in_context: Flask) -> None:
    anna, admin, club = a_member(), a_member(role="admin"), a_club()
    assert state(anna, club) == "open"
    ask(anna, club.id, reason="I have two hives")
    ask(anna, club.id, reason="Asking twice is asking once")
    assert [(request.reason, member, group) for request, member, group in waiting_for(admin)] == [
        ("I have two hives", anna, club)
    ]
    accept(admin, club, anna)
    assert club.id in groups_of(anna)
    assert (state(anna, club), waiting_for(admin)) == ("joined", [])
    for answer in (accept, refuse):
        with pytest.raises(Conflict, match="answered or withdrawn"):
            answer(admin, club, anna)
    with pytest.raises(Conflict, match="in this group already"):
        ask(anna, club.id)
    withdraw_or_leave(anna, club.id)
    assert club.id not in groups_of(anna)
    logged = [entry.action for entry in session.query(LogEntry).order_by(LogEntry.id)]
    assert logged[-2:] == ["join-group", "leave-group"]


def test_who_is_refused_reads_why_and_asks_again_after_a_week(app_in_context: Flask) -> None:
    anna, club = a_member(), a_club()
    ask(anna, club.id)
    refuse(OPERATOR, club, anna, answer="Come back with a hive")
    refused = open_groups(anna)[0]
    assert refused.request is not None
    assert (refused.state, refused.request.answer, refused.may_ask) == ("refused", "Come back with a hive", False)
    with pytest.raises(Conflict, match="a week after"):
        ask(anna, club.id)
    with clock.frozen_at(clock.now() + timedelta(days=8)):
        assert ask(anna, club.id).is_waiting


def test_a_request_is_withdrawn_and_ends_when_an_admin_adds_the_member(app_in_context: Flask) -> None:
    anna, club = a_member(), a_club()
    ask(anna, club.id)
    withdraw_or_leave(anna, club.id)
    with pytest.raises(NotFound):
        withdraw_or_leave(anna, club.id)
    ask(anna, club.id)
    add_member(OPERATOR, club, anna)
    assert session.query(GroupRequest).count() == 0


def test_other_groups_are_neither_shown_nor_asked_nor_left(app_in_context: Flask) -> None:
    anna = a_member()
    secret = a_group("Watched", anna)
    assert open_groups(anna) == []
    for act in (lambda: ask(anna, secret.id), lambda: withdraw_or_leave(anna, secret.id), lambda: ask(anna, 2)):
        with pytest.raises(NotFound):
            act()


def test_the_banned_do_not_ask_and_closed_accounts_are_not_listed(app_in_context: Flask) -> None:
    anna, ben, admin, club = a_member(), a_member(), a_member(role="admin"), a_club()
    a_ban(anna)
    with pytest.raises(Forbidden):
        ask(anna, club.id)
    ask(ben, club.id)
    ben.closed_at = clock.now()
    session.flush()
    assert waiting_for(admin) == []
    with pytest.raises(Conflict):
        accept(admin, club, ben)


def test_who_manages_members_answers_for_groups_that_give_no_more(app_in_context: Flask) -> None:
    manager, anna, club, strong = a_member(), a_member(), a_club(), a_club("Rulers")
    set_rights(OPERATOR, a_group(None, manager), {Right.MANAGE_MEMBERS})
    set_rights(OPERATOR, strong, {Right.SEE_LOG})
    for group in (club, strong):
        ask(anna, group.id)
    assert [group for _, _, group in waiting_for(manager)] == [club]
    accept(manager, club, anna)
    with pytest.raises(Forbidden, match="more than you"):
        accept(manager, strong, anna)
    with pytest.raises(Forbidden):
        accept(a_member(), strong, anna)


def test_requests_that_others_answer_do_not_hide_ones_own(
    app_in_context: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_actions, "MAX_SHOWN", 1)
    manager, anna, club, strong = a_member(), a_member(), a_club(), a_club("Rulers")
    set_rights(OPERATOR, a_group(None, manager), {Right.MANAGE_MEMBERS})
    set_rights(OPERATOR, strong, {Right.SEE_LOG})
    ask(a_member(), strong.id)
    ask(anna, club.id)
    assert [group for _, _, group in waiting_for(manager)] == [club]
    assert [group for _, _, group in waiting_for(a_member(role="admin"), club)] == [club]


def test_a_member_asks_and_an_admin_answers_in_the_browser(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_member("anna")
        a_member("olaf", role="admin")
        group_id = a_club().id
    log_in(client, "anna")
    page = client.get("/account/groups")
    assert 'href="/account/groups"' in client.get("/account").text
    form = {"csrf_token": token_in(page.text), "group": str(group_id)}
    long = client.post(f"/account/groups/{group_id}/ask", data=form | {"reason": "hive " * 100})
    assert (long.status_code, "Use at most 300 characters." in long.text, "hive hive" in long.text) == (422, True, True)
    assert client.post(f"/account/groups/{group_id}/ask", data=form | {"reason": "two hives"}).status_code == 303
    assert "Waiting for an answer" in client.get("/account/groups").text
    assert client.post(f"/account/groups/{group_id}/leave", data=form).status_code == 404
    admin = app.test_client()
    log_in(admin, "olaf")
    for path in ("/admin", "/admin/groups"):
        assert "1 request to join" in admin.get(path).text
    waiting = admin.get("/admin/groups/requests").text
    assert "two hives" in waiting
    answer = {"csrf_token": token_in(waiting), "answered": "refuse", "answer": "Not this year"}
    assert admin.post(f"/admin/groups/requests/{group_id}/1", data=answer).status_code == 303
    assert admin.post(f"/admin/groups/requests/{group_id}/1", data=answer).status_code == 409
    assert "Not this year" in client.get("/account/groups").text


def test_who_may_only_manage_members_finds_the_requests_they_may_answer_with_their_number(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    with writing():
        anna, club, strong = a_member("anna"), a_club(), a_club("Rulers")
        a_member("mona")
        set_rights(OPERATOR, a_group(None, a_member("kim")), {Right.MANAGE_MEMBERS})
        set_rights(OPERATOR, a_group(None, a_member("sara")), {Right.SEE_STATISTICS})
        set_rights(OPERATOR, strong, {Right.SEE_LOG})
        for group in (club, strong):
            ask(anna, group.id)
    log_in(client, "kim")
    for path in ("/admin", "/admin/members"):
        page = BeautifulSoup(client.get(path).text, "html.parser")
        links = page.select('main a[href="/admin/groups/requests"]')
        assert len(links) == 1, path
        assert "1 request to join a group" in page.get_text(), path
        assert page.select('.admin-nav a[href="/admin/groups/requests"]'), path
    page = BeautifulSoup(client.get("/admin/groups/requests").text, "html.parser")
    assert page.select('.admin-nav a[aria-current="page"][href="/admin/groups/requests"]')
    for name in ("sara", "mona"):
        other = app.test_client()
        log_in(other, name)
        assert "/admin/groups/requests" not in other.get("/admin").text
        assert other.get("/admin/groups/requests").status_code == 403


def test_programs_ask_and_answer(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_member("anna")
        a_member("olaf", role="admin")
        group_id = a_club().id
    log_in(client, "anna")
    own = f"/api/v1/me/groups/{group_id}"
    mine = {"X-CSRFToken": token_in(client.get("/account").text)}
    assert client.put(own, json={"reason": "two hives"}, headers=mine).get_json()["state"] == "waiting"
    admin = app.test_client()
    log_in(admin, "olaf")
    requests = f"/api/v1/groups/{group_id}/requests"
    theirs = {"X-CSRFToken": token_in(admin.get("/account").text)}
    assert [each["reason"] for each in admin.get(requests).get_json()["items"]] == ["two hives"]
    assert client.get(requests).status_code == 403
    assert admin.delete(f"{requests}/1", json={"answer": "No"}, headers=theirs).status_code == 204
    assert client.get("/api/v1/me/groups").get_json()["items"][0]["state"] == "refused"
    assert client.delete(own, headers=mine).status_code == 404
