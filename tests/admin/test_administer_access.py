"""Access lists of boards in the browser of an admin, and that changes act at the next request."""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import AccessLevel, Group
from tests.admin.conftest import Send
from tests.admin.pages import error_at, member, parsed, row_of, seen_in
from tests.conftest import log_in
from tests.factories import a_board, a_list, a_thread, an_entry
from tests.middleware.guests import Writing

SEES, WRITES_THREADS = {"level-2": "see"}, {"level-2": "start"}


def chosen_in(page: BeautifulSoup) -> dict[str, str]:
    """What a page's form of an access list says: the list, and the level and moderation of each group."""
    fields = {str(each["name"]): str(each["value"]) for each in page.select("main form.access input[checked]")}
    for choice in page.select("main form.access select"):
        option = choice.select_one("option[selected]")
        fields[str(choice["name"])] = str(option["value"]) if option else ""
    return fields


def save_list(admin: Send, client: FlaskClient, board_id: int, **fields: str) -> TestResponse:
    path = f"/admin/boards/{board_id}/access"
    return admin(path, **fields, seen=seen_in(client, path))


def test_a_board_gets_a_list_of_its_own_and_gives_it_up(client: FlaskClient, admin: Send, planners: None) -> None:
    path = "/admin/boards/1/access"
    default = {"list": "same", "level-1": "see", "level-2": "start", "level-3": "start", "level-5": ""}
    assert chosen_in(parsed(client.get(path))) == default | {"moderate-3": "yes"}
    given = {"list": "own", "level-1": "", "level-2": "see", "level-3": "", "level-5": "reply", "moderate-5": "yes"}
    answer = admin(path, **given, seen=seen_in(client, path))
    assert (answer.status_code, answer.headers["Location"]) == (303, path)
    assert chosen_in(parsed(client.get(path))) == given
    assert admin(path, list="same", seen=seen_in(client, path)).status_code == 303
    assert chosen_in(parsed(client.get(path))) == default | {"moderate-3": "yes"}


def test_the_access_page_shows_the_list_of_the_board_above(
    planners: None, client: FlaskClient, writing: Writing, admin: Send
) -> None:
    with writing():
        garden = a_board("Garden")
        a_list(garden, an_entry(session.get_one(Group, 5), AccessLevel.REPLY, moderates=True))
        beds = a_board("Beds", parent_id=garden.id)
        path = f"/admin/boards/{a_board('Roses', parent_id=beds.id).id}/access"
    page = parsed(client.get(path))
    words = " ".join(page.select_one("main form.access").get_text(" ").split())  # type: ignore[union-attr]
    assert "Same as the board above it, Beds It has the list of Garden : Planners See and reply, moderate" in words
    empty = {"list": "same", "level-1": "", "level-2": "", "level-3": "", "level-5": "reply", "moderate-5": "yes"}
    assert chosen_in(page) == empty, "its own list begins as what counts now"
    assert [option["value"] for option in page.select("#level-1 option")] == ["", "see"]
    assert page.select_one("[name=moderate-1], [name=level-4]") is None


@pytest.mark.usefixtures("planners")
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"list": "", **SEES}, "Choose which list counts."),
        ({"list": "own", "level-1": "start", **SEES}, "Guests can only see. Give the members an entry of their own."),
        ({"list": "own", "moderate-5": "yes", **SEES}, "The group “Planners” must at least see the board to moderate"),
        ({"list": "own", "level-5": "rule", **SEES}, "Choose what the group “Planners” may do."),
    ],
)
def test_a_refused_list_says_why_and_keeps_what_was_chosen(
    client: FlaskClient, admin: Send, fields: dict[str, str], message: str
) -> None:
    path = "/admin/boards/1/access"
    answer = admin(path, **fields, seen=seen_in(client, path))
    assert answer.status_code == 422
    assert message in error_at(answer, "access")
    assert chosen_in(parsed(answer))["level-2"] == "see"
    assert chosen_in(parsed(client.get(path)))["level-2"] == "start", "nothing is saved"


def test_of_two_admins_who_change_a_list_the_second_sees_what_the_first_saved(client: FlaskClient, admin: Send) -> None:
    path = "/admin/boards/1/access"
    seen = seen_in(client, path)
    assert admin(path, list="own", **SEES, seen=seen).status_code == 303
    answer = admin(path, list="own", **WRITES_THREADS, seen=seen)
    assert answer.status_code == 409
    assert "Stored now: “Members: see”." in error_at(answer, "access")
    same = parsed(admin(path, list="same", seen=seen))
    assert same.select_one("main form.access > #access-error") is not None, "not in the list, which is hidden then"
    assert chosen_in(parsed(answer))["level-2"] == "start"
    again = parsed(answer).select_one('main input[name="seen"]')
    assert again is not None
    assert admin(path, list="own", **WRITES_THREADS, seen=again["value"]).status_code == 303
    assert chosen_in(parsed(client.get(path)))["level-2"] == "start"


def test_a_list_that_names_a_group_which_cannot_see_the_board_above_says_so(
    planners: None, client: FlaskClient, writing: Writing, admin: Send
) -> None:
    with writing():
        garden, planners_group = a_board("Garden", audience="moderator"), session.get_one(Group, 5)
        beds = a_board("Beds", parent_id=garden.id)
        a_list(beds, an_entry(planners_group), an_entry(session.get_one(Group, 3)))
        path = f"/admin/boards/{beds.id}/access"
    notice = parsed(client.get(path)).select_one("main .notice")
    assert notice is not None
    words = " ".join(notice.text.split())
    assert words.startswith("A board is never visible to more people than the one that contains it.")
    assert words.endswith("The list names groups that cannot see Garden: Planners.")
    assert "Seen by: Moderators" in row_of(client, "/admin/boards", "Beds").text


def test_the_list_of_boards_says_who_sees_each(
    planners: None, client: FlaskClient, writing: Writing, admin: Send
) -> None:
    with writing():
        a_list(a_board("Staff room"), an_entry(session.get_one(Group, 3)), an_entry(session.get_one(Group, 5)))
        a_board("Lounge", audience="member")
        a_board("Safe", audience="admin")
    shown = {
        title: row_of(client, "/admin/boards", title).select_one("a[href$=access]").text  # type: ignore[union-attr]
        for title in ("Talk", "Staff room", "Lounge", "Safe")
    }
    assert shown == {
        "Talk": "Seen by everybody",
        "Staff room": "Seen by: Moderators, Planners",
        "Lounge": "Seen by: Members",
        "Safe": "Only admins",
    }
    assert "It gets the access list of the board above it" in client.get("/admin/boards/new").text
    assert 'href="/admin/boards/1/access"' in client.get("/admin/boards/1").text


@dataclass(frozen=True)
class Garden:
    """A board for Planners with a thread, and anna's browser."""

    anna: FlaskClient
    board_id: int
    board: str
    thread: str

    def statuses(self) -> tuple[int, int]:
        return self.anna.get(self.board).status_code, self.anna.get(self.thread).status_code


@pytest.fixture
def garden(planners: None, app: Flask, writing: Writing) -> Garden:
    with writing():
        board = a_board("Garden")
        a_list(board, an_entry(session.get_one(Group, 5)))
        found = Garden(app.test_client(), board.id, board.path, a_thread(board=board, by=member("olaf")).path)
    log_in(found.anna, "anna")
    assert found.statuses() == (200, 200)
    return found


def test_a_changed_list_acts_at_the_next_request_of_a_member(client: FlaskClient, garden: Garden, admin: Send) -> None:
    assert 'name="body"' in garden.anna.get(garden.thread).text
    save_list(admin, client, garden.board_id, list="own", **{"level-5": "see"})
    page = garden.anna.get(garden.thread).text
    assert 'name="body"' not in page
    assert "You cannot reply in this board." in page
    assert "/post-thread" not in garden.anna.get(garden.board).text
    save_list(admin, client, garden.board_id, list="own", **{"level-5": "see", "moderate-5": "yes"})
    assert f"{garden.thread}/move" in garden.anna.get(garden.thread).text
    save_list(admin, client, garden.board_id, list="own", wider="yes", **{"level-3": "start"})
    assert garden.statuses() == (404, 404)


def test_who_is_removed_from_a_group_loses_its_access_at_the_next_request(garden: Garden, admin: Send) -> None:
    admin("/admin/groups/5/members/3/remove")
    assert garden.statuses() == (404, 404)
    admin("/admin/groups/5/members", member="anna")
    assert garden.statuses() == (200, 200)
    admin("/admin/groups/5/delete")
    assert garden.statuses() == (404, 404)


def test_a_membership_that_is_over_gives_nothing_and_is_marked(app: Flask, garden: Garden, admin: Send) -> None:
    day = (clock.now() + timedelta(days=2)).date()
    admin("/admin/groups/5/members", member="anna", until=day.isoformat())
    assert garden.statuses() == (200, 200)
    with clock.frozen_at(clock.now() + timedelta(days=3)):
        assert garden.statuses() == (404, 404)
        log_in(later := app.test_client(), "olaf")
        assert "Over" in row_of(later, "/admin/groups/5", "anna").text
        assert "0 members" in row_of(later, "/admin/groups", "Planners").text
        assert "Planners" not in parsed(later.get("/admin/members/3")).select_one("#groups ul").text  # type: ignore[union-attr]


def test_the_log_tells_of_groups_and_lists(client: FlaskClient, admin: Send) -> None:
    admin("/admin/groups/new", title="Cooks", description="")
    admin("/admin/groups/5/members", member="anna")
    admin("/admin/groups/5/members/3/remove")
    save_list(admin, client, 1, list="own", **SEES)
    lines = [" ".join(row.text.split()) for row in parsed(client.get("/moderation/log")).select("tbody tr")]
    for told in (
        "Created group Cooks Name: Cooks",
        "Added to a group anna Group: Cooks",
        "Removed from a group anna Group: Cooks",
        "Changed board Talk Name: access, Before: as the board above, Now: Members: see",
    ):
        assert any(told in line for line in lines), (told, lines)
