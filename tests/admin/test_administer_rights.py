"""The page with a group's rights, and pages of administration that a group can open by a right."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin.groups.group_actions import find_group
from forum.admin.groups.right_actions import rights_of, set_rights
from forum.admin.rules import OPERATOR
from forum.infra.database.db import session, transaction
from forum.models import BuiltInGroup, Group, Member, Right
from forum.models.members.group_right import ADMIN_PAGE_RIGHTS
from forum.web.admin.group_rights import SECTIONS
from forum.web.admin.places import PLACES
from tests.conftest import log_in, token_in
from tests.factories import a_ban, a_group, a_member

Writing = Callable[[], AbstractContextManager[None]]
PATH = "/admin/groups/5/rights"
PAGES = {place.path: place.right for place in PLACES if place.verdict is None}


@pytest.fixture(autouse=True)
def _forum(writing: Writing) -> None:
    """An admin, a moderator, and a group with a member."""
    with writing():
        a_member("olaf", role="admin")
        a_member("mona", role="moderator")
        a_group("Keepers", a_member("kim"))


def given(writing: Writing, *rights: Right) -> None:
    with writing():
        set_rights(OPERATOR, find_group(5), rights)


def save(client: FlaskClient, path: str = PATH, **fields: str) -> str:
    page = client.get(path).text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    answer = client.post(path, data={"csrf_token": token_in(page), "seen": seen} | fields, follow_redirects=True)
    return answer.text


def test_every_right_has_its_words() -> None:
    assert sorted(right for _, labels in SECTIONS for right in labels) == sorted(Right)


def test_rights_are_ticked_and_saved(app: Flask, client: FlaskClient) -> None:
    log_in(client, "olaf")
    page = save(client, see_log="yes", manage_lists="yes")
    assert page.count(" checked") == 2
    with app.app_context():
        assert rights_of(find_group(5)) == {Right.SEE_LOG, Right.MANAGE_LISTS}
    assert save(client).count(" checked") == 0
    with app.app_context():
        assert rights_of(find_group(5)) == set()


def test_a_form_opened_before_another_change_is_refused_with_what_was_ticked(
    client: FlaskClient, writing: Writing
) -> None:
    log_in(client, "olaf")
    page = client.get(PATH).text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    given(writing, Right.BAN_MEMBERS)
    form = {"csrf_token": token_in(page), "seen": seen, "see_log": "yes"}
    refused = client.post(PATH, data=form)
    assert refused.status_code == 409
    assert "Stored now: “ban_members”" in refused.text
    assert refused.text.count(" checked") == 1


def test_guests_and_admins_have_a_form_that_fits(client: FlaskClient) -> None:
    log_in(client, "olaf")
    guests = client.get(f"/admin/groups/{BuiltInGroup.GUESTS}/rights").text
    assert ('name="see_members"' in guests, 'name="react"' in guests) == (True, False)
    forged = client.get(f"/admin/groups/{BuiltInGroup.GUESTS}/rights")
    answer = client.post(
        f"/admin/groups/{BuiltInGroup.GUESTS}/rights", data={"csrf_token": token_in(forged.text), "react": "yes"}
    )
    assert answer.status_code == 422
    assert "Guests cannot have rights that need an account." in answer.text
    assert "Admins have all rights." in client.get(f"/admin/groups/{BuiltInGroup.ADMINS}/rights").text
    assert client.get("/admin/groups/99/rights").status_code == 404


@pytest.mark.parametrize("name", ["mona", "kim", None])
def test_without_the_right_to_manage_groups_nobody_changes_rights(
    client: FlaskClient, writing: Writing, name: str | None
) -> None:
    given(writing, *(set(Right) - {Right.MANAGE_GROUPS}))
    if name:
        log_in(client, name)
    assert client.get(PATH).status_code == (403 if name else 303)
    token = token_in(client.get("/login").text) if name is None else token_in(client.get("/").text)
    assert client.post(PATH, data={"csrf_token": token, "see_log": "yes"}).status_code == (403 if name else 401)


def test_every_page_can_be_given_to_a_group() -> None:
    assert all(PAGES.values())
    assert set(PAGES.values()) - {Right.SEE_LOG} == ADMIN_PAGE_RIGHTS


@pytest.mark.parametrize("right", sorted(ADMIN_PAGE_RIGHTS))
def test_a_right_opens_its_pages_and_no_others(client: FlaskClient, writing: Writing, right: Right) -> None:
    log_in(client, "kim")
    assert client.get("/admin").status_code == 403
    assert 'href="/admin"' not in client.get("/").text
    given(writing, right)
    overview = client.get("/admin")
    assert overview.status_code == 200
    assert "Needs attention" not in overview.text
    assert 'href="/admin"' in client.get("/").text
    for path, needed in PAGES.items():
        assert client.get(path).status_code == (200 if needed is right else 403), path
        assert (f'<a href="{path}"' in overview.text) == (needed is right), path


# what is changed at an address below /admin, by the blueprint of its pages; None: for admins alone
ACTS: Mapping[str, Right | None] = {
    "admin": None,
    "admin_view_as": None,
    "admin_board_access": None,
    "admin_permissions": None,
    "admin_demonstration": None,
    "admin_settings": Right.MANAGE_SETTINGS,
    "admin_spam": Right.MANAGE_SETTINGS,
    "admin_appearance": Right.MANAGE_SETTINGS,
    **dict.fromkeys(
        ("admin_boards", "admin_board_deletion", "admin_board_icons", "admin_board_order"), Right.MANAGE_BOARDS
    ),
    "admin_members": Right.MANAGE_MEMBERS,
    "admin_deletions": Right.MANAGE_MEMBERS,
    "admin_invitations": Right.MANAGE_MEMBERS,
    "admin_rows": Right.MANAGE_LISTS,
    "admin_groups": Right.MANAGE_GROUPS,
    "admin_group_rights": Right.MANAGE_GROUPS,
    "admin_statistics": Right.SEE_STATISTICS,
    "admin_mail": Right.MANAGE_MAIL,
    "admin_notices": Right.MANAGE_NOTICES,
    "admin_search_index": Right.RUN_JOBS,
    "admin_backups": Right.MANAGE_BACKUPS,
    "admin_health": Right.SEE_HEALTH,
    "admin_jobs": Right.RUN_JOBS,
}
VALUES: Mapping[str, object] = {
    "kind": "reactions",
    "name": "x",
    "picture": "logo",
    "choice": "hide",
    "direction": "up",
}


@pytest.mark.parametrize("right", sorted(ADMIN_PAGE_RIGHTS))
def test_every_act_of_the_other_pages_is_refused(
    app: Flask, client: FlaskClient, writing: Writing, right: Right
) -> None:
    given(writing, right)
    log_in(client, "kim")
    form = {"csrf_token": token_in(client.get("/account").text)}
    for rule in app.url_map.iter_rules():
        blueprint = rule.endpoint.partition(".")[0]
        answers_requests = right is Right.MANAGE_MEMBERS and "/groups/requests" in rule.rule
        if not rule.rule.startswith("/admin") or ACTS[blueprint] is right or answers_requests:
            continue
        values = {name: VALUES.get(name, 3) for name in rule.arguments}
        for method in {"GET", "POST"} & (rule.methods or set()):
            address = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
            if address not in {"/admin", "/admin/view-as/stop"}:
                answer = client.open(address, method=method, data=form if method == "POST" else None)
                assert answer.status_code == 403, (address, method, answer.status_code)
    token = {"X-CSRFToken": form["csrf_token"]}
    for method, path in (("GET", "/api/v1/groups"), ("GET", "/api/v1/settings"), ("PUT", "/api/v1/boards/1/access")):
        if not (right is Right.MANAGE_GROUPS and path.endswith("groups")):
            assert client.open(path, method=method, json={"entries": []}, headers=token).status_code == 403, path


def test_admins_open_all_pages(client: FlaskClient) -> None:
    log_in(client, "olaf")
    for path in PAGES:
        assert client.get(path).status_code == 200, path


def test_managing_members_stops_at_staff(app: Flask, client: FlaskClient, writing: Writing) -> None:
    given(writing, Right.MANAGE_MEMBERS)
    with writing():
        a_member("ben")
    log_in(client, "kim")
    for number, status in ((1, 403), (2, 403), (4, 303)):
        token = token_in(client.get(f"/admin/members/{number}").text)
        answer = client.post(f"/admin/members/{number}/log-out", data={"csrf_token": token})
        assert answer.status_code == status, number
        role = client.post(f"/admin/members/{number}/role", data={"csrf_token": token, "role": "admin"})
        assert role.status_code == 403
    with app.app_context(), transaction():
        assert find_group(5).title == "Keepers"


def test_a_ban_makes_no_account_of_staff_fair_game(app: Flask, client: FlaskClient, writing: Writing) -> None:
    given(writing, Right.MANAGE_MEMBERS, Right.BAN_MEMBERS)
    with writing():
        ben = a_member("ben")
        a_group("Rulers", ben)
        set_rights(
            OPERATOR, session.scalars(select(Group).where(Group.title == "Rulers")).one(), [Right.MANAGE_SETTINGS]
        )
        a_ban(ben)
    log_in(client, "kim")
    token = token_in(client.get(f"/admin/members/{ben_id(app)}").text)
    for act in ("reset", "log-out"):
        assert client.post(f"/admin/members/{ben_id(app)}/{act}", data={"csrf_token": token}).status_code == 403


def ben_id(app: Flask) -> int:
    with app.app_context():
        return session.scalars(select(Member.id).where(Member.username == "ben")).one()
