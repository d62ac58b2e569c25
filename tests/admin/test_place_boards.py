"""Boards are put anywhere in the tree; an order that somebody else has changed is not overwritten."""

import json

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin.board_actions import boards_in_order
from forum.admin.board_order import order_seen, place_board
from forum.admin.rules import OPERATOR
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.models import AccessLevel, BuiltInGroup, LogEntry
from forum.site.access import AccessEntry
from tests.admin.conftest import Send
from tests.admin.pages import error_at, parsed, seen_in
from tests.factories import a_board, a_list, a_member, a_thread
from tests.middleware.guests import Writing


def tree() -> list[tuple[str, int]]:
    boards = boards_in_order()
    return [(board.title, len(boards.ancestors_of(board.id)) - 1) for board in boards.depth_first()]


@pytest.mark.usefixtures("app_in_context")
def test_a_board_is_put_at_any_place_with_those_inside_it() -> None:
    one, two, three = (a_board(title) for title in ("One", "Two", "Three"))
    a_board("Below", parent_id=three.id)
    assert place_board(OPERATOR, three, parent_id=None, position=0)
    assert tree() == [("Three", 0), ("Below", 1), ("One", 0), ("Two", 0)]
    assert place_board(OPERATOR, three, parent_id=two.id, position=99)
    assert tree() == [("One", 0), ("Two", 0), ("Three", 1), ("Below", 2)]
    assert place_board(OPERATOR, one, parent_id=two.id, position=1)
    assert tree() == [("Two", 0), ("Three", 1), ("Below", 2), ("One", 1)]
    assert not place_board(OPERATOR, one, parent_id=two.id, position=1)
    with pytest.raises(Invalid, match="correct the fields"):
        place_board(OPERATOR, two, parent_id=three.id, position=0)
    with pytest.raises(Forbidden):
        place_board(a_member(role="moderator"), one, parent_id=None, position=0)
    logged = session.scalars(select(LogEntry.action).order_by(LogEntry.id)).all()
    assert logged == ["move-board", "change-board", "move-board", "change-board", "move-board"]


@pytest.mark.usefixtures("app_in_context")
def test_an_order_that_somebody_has_changed_meanwhile_is_kept() -> None:
    one, two = a_board("One"), a_board("Two")
    seen = order_seen(boards_in_order())
    place_board(OPERATOR, two, parent_id=None, position=0, seen=seen)
    with pytest.raises(Conflict, match="changed the order"):
        place_board(OPERATOR, one, parent_id=two.id, position=0, seen=seen)
    assert tree() == [("Two", 0), ("One", 0)]


def test_dropping_a_board_stores_its_place_and_a_conflict_shows_what_is_stored(
    client: FlaskClient, writing: Writing, admin: Send
) -> None:
    with writing():
        a_board("Chat")
    place = {"parent_id": "1", "position": "0", "seen": order_in(client)}
    stored = admin("/admin/boards/2/place", **place)
    assert (stored.status_code, tree_in(client)) == (200, [("1", "0"), ("2", "1")])
    late = admin("/admin/boards/2/place", **place | {"parent_id": ""})
    assert (late.status_code, json.loads(late.text)["stored"]) == (409, [[1, None], [2, 1]])
    assert admin("/admin/boards/2/place", parent_id="2", position="0", seen=order_in(client)).status_code == 422
    assert admin("/admin/boards/9/place", parent_id="", position="0").status_code == 404


def order_in(client: FlaskClient) -> str:
    listed = parsed(client.get("/admin/boards")).select_one("[data-seen]")
    assert listed is not None
    return str(listed["data-seen"])


def tree_in(client: FlaskClient) -> list[tuple[str, str]]:
    rows = parsed(client.get("/admin/boards")).select("[data-board]")
    return [(str(row["data-board"]), str(row["data-depth"])) for row in rows]


def test_the_form_says_first_how_many_threads_more_people_will_see(
    client: FlaskClient, writing: Writing, admin: Send
) -> None:
    with writing():
        secret = a_board("Secret")
        a_list(secret, AccessEntry(BuiltInGroup.MEMBERS, AccessLevel.START))
        for board in (secret, a_board("Inner", parent_id=secret.id)):
            a_thread(board=board)
    words = "2 threads become visible to more people: Guests. Send the form again to do it."
    page = "/admin/boards/2/access"
    asked = admin(page, list="same", seen=seen_in(client, page))
    assert (asked.status_code, error_at(asked, "access")) == (409, words)
    assert parsed(asked).select_one('main [name="wider"]') is not None
    merge = admin("/admin/boards/2/merge", move_threads_to="1")
    assert merge.status_code == 409
    inner = {"title": "Inner", "description": "", "rules": "", "parent_id": ""}
    moved = admin("/admin/boards/3", **inner, seen=seen_in(client, "/admin/boards/3"))
    assert error_at(moved, "parent_id").startswith("1 thread becomes visible to more people: Guests.")
    place = {"parent_id": "", "position": "0", "seen": order_in(client)}
    dropped = admin("/admin/boards/3/place", **place)
    assert (dropped.status_code, json.loads(dropped.text)["type"]) == (409, "wider")
    assert admin("/admin/boards/3/place", **place, wider="yes").status_code == 200
    assert admin(page, list="own", **{"level-3": "see"}, seen=seen_in(client, page)).status_code == 303, "fewer see it"
    assert admin(page, list="same", wider="yes", seen=seen_in(client, page)).status_code == 303


def test_a_program_may_do_the_same(client: FlaskClient, writing: Writing, admin: Send) -> None:
    with writing():
        a_thread(board=a_board("Chat"))
    csrf = str(parsed(client.get("/account")).select_one('[name="csrf_token"]')["value"])  # type: ignore[index]
    headers = {"X-CSRFToken": csrf}
    values = {"is_closed": True, "rules": "*Hm*"}
    changed = client.patch("/api/v1/boards/2", headers=headers, json=values | {"position": 0})
    assert {**values, "icon_url": None}.items() <= changed.json.items()  # type: ignore[union-attr]
    assert [each["title"] for each in client.get("/api/v1/boards").json["items"]] == ["Chat", "Talk"]  # type: ignore[index]
    assert client.delete("/api/v1/boards/2", headers=headers).status_code == 409
    assert client.delete("/api/v1/boards/2", headers=headers, json={"delete_threads": True}).status_code == 204
