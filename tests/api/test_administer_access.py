"""Groups, access lists and the reasons of rights are read and changed by programs with the scope admin."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import Member
from tests.api.conftest import MakeProgram, Program
from tests.api.test_administer import a_token
from tests.factories import a_ban, a_board, a_group, a_list, a_member, a_post, a_thread, an_entry
from tests.middleware.guests import Writing

REQUESTS: tuple[tuple[str, str, object], ...] = (
    ("GET", "/api/v1/groups", None),
    ("POST", "/api/v1/groups", {"title": "Astronomers"}),
    ("GET", "/api/v1/groups/5", None),
    ("PATCH", "/api/v1/groups/5", {"title": "Astronomers"}),
    ("DELETE", "/api/v1/groups/5", None),
    ("GET", "/api/v1/groups/5/grants", None),
    ("PUT", "/api/v1/groups/5/grants", {"rights": []}),
    ("GET", "/api/v1/groups/5/members", None),
    ("PUT", "/api/v1/groups/5/members/1", {}),
    ("DELETE", "/api/v1/groups/5/members/1", None),
    ("GET", "/api/v1/boards/1/access", None),
    ("PUT", "/api/v1/boards/1/access", {"entries": []}),
    ("DELETE", "/api/v1/boards/1/access", None),
    ("GET", "/api/v1/permissions?board=1", None),
)
DEFAULT = [
    {"group": {"id": 1, "title": "Guests"}, "level": "see", "moderates": False, "own_threads_only": False},
    {"group": {"id": 2, "title": "Members"}, "level": "start", "moderates": False, "own_threads_only": False},
    {"group": {"id": 3, "title": "Moderators"}, "level": "start", "moderates": True, "own_threads_only": False},
]


@pytest.fixture
def boss(writing: Writing, app: Flask) -> Program:
    """The program of an admin, with a forum: boards 1 and 2 (below 1), group 5, and the members anna and mona."""
    with writing():
        olaf = a_member("olaf", role="admin")
        a_member("anna")
        a_member("mona", role="moderator")
        a_board("Below", parent_id=a_board("Above").id)
        a_group("Friends of the moon")
        token = a_token(olaf, "read", "write", "moderate", "admin")
    program = Program(app.test_client())
    program.headers = token
    return program


def member_id(boss: Program, name: str) -> int:
    members = boss.get("/members?sort=name")["items"]
    return next(int(member["id"]) for member in members if member["username"] == name)


def rights(boss: Program, board: int, member: str = "") -> dict[str, bool]:
    told = boss.get(f"/permissions?board={board}" + (f"&member={member}" if member else ""))
    return {name: right["allowed"] for name, right in told["rights"].items()}


def test_the_scope_admin_and_an_admin_are_needed(client: FlaskClient, boss: Program, writing: Writing) -> None:
    with writing():
        mona = session.query(Member).filter_by(username="mona").one()
        olaf = session.query(Member).filter_by(username="olaf").one()
        tokens = [a_token(mona, "read", "write", "moderate"), a_token(olaf, "read", "write", "moderate")]
    for method, path, body in REQUESTS:
        assert (path, client.open(path, method=method, json=body).status_code) == (path, 401)
        for token in tokens:
            assert (path, client.open(path, method=method, json=body, headers=token).status_code) == (path, 403)


def test_the_list_that_counts_is_told_with_its_owner(boss: Program) -> None:
    assert boss.get("/boards/1/access") == {"is_own": False, "owner": None, "entries": DEFAULT}
    entries = [
        {"group_id": 5, "level": "start", "moderates": True},
        {"group_id": 2, "level": "reply", "own_threads_only": True},
    ]
    stored = boss.send("PUT", "/boards/1/access", {"entries": entries}, status=200)

    assert stored == boss.get("/boards/1/access")
    assert stored["is_own"]
    assert stored["owner"]["title"] == "Above"
    assert stored["entries"] == [
        {"group": {"id": 2, "title": "Members"}, "level": "reply", "moderates": False, "own_threads_only": True},
        {
            "group": {"id": 5, "title": "Friends of the moon"},
            "level": "start",
            "moderates": True,
            "own_threads_only": False,
        },
    ]
    assert boss.get("/boards/2/access") == stored | {"is_own": False}
    boss.send("DELETE", "/boards/1/access", status=204)
    assert boss.get("/boards/2/access")["entries"] == DEFAULT


def test_an_empty_list_leaves_a_board_to_admins(boss: Program, guest: Program, program: MakeProgram) -> None:
    assert boss.send("PUT", "/boards/1/access", {"entries": []}, status=200)["entries"] == []
    for each in (guest, program("mona")):
        each.get("/boards/1", status=404)
        each.get("/boards/2", status=404)
    assert boss.get("/boards/1/access")["is_own"]
    assert boss.get("/boards/2")["title"] == "Below"


def test_wrong_entries_are_refused_by_field(boss: Program) -> None:
    def errors(*entries: dict[str, object]) -> dict[str, list[str]]:
        told: dict[str, list[str]] = boss.send("PUT", "/boards/1/access", {"entries": entries}, status=422)["errors"]
        return told

    assert errors({"group_id": 99, "level": "see"}) == {"entries": ["There is no such group."]}
    assert errors({"group_id": 4, "level": "see"}) == {"entries": ["Admins need no entry: they may do everything."]}
    assert errors({"group_id": 1, "level": "reply"})["entries"][0].startswith("Guests can only see.")
    assert errors({"group_id": 2, "level": "see"}, {"group_id": 2, "level": "start"}) == {
        "entries": ["Each group can have only one entry."]
    }
    assert errors({"group_id": 2, "level": "see"}, {"group_id": 2, "level": "all"}).keys() == {"entries.1.level"}
    assert boss.send("PUT", "/boards/1/access", {}, status=422)["errors"].keys() == {"entries"}
    assert not boss.get("/boards/1/access")["is_own"]


def test_a_list_that_has_changed_meanwhile_is_kept(boss: Program) -> None:
    read = boss.ask("GET", "/boards/1/access").headers["ETag"]
    entries = [{"group_id": 2, "level": "see"}]
    assert boss.ask("PUT", "/boards/1/access", {"entries": entries}, If_Match=read).status_code == 200
    assert boss.ask("PUT", "/boards/1/access", {"entries": []}, If_Match=read).status_code == 412
    assert boss.ask("DELETE", "/boards/1/access", If_Match=read).status_code == 412
    assert boss.get("/boards/1/access")["entries"][0]["level"] == "see"
    again = boss.ask("GET", "/boards/1/access").headers["ETag"]
    assert boss.ask("DELETE", "/boards/1/access", If_Match=again).status_code == 204


def test_groups_are_created_changed_and_deleted(boss: Program) -> None:
    none: dict[str, object] = dict.fromkeys(("min_messages", "min_days", "min_score", "edit_minutes"))
    none |= {"banner_text": "", "banner_colour": "", "takes_requests": False}
    made = boss.ask("POST", "/groups", {"title": "Astronomers", "description": "They look up"})
    assert made.status_code == 201
    assert made.json == {"id": 6, "title": "Astronomers", "description": "They look up", "is_built_in": False, **none}
    assert made.headers["Location"] == "http://localhost/api/v1/groups/6"
    read = boss.ask("GET", "/groups/6").headers["ETag"]
    assert boss.send("PATCH", "/groups/6", {"title": "Stargazers"}, status=200)["description"] == "They look up"
    assert boss.ask("PATCH", "/groups/6", {"title": "Late"}, If_Match=read).status_code == 412
    listed = boss.get("/groups")["items"]
    assert [group["title"] for group in listed] == [
        *("Guests", "Members", "Moderators", "Admins", "Friends of the moon", "Stargazers")
    ]
    assert [group["is_built_in"] for group in listed] == [True] * 4 + [False] * 2
    assert boss.send("POST", "/groups", {"title": "Stargazers"}, status=422)["errors"].keys() == {"title"}
    assert boss.send("POST", "/groups", {"description": "x"}, status=422)["errors"].keys() == {"title"}
    boss.send("DELETE", "/groups/6", status=204)
    boss.get("/groups/6", status=404)


def test_members_join_for_a_time_and_leave(boss: Program) -> None:
    anna, until = member_id(boss, "anna"), (clock.now() + timedelta(days=3)).replace(microsecond=0)
    path = f"/groups/5/members/{anna}"
    boss.send("PUT", "/boards/1/access", {"entries": [{"group_id": 5, "level": "start"}]}, status=200)
    assert not rights(boss, 2, "anna")["see"]

    joined = boss.send("PUT", path, {"until": until.isoformat()}, status=200)
    assert joined["until"] == until.isoformat().replace("+00:00", "Z")
    assert boss.get("/groups/5/members")["items"] == [joined]
    assert rights(boss, 2, "anna") == {"see": True, "reply": True, "start": True, "moderate": False}
    assert boss.send("PUT", path, {}, status=200)["until"] is None
    past = boss.send("PUT", path, {"until": "2020-01-01T00:00:00"}, status=422)
    assert past["errors"] == {"until": ["Choose a day after today."]}
    boss.send("PUT", path, {"until": "9999-12-31T23:59:59-12:00"}, status=422)
    boss.send("DELETE", path, status=204)
    boss.send("DELETE", path, status=404)
    assert not rights(boss, 2, "anna")["see"]
    boss.send("PUT", "/groups/5/members/99", {}, status=404)


def test_built_in_groups_can_be_renamed_only(boss: Program) -> None:
    anna = member_id(boss, "anna")
    assert boss.send("PATCH", "/groups/2", {"title": "Gardeners"}, status=200)["title"] == "Gardeners"
    assert boss.send("DELETE", "/groups/2", status=409)["detail"] == "This group is built in and cannot be deleted."
    for answer in (
        boss.send("PUT", f"/groups/3/members/{anna}", {}, status=409),
        boss.send("DELETE", f"/groups/3/members/{anna}", status=409),
        boss.get("/groups/3/members", status=409),
    ):
        assert answer["detail"].startswith("The members of this group follow from their roles.")


def test_each_right_is_told_with_its_reason(boss: Program, writing: Writing) -> None:
    boss.send("PUT", "/boards/1/access", {"entries": [{"group_id": 2, "level": "reply"}]}, status=200)
    anna = member_id(boss, "anna")
    told = boss.get(f"/permissions?member={anna}&board=1")

    assert told == boss.get("/permissions?member=anna&board=1")
    assert (told["member"]["username"], told["board"]["title"]) == ("anna", "Above")
    assert told["rights"]["reply"] == {"allowed": True, "because": "The list allows it to the group “Members”."}
    assert told["rights"]["start"] == {
        "allowed": False,
        "because": "No entry of the list allows it to a group they are in.",
    }
    guest = boss.get("/permissions?board=2")
    assert guest["member"] is None
    assert guest["rights"]["see"] == {
        "allowed": False,
        "because": "They cannot see “Above”, which contains this board.",
    }
    assert all(rights(boss, 1, "olaf").values())
    with writing():
        a_ban(session.get_one(Member, anna))
    assert "banned" in boss.get("/permissions?member=anna&board=1")["rights"]["see"]["because"]


def test_unknown_names_in_a_question_are_told(boss: Program) -> None:
    assert boss.get("/permissions?board=1&member=nobody", status=422)["errors"].keys() == {"member"}
    assert boss.get("/permissions?member=anna", status=422)["errors"].keys() == {"board"}
    boss.get("/permissions?board=99", status=404)


def test_the_moderator_of_one_board_may_moderate_there_only(writing: Writing, program: MakeProgram) -> None:
    with writing():
        anna, maria = a_member("anna"), a_member("maria")
        keepers = a_group("Keepers", maria)
        theirs, other = a_board("Theirs"), a_board("Other")
        a_list(theirs, an_entry(keepers, moderates=True))
        a_list(other, an_entry(keepers))
        threads = [a_thread(by=maria, board=board) for board in (theirs, other)]
        posts = [a_post(thread=thread, by=maria).id for thread in threads]
        for thread in threads:
            thread.starter_id, thread.is_locked = anna.id, True
        session.flush()
        numbers = [thread.id for thread in threads]
    keeper, plain = program("maria", scopes="read write moderate"), program("maria")

    assert [keeper.get(f"/threads/{number}")["can"]["moderate"] for number in numbers] == [True, False]
    assert [keeper.get(f"/threads/{number}")["can"]["reply"] for number in numbers] == [True, False]
    assert not plain.get(f"/threads/{numbers[0]}")["can"]["reply"]
    plain.send("POST", f"/threads/{numbers[0]}/posts", {"body": "Words."}, status=403)
    plain.send("PATCH", f"/threads/{numbers[0]}", {"title": "A better title"}, status=403)
    keeper.send("POST", f"/threads/{numbers[0]}/posts", {"body": "Words."}, status=201)
    keeper.send("POST", f"/threads/{numbers[1]}/posts", {"body": "Words."}, status=403)
    keeper.send("PATCH", f"/threads/{numbers[0]}", {"title": "A better title"}, status=200)
    keeper.send("PATCH", f"/threads/{numbers[1]}", {"title": "A better title"}, status=403)
    keeper.send("DELETE", f"/posts/{posts[0]}", status=204)
    keeper.send("DELETE", f"/threads/{numbers[1]}", status=403)
    keeper.send("DELETE", f"/threads/{numbers[0]}", status=204)
    assert keeper.get(f"/threads/{numbers[0]}")["is_deleted"]


def test_rights_are_told_and_replaced(boss: Program, writing: Writing) -> None:
    rights = ["invite", "post_without_approval", "react", "see_members", "start_conversations", "use_api"]
    assert boss.get("/groups/2/grants") == {"rights": rights}
    stored = boss.send("PUT", "/groups/5/grants", {"rights": ["see_log", "ban_members"]}, status=200)
    assert stored == boss.get("/groups/5/grants") == {"rights": ["ban_members", "see_log"]}
    assert boss.send("PUT", "/groups/5/grants", {"rights": []}, status=200) == {"rights": []}
    refused = boss.send("PUT", "/groups/5/grants", {"rights": ["fly"]}, status=422)
    assert list(refused["errors"]) == ["rights.0"]
    refused = boss.send("PUT", "/groups/1/grants", {"rights": ["see_log"]}, status=422)
    assert list(refused["errors"]) == ["rights"]
    boss.send("PUT", "/groups/4/grants", {"rights": []}, status=409)


def test_who_meets_the_conditions_is_in_the_group(boss: Program) -> None:
    made = boss.send("POST", "/groups", {"title": "Regulars", "min_messages": 100, "min_days": 0}, status=201)
    assert (made["min_messages"], made["min_days"], made["min_score"]) == (100, 0, None)
    boss.send("PUT", "/boards/1/access", {"entries": [{"group_id": made["id"], "level": "reply"}]}, status=200)
    assert rights(boss, 1, "anna") == {"see": True, "reply": True, "start": False, "moderate": False}
    boss.send("PATCH", f"/groups/{made['id']}", {"min_messages": 101}, status=200)
    assert not any(rights(boss, 1, "anna").values())
    boss.send("PATCH", f"/groups/{made['id']}", {"min_messages": None}, status=200)
    assert rights(boss, 1, "anna")["see"]
    refused = boss.send("PATCH", "/groups/3", {"min_messages": 5}, status=422)
    assert list(refused["errors"]) == ["min_messages"]
    refused = boss.send("PATCH", f"/groups/{made['id']}", {"min_days": -1}, status=422)
    assert list(refused["errors"]) == ["min_days"]
