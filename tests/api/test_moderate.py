"""Acts of moderators through the API."""

import pytest
from flask import Flask

from forum.admin.undo import running
from tests.api.conftest import MakeProgram, Program, Writing
from tests.factories import a_board, a_member, a_post, a_thread

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
