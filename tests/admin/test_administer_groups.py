"""Groups and their members in the browser of an admin."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import Group
from tests.admin.conftest import Send
from tests.admin.pages import error_at, member, parsed, row_of, seen_in
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_group, a_list, a_member, an_entry
from tests.middleware.guests import Writing

PAGES = (
    "/admin/groups",
    "/admin/groups/new",
    "/admin/groups/2",
    "/admin/groups/5",
    "/admin/boards/1/access",
    "/admin/permissions",
    "/admin/permissions?member=anna&board=1",
)
WRITES = (
    "/admin/groups/new",
    "/admin/groups/5",
    "/admin/groups/5/up",
    "/admin/groups/5/down",
    "/admin/groups/5/delete",
    "/admin/groups/5/members",
    "/admin/groups/5/members/3/remove",
    "/admin/members/3/groups",
    "/admin/members/3/groups/5/remove",
    "/admin/boards/1/access",
)
FIELDS = {"title": "Cooks", "description": "", "member": "anna", "group": "5", "list": "same"}


def titles(client: FlaskClient) -> list[str]:
    return [link.text for link in parsed(client.get("/admin/groups")).select("main li.admin-row a.link")]


@pytest.mark.usefixtures("planners")
@pytest.mark.parametrize(("name", "status"), [(None, 303), ("anna", 403), ("mona", 403), ("olaf", 200)])
def test_only_admins_open_the_pages(client: FlaskClient, name: str | None, status: int) -> None:
    if name:
        log_in(client, name)
    answers = {path: client.get(path) for path in PAGES}
    assert {path: answer.status_code for path, answer in answers.items()} == dict.fromkeys(PAGES, status)
    if name is None:
        assert all(answer.headers["Location"].startswith("/login") for answer in answers.values())


@pytest.mark.usefixtures("planners")
@pytest.mark.parametrize("name", ["anna", "mona"])
def test_only_admins_change_anything(client: FlaskClient, name: str) -> None:
    log_in(client, name)
    token = token_in(client.get("/account").text)
    answers = {path: client.post(path, data={"csrf_token": token, **FIELDS}).status_code for path in WRITES}
    assert answers == dict.fromkeys(WRITES, 403)


def test_the_password_is_asked_for_before_groups_and_memberships_are_changed(
    planners: None, client: FlaskClient, admin: Send
) -> None:
    group, account = ("/account/confirm?next=%2Fadmin%2F" + each for each in ("groups%2F5", "members%2F3"))
    with clock.frozen_at(clock.now() + timedelta(hours=2)):
        assert client.get("/admin/groups").status_code == 200
        assert client.get("/admin/groups/5").headers["Location"] == group
        answers = {path: admin(path, **FIELDS).headers["Location"] for path in WRITES[1:-1]}
    assert answers == {path: account if "/admin/members" in path else group for path in answers}
    assert "anna" in client.get("/admin/groups/5").text


def test_a_group_is_created_changed_ordered_and_deleted(client: FlaskClient, admin: Send) -> None:
    answer = admin("/admin/groups/new", title="  Cooks ", description="Of soup")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/groups/5")
    assert titles(client) == ["Guests", "Members", "Moderators", "Admins", "Cooks"]
    row = " ".join(row_of(client, "/admin/groups", "Cooks").get_text(" ").split())
    assert row == "Cooks Of soup 0 members"
    assert "Built in" in row_of(client, "/admin/groups", "Moderators").text
    assert admin("/admin/groups/5/up").headers["Location"] == "/admin/groups#group-5"
    admin("/admin/groups/1/down")
    assert titles(client) == ["Members", "Guests", "Moderators", "Cooks", "Admins"]
    admin("/admin/groups/5", title="Bakers", description="", seen=seen_in(client, "/admin/groups/5"))
    admin("/admin/groups/3", title="Stewards", description="", seen=seen_in(client, "/admin/groups/3"))
    assert titles(client) == ["Members", "Guests", "Stewards", "Bakers", "Admins"]
    assert admin("/admin/groups/5/delete").headers["Location"] == "/admin/groups"
    assert titles(client) == ["Members", "Guests", "Stewards", "Admins"]
    assert client.get("/admin/groups/5").status_code == 404


@pytest.mark.parametrize(
    ("fields", "name", "message"),
    [
        ({"title": " "}, "title", "This cannot be empty."),
        ({"title": "x" * 61}, "title", "Use at most 60 characters."),
        ({"title": "Admins"}, "title", "Another one has this already."),
        ({"title": "Cooks", "description": "x" * 301}, "description", "Use at most 300 characters."),
    ],
)
def test_a_refused_group_says_why_and_keeps_what_was_typed(
    admin: Send, fields: dict[str, str], name: str, message: str
) -> None:
    answer = admin("/admin/groups/new", **({"description": "Typed"} | fields))
    assert (answer.status_code, error_at(answer, name)) == (422, message)
    assert "Typed" in answer.text or name == "description"


def test_of_two_admins_who_change_a_group_the_second_sees_what_the_first_saved(
    planners: None, client: FlaskClient, admin: Send
) -> None:
    seen = seen_in(client, "/admin/groups/5")
    assert admin("/admin/groups/5", title="Planners", description="First", seen=seen).status_code == 303
    answer = admin("/admin/groups/5", title="Planners", description="Second", seen=seen)
    assert answer.status_code == 409
    assert "“First”" in error_at(answer, "description")
    again = parsed(answer).select_one('main input[name="seen"]')
    assert again is not None
    assert admin("/admin/groups/5", title="Planners", description="Second", seen=again["value"]).status_code == 303


def test_a_built_in_group_says_whom_it_has_and_cannot_be_deleted_or_joined(client: FlaskClient, admin: Send) -> None:
    page = parsed(client.get("/admin/groups/3"))
    assert "Its members are those whose role is moderator or admin." in page.text
    assert page.select_one('main a[href="/admin/members?show=staff"]') is not None
    assert page.select_one("main form[action$=members], main form[action$=delete]") is None
    refused = admin("/admin/groups/3/delete")
    assert refused.status_code == 409
    assert "This group is built in and cannot be deleted." in refused.text
    assert admin("/admin/groups/3/members", member="anna").status_code == 409
    assert admin("/admin/groups/3/members/3/remove").status_code == 409


def test_before_a_group_is_deleted_its_members_and_lists_are_counted(
    planners: None, client: FlaskClient, writing: Writing, admin: Send
) -> None:
    with writing():
        a_list(a_board("Beds"), an_entry(session.get_one(Group, 5)))
    words = " ".join(parsed(client.get("/admin/groups/5")).select("main section")[-1].text.split())
    assert "The group has 1 member. It is on the access list of 1 board." in words
    assert "cannot be undone" in words


def test_members_join_by_name_until_a_day_and_leave(client: FlaskClient, admin: Send) -> None:
    admin("/admin/groups/new", title="Cooks", description="")
    day = (clock.now() + timedelta(days=30)).date()
    answer = admin("/admin/groups/5/members", member="ANNA", until=day.isoformat())
    assert answer.headers["Location"] == "/admin/groups/5#members"
    admin("/admin/groups/5/members", member="mona", until="")
    assert f"until {day:%b} {day.day}, {day.year}" in row_of(client, "/admin/groups/5", "anna").text
    assert "until" not in row_of(client, "/admin/groups/5", "mona").text
    assert "2 members" in row_of(client, "/admin/groups", "Cooks").text
    remove = row_of(client, "/admin/groups/5", "mona").select_one("button")
    assert remove is not None
    assert remove["aria-label"] == "Remove mona"
    admin(str(remove["formaction"]))
    assert "mona" not in client.get("/admin/groups/5").text
    assert admin(str(remove["formaction"])).status_code == 404


@pytest.mark.usefixtures("planners")
@pytest.mark.parametrize(
    ("fields", "name", "message"),
    [
        ({"member": "nobody", "until": "2099-01-02"}, "member", "There is no member with this name."),
        ({"member": "", "until": "2099-01-02"}, "member", "Use at least 1 character."),
        ({"member": "mona", "until": "2020-01-02"}, "until", "Choose a day after today."),
        ({"member": "mona", "until": "soon"}, "until", "Enter the date as YYYY-MM-DD."),
    ],
)
def test_a_refused_member_says_why_and_keeps_what_was_typed(
    client: FlaskClient, admin: Send, fields: dict[str, str], name: str, message: str
) -> None:
    answer = admin("/admin/groups/5/members", **fields)
    page = parsed(answer)
    assert (answer.status_code, error_at(answer, name)) == (422, message)
    typed = {str(each["name"]): each["value"] for each in page.select("main .field input:not([type=checkbox])")}
    optional = ("description", "banner_text", "banner_colour", "edit_minutes", "min_messages", "min_days", "min_score")
    blank = dict.fromkeys(optional, "")
    assert typed == {"title": "Planners"} | blank | fields
    assert "mona" not in client.get("/admin/groups/5").text


def test_the_members_of_a_group_are_paged(client: FlaskClient, writing: Writing, admin: Send) -> None:
    with writing():
        a_group("Planners", *(a_member(f"member {number:02}") for number in range(1, 24)))
    second = client.get("/admin/groups/5?page=2").text
    assert "member 20" not in second
    assert all(f"member {number}" in second for number in (21, 22, 23))
    assert client.get("/admin/groups/5?page=3").status_code == 404


def test_a_members_page_shows_their_groups_and_adds_and_removes(
    planners: None, client: FlaskClient, admin: Send
) -> None:
    admin("/admin/groups/new", title="Cooks", description="")
    page = parsed(client.get("/admin/members/3"))
    assert [option.text for option in page.select("#group option")] == ["Choose a group", "Cooks"]
    assert page.select_one('main a[href="/admin/permissions?member=anna"]') is not None
    answer = admin("/admin/members/3/groups", group="6", until="2099-03-04")
    assert answer.headers["Location"] == "/admin/members/3#groups"
    assert "until Mar 4, 2099" in row_of(client, "/admin/members/3", "Cooks").text
    admin("/admin/members/3/groups/5/remove")
    rows = parsed(client.get("/admin/members/3")).select("#groups li a")
    assert [row.text for row in rows] == ["Cooks"]


@pytest.mark.usefixtures("planners")
@pytest.mark.parametrize(
    ("fields", "name", "message"),
    [
        ({"group": "99"}, "group", "There is no such group."),
        ({"group": "6", "until": "2020-01-02"}, "until", "Choose a day after today."),
    ],
)
def test_a_refused_group_of_a_member_says_why_and_keeps_the_role(
    admin: Send, writing: Writing, fields: dict[str, str], name: str, message: str
) -> None:
    with writing():
        member("anna").role = "moderator"
        a_group("Cooks")
    answer = admin("/admin/members/3/groups", **fields)
    assert (answer.status_code, error_at(answer, name)) == (422, message)
    role = parsed(answer).select_one("#role option[selected]")
    assert role is not None
    assert role["value"] == "moderator", "another form of the page, which would change it when it is sent"
