"""Moderators warn by programs, with the scope for it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from tests.api.conftest import MakeProgram
from tests.factories import a_member, a_post, a_thread, a_warning_kind

Writing = Callable[[], AbstractContextManager[None]]


def test_a_program_warns_lists_and_withdraws(program: MakeProgram, writing: Writing) -> None:
    with writing():
        a_member("mona", role="moderator")
        ben = a_member("ben")
        post, kind, ben_id = a_post(by=ben).id, a_warning_kind(points=2).id, ben.id
        others = a_post().id
    mona, path = program("mona", scopes="read write moderate"), f"/members/{ben_id}/warnings"
    kinds = mona.get("/moderation/warning-kinds")["items"]
    assert [(row["id"], row["points"], row["days"]) for row in kinds] == [(kind, 2, 30)]
    body = {"kind": kind, "reason": "Mind your words", "post_id": post}
    made = mona.send("POST", path, body, status=201)
    assert (made["points"], made["reason"], made["post_id"], made["by"]["username"]) == (
        *(2, "Mind your words", post),
        "mona",
    )
    listed = mona.get(path)
    assert (listed["points"], [row["id"] for row in listed["items"]]) == (2, [made["id"]])
    for wrong in ({}, {"kind": 999}, {"kind": kind, "post_id": others}, {"kind": kind, "post_id": 999}):
        mona.send("POST", path, wrong, status=422)
    mona.send("POST", "/members/999/warnings", body, status=404)
    program("mona").send("POST", path, body, status=403)
    program("ben", scopes="read write").get(path, status=403)
    assert mona.ask("DELETE", f"{path}/{made['id']}", {"reason": "Mistake"}).status_code == 204
    assert mona.get(path)["points"] == 0
    assert not mona.get(path)["items"][0]["is_in_force"]
    mona.send("DELETE", f"{path}/{made['id']}", {}, status=409)
    mona.send("DELETE", f"{path}/999", {}, status=404)


def test_a_program_lets_posts_of_a_member_wait_and_appear_again(program: MakeProgram, writing: Writing) -> None:
    with writing():
        a_member("mona", role="moderator")
        ben, thread = a_member("ben").id, a_thread().id
    mona, path = program("mona", scopes="read write moderate"), f"/members/{ben}/hold"
    held = mona.send("POST", path, {"reason": "Calm down", "until": "2099-05-01"}, status=201)
    assert (held["kind"], held["reason"], held["member"]["id"]) == ("hold", "Calm down", ben)
    assert [row["kind"] for row in mona.get("/moderation/bans?kind=holds")["items"]] == ["hold"]
    assert (
        program("ben").send("POST", f"/threads/{thread}/posts", {"body": "I am calm"}, status=201)["visibility"]
        == "held"
    )
    mona.send("POST", path, {"until": "2001-05-01"}, status=422)
    program("mona").send("POST", path, {}, status=403)
    program("ben").send("POST", path, {}, status=403)
    mona.send("POST", "/members/999/hold", {}, status=404)
    assert mona.ask("DELETE", path).status_code == 204
    assert mona.ask("DELETE", path).status_code == 204
    written = program("ben").send("POST", f"/threads/{thread}/posts", {"body": "Very calm"}, status=201)
    assert written["visibility"] == "public"


def test_a_program_mutes_in_a_board_and_in_the_forum(program: MakeProgram, writing: Writing) -> None:
    with writing():
        a_member("mona", role="moderator")
        ben, thread = a_member("ben").id, a_thread()
        thread_id, board = thread.id, thread.board_id
    mona, path = program("mona", scopes="read write moderate"), f"/members/{ben}/mute"
    muted = mona.send("POST", path, {"board_id": board, "reason": "Calm down", "until": "2099-05-01"}, status=201)
    assert (muted["kind"], muted["scope"], muted["reason"]) == ("mute", f"board:{board}", "Calm down")
    program("ben").send("POST", f"/threads/{thread_id}/posts", {"body": "I am calm"}, status=403)
    assert mona.send("POST", path, {}, status=201)["scope"] == ""
    assert set(mona.send("POST", path, {"board_id": 999}, status=422)["errors"]) == {"board_id"}
    program("mona").send("POST", path, {}, status=403)
    assert mona.ask("DELETE", path).status_code == 204
    assert mona.ask("DELETE", path, {"board_id": board}).status_code == 204
    program("ben").send("POST", f"/threads/{thread_id}/posts", {"body": "I am calm"}, status=201)
