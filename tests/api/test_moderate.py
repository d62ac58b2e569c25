"""Acts of moderators through the API."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.admin.undo import running
from forum.infra.database.db import session
from forum.models import Member
from tests.api.conftest import MakeProgram, Program, Writing
from tests.factories import a_board, a_group, a_list, a_member, a_post, a_thread, an_entry

SCOPES = "read write moderate"


@pytest.fixture
def mona(writing: Writing, program: MakeProgram) -> Program:
    """A client that acts for a moderator, in a forum with two boards and two threads by anna, one with a reply."""
    with writing():
        anna = a_member("anna")
        a_member("mona", role="moderator")
        board = a_board("Space")
        a_board("Earth")
        a_post(thread=a_thread(by=anna, board=board, title="The first"), by=anna)
        a_thread(by=anna, board=board, title="The second")
    return program("mona", scopes=SCOPES)


def test_a_thread_is_changed_in_several_ways_at_once(mona: Program, program: MakeProgram) -> None:
    sent = {"title": "Another title", "board_id": 2, "is_pinned": True, "is_locked": True}
    thread = mona.send("PATCH", "/threads/1", sent, status=200)
    assert (thread["title"], thread["board"]["id"], thread["is_pinned"], thread["is_locked"]) == (*sent.values(),)
    assert mona.send("PATCH", "/threads/1", {"slow_minutes": 5}, status=200)["slow_minutes"] == 5
    assert mona.send("PATCH", "/threads/1", {"is_locked": False}, status=200)["is_locked"] is False
    assert mona.send("PATCH", "/threads/1", {"board_id": 99}, status=422)["errors"].keys() == {"board_id"}
    anna = program("anna")
    anna.send("PATCH", "/threads/1", {"is_locked": True}, status=403)
    anna.send("PATCH", "/threads/1", {"title": "Anna's title", "is_pinned": False}, status=403)
    assert anna.get("/threads/1")["title"] == "Another title"
    program("mona").send("PATCH", "/threads/2", {"is_pinned": True}, status=403)


def test_deleted_threads_and_posts_are_restored(mona: Program, program: MakeProgram) -> None:
    anna = program("anna")
    assert mona.ask("DELETE", "/posts/2", {"reason": "Spam"}).status_code == 204
    anna.send("POST", "/posts/2/undelete", status=403)
    assert mona.send("POST", "/posts/2/undelete", status=200)["position"] == 2
    assert anna.ask("DELETE", "/posts/2").status_code == 204
    anna.send("POST", "/posts/2/undelete", status=200)
    assert mona.ask("DELETE", "/threads/1").status_code == 204
    anna.send("POST", "/threads/1/undelete", status=404)
    program("mona").send("POST", "/threads/1/undelete", status=403)
    assert mona.send("POST", "/threads/1/undelete", status=200)["is_deleted"] is False
    assert mona.send("POST", "/threads/1/undelete", status=200)["reply_count"] == 1


def test_an_act_on_many_answers_by_thread_and_is_undone(app: Flask, mona: Program, program: MakeProgram) -> None:
    sent = {"act": "lock", "ids": [2, 1, 77, 1]}
    begun = [mona.ask("POST", "/moderation/acts", sent, Idempotency_Key="a-key-1") for _ in range(2)]
    assert [answer.status_code for answer in begun] == [202, 202]
    path = begun[0].headers["Location"].removeprefix("http://localhost/api/v1")
    assert begun[1].headers["Location"] == begun[0].headers["Location"]
    with app.app_context():
        running.run_pending()  # on PostgreSQL only the first was done at once
    act = mona.get(path)
    states = {result["id"]: result["state"] for result in act["results"]}
    assert (act["is_finished"], states) == (True, {1: "done", 2: "done", 77: "refused"})
    assert mona.get("/threads/2")["is_locked"] is True
    program("anna").get(path, status=404)
    program("mona").send("POST", f"{path}/undo", status=403)
    assert mona.send("POST", f"{path}/undo", status=202)["act"] == "undo"
    with app.app_context():
        running.run_pending()
    assert mona.get("/threads/2")["is_locked"] is False
    mona.send("POST", f"{path}/undo", status=409)


def test_acts_on_many_are_refused_as_a_whole_if_they_make_no_sense(mona: Program, program: MakeProgram) -> None:
    mona.send("POST", "/moderation/acts", {"act": "eat", "ids": [1]}, status=422)
    mona.send("POST", "/moderation/acts", {"act": "pin", "ids": []}, status=422)
    mona.send("POST", "/moderation/acts", {"act": "move", "ids": [1]}, status=422)
    program("anna").send("POST", "/moderation/acts", {"act": "pin", "ids": [1]}, status=403)


def test_pins_and_locks_have_ends_and_places(mona: Program) -> None:
    pin = {"is_pinned_everywhere": True, "pinned_until": "2999-05-01T10:00:00Z"}
    thread = mona.send("PATCH", "/threads/1", pin, status=200)
    assert {name: thread[name] for name in pin} == pin
    assert thread["is_pinned"] is True
    thread = mona.send("PATCH", "/threads/1", {"pinned_until": None}, status=200)
    assert (thread["is_pinned_everywhere"], thread["pinned_until"]) == (True, None)
    thread = mona.send("PATCH", "/threads/1", {"is_pinned": False}, status=200)
    assert (thread["is_pinned"], thread["is_pinned_everywhere"]) == (False, False)
    lock = {"locks_at": "2999-05-01T10:00:00Z", "locked_until": "2999-05-02T10:00:00Z", "lock_reason": "The vote ends"}
    thread = mona.send("PATCH", "/threads/1", lock, status=200)
    assert {name: thread[name] for name in lock} == lock
    assert thread["is_locked"] is False
    thread = mona.send("PATCH", "/threads/1", {"is_locked": True}, status=200)
    assert (thread["is_locked"], thread["locks_at"], thread["lock_reason"]) == (True, None, "The vote ends")
    thread = mona.send("PATCH", "/threads/1", {"is_locked": False}, status=200)
    assert (thread["is_locked"], thread["locked_until"], thread["lock_reason"]) == (False, None, "")
    past = {"pinned_until": "2001-05-01T10:00:00Z"}
    assert mona.send("PATCH", "/threads/1", past, status=422)["errors"].keys() == {"pinned_until"}
    mona.send("PATCH", "/threads/1", {"pinned_until": "soon"}, status=422)


def test_a_thread_is_copied_and_the_copy_undone(mona: Program, program: MakeProgram) -> None:
    program("mona").send("POST", "/threads/1/copy", {"board_id": 2}, status=403)
    made = mona.ask("POST", "/threads/1/copy", {"board_id": 2, "title": "A copy"})
    assert made.status_code == 201
    copy = json.loads(made.text)
    assert (copy["board"]["id"], copy["title"], copy["reply_count"]) == (2, "A copy", 1)
    assert made.headers["Location"].endswith(f"/threads/{copy['id']}")
    originals, copies = (mona.get(f"/threads/{number}/posts")["items"] for number in (1, copy["id"]))
    assert [post["created_at"] for post in copies] == [post["created_at"] for post in originals]
    some = mona.send("POST", "/threads/1/copy", {"board_id": 2, "post_ids": [originals[1]["id"]]}, status=201)
    assert (some["title"], some["reply_count"]) == ("The first", 0)
    assert mona.send("POST", "/threads/1/copy", {"board_id": 9}, status=422)["errors"].keys() == {"board_id"}


def test_more_people_see_what_is_moved_only_if_the_request_says_so(writing: Writing, mona: Program) -> None:
    with writing():
        staff = session.query(Member).filter_by(username="mona").one()
        hidden = a_board("Hidden")
        a_list(hidden, an_entry(a_group("Crew", staff), moderates=True))
        for title in ("One of ours", "Two of ours", "Three of ours"):
            a_post(thread=a_thread(board=hidden, title=title, by=staff), by=staff)
    ours = [thread["id"] for thread in mona.get("/boards/3/threads")["items"]]
    requests: list[tuple[str, str, dict[str, object]]] = [
        ("PATCH", f"/threads/{ours[0]}", {"board_id": 1}),
        ("POST", f"/threads/{ours[1]}/merge", {"into": 1}),
        ("POST", f"/threads/{ours[2]}/copy", {"board_id": 1}),
        ("POST", "/moderation/acts", {"act": "move", "ids": [ours[2]], "board_id": 1}),
    ]
    for method, path, body in requests:
        refused = mona.send(method, path, body, status=409)
        assert refused["type"].endswith("#wider")
        assert list(refused["errors"]) == ["into" if "into" in body else "board_id"]
        assert mona.ask(method, path, body | {"wider": True}).status_code in {200, 201, 202}


def test_a_move_through_the_api_leaves_a_redirect_for_some_days(app: Flask, client: FlaskClient, mona: Program) -> None:
    mona.send("PATCH", "/threads/1", {"board_id": 2, "redirect_days": 7}, status=200)
    assert "Moved" in client.get("/boards/1-space").text
    assert [thread["id"] for thread in mona.get("/boards/1/threads")["items"]] == [2]
    mona.send("PATCH", "/threads/1", {"board_id": 1, "redirect_days": 99999}, status=422)
