"""Writing through the API: threads, posts, reactions, previews."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from forum.moderation import tools
from tests.api.conftest import MakeProgram, Program
from tests.factories import a_board, a_member, a_newcomer, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]
NOT_YOURS = {
    "id": 4711,
    "author_id": 1,
    "author": "ben",
    "created_at": "2001-01-01T00:00:00Z",
    "is_pinned": True,
    "is_locked": True,
    "reply_count": 99,
    "view_count": 99,
    "role": "admin",
    "is_admin": True,
    "position": 77,
    "html": "<script>",
    "board": 2,
    "approved": True,
}


@pytest.fixture
def anna(writing: Writing, program: MakeProgram) -> Program:
    """A client that acts for anna, in a forum with one board and one thread by ben."""
    with writing():
        a_member("anna")
        a_thread(by=a_member("ben"), board=a_board("Space"), title="Ben's thread")
    return program("anna")


def test_a_thread_is_started(anna: Program) -> None:
    answer = anna.ask("POST", "/boards/1/threads", {"title": "  Hello  there ", "body": "It *works*."})

    assert answer.status_code == 201
    assert answer.json is not None
    assert (answer.json["title"], answer.json["starter"]["username"]) == ("Hello there", "anna")
    assert answer.headers["Location"] == f"http://localhost/api/v1/threads/{answer.json['id']}"
    assert anna.get(f"/threads/{answer.json['id']}") == answer.json
    assert anna.get("/boards/1")["last_post"]["thread"]["id"] == answer.json["id"]


def test_a_reply_is_added(anna: Program) -> None:
    post = anna.send("POST", "/threads/1/posts", {"body": "I agree."}, status=201)

    assert (post["position"], post["author"]["username"], post["body"]) == (2, "anna", "I agree.")
    assert anna.get("/threads/1")["reply_count"] == 1
    assert anna.get("/me")["message_count"] == 101


def test_a_post_is_edited_by_its_author(anna: Program, program: MakeProgram) -> None:
    number = anna.send("POST", "/threads/1/posts", {"body": "I agree."}, status=201)["id"]
    edited = anna.send("PATCH", f"/posts/{number}", {"body": "I do agree."}, status=200)

    assert (edited["body"], edited["revision"]) == ("I do agree.", 1)
    assert edited["edited_at"]
    anna.send("PATCH", f"/posts/{number}", {"body": "Over it.", "seen_revision": 0}, status=409)
    program("ben").send("PATCH", f"/posts/{number}", {"body": "Not mine."}, status=403)
    assert anna.get(f"/posts/{number}")["body"] == "I do agree."


def test_a_post_is_deleted_and_then_unknown(anna: Program) -> None:
    number = anna.send("POST", "/threads/1/posts", {"body": "I agree."}, status=201)["id"]
    answer = anna.ask("DELETE", f"/posts/{number}")

    assert (answer.status_code, answer.data) == (204, b"")
    anna.get(f"/posts/{number}", status=404)
    anna.send("DELETE", f"/posts/{number}", status=404)
    assert anna.get("/threads/1")["reply_count"] == 0


def test_a_title_is_changed_by_the_threads_starter_and_by_moderators(
    anna: Program, program: MakeProgram, writing: Writing
) -> None:
    ben = program("ben")
    assert ben.get("/threads/1")["can"]["edit_title"] is True
    changed = ben.send("PATCH", "/threads/1", {"title": " Ben's  other title "}, status=200)
    assert (changed["title"], changed["slug"]) == ("Ben's other title", "ben-s-other-title")
    assert anna.get("/threads/1") == changed | {"can": anna.get("/threads/1")["can"]}
    anna.send("PATCH", "/threads/1", {"title": "Not mine"}, status=403)
    ben.send("PATCH", "/threads/1", {"title": "abc"}, status=422)
    assert ben.send("PATCH", "/threads/1", {}, status=200)["title"] == changed["title"]
    with writing():
        a_member("mona", role="moderator")
    program("mona").send("PATCH", "/threads/1", {"title": "Mona's title"}, status=403)
    program("mona", scopes="read write moderate").send("PATCH", "/threads/1", {"title": "Mona's title"}, status=200)


def test_a_thread_is_deleted_with_a_moderators_token_with_or_without_a_reason(
    anna: Program, program: MakeProgram, writing: Writing
) -> None:
    with writing():
        a_member("mona", role="moderator")
        a_thread(by=a_member("carl"))
    anna.send("DELETE", "/threads/1", status=403)
    program("mona").send("DELETE", "/threads/1", status=403)
    mona = program("mona", scopes="read write moderate")
    answer = mona.ask("DELETE", "/threads/1", {"reason": "Spam"})
    assert (answer.status_code, answer.data) == (204, b"")
    anna.get("/threads/1", status=404)
    assert mona.get("/threads/1")["is_deleted"] is True
    assert mona.ask("DELETE", "/threads/2").status_code == 204
    mona.send("DELETE", "/threads/77", status=404)
    mona.send("DELETE", "/threads/2", {"reason": 5}, status=422)


def test_a_reaction_is_given_changed_and_removed(anna: Program) -> None:
    given = anna.send("PUT", "/posts/1/reaction", {"kind": "like"}, status=200)
    assert given["my_reaction"] == "like"
    assert [(each["kind"], each["count"], each["names"]) for each in given["reactions"]] == [("like", 1, ["anna"])]

    changed = anna.send("PUT", "/posts/1/reaction", {"kind": "dislike"}, status=200)
    assert [(each["kind"], each["score"]) for each in changed["reactions"]] == [("dislike", -1)]
    assert anna.get("/members?sort=score")["items"][-1]["negative_reactions"] == 1

    assert anna.send("DELETE", "/posts/1/reaction", status=200)["reactions"] == []
    anna.send("DELETE", "/posts/1/reaction", status=200)
    anna.send("PUT", "/posts/1/reaction", {"kind": "no such"}, status=422)


def test_nobody_reacts_to_their_own_post(anna: Program, program: MakeProgram) -> None:
    program("ben").send("PUT", "/posts/1/reaction", {"kind": "like"}, status=403)


def test_a_preview_is_rendered_like_the_post(anna: Program) -> None:
    body = {"body": "**Bold** <script>alert(1)</script> [x](javascript:alert(1)) :coffee: @ben"}
    html = anna.send("POST", "/preview", body, status=200)["html"]

    assert html == anna.send("POST", "/threads/1/posts", body, status=201)["html"]
    assert "<strong>Bold</strong>" in html
    assert "<script" not in html


def test_fields_that_the_sender_may_not_set_are_ignored(anna: Program) -> None:
    thread = anna.send("POST", "/boards/1/threads", NOT_YOURS | {"title": "Hello", "body": "Words."}, status=201)
    post = anna.send("POST", f"/threads/{thread['id']}/posts", NOT_YOURS | {"body": "More words."}, status=201)
    edited = anna.send("PATCH", f"/posts/{post['id']}", NOT_YOURS | {"body": "Other words."}, status=200)

    assert (thread["id"], thread["is_pinned"], thread["is_locked"], thread["view_count"]) == (2, False, False, 0)
    assert (thread["board"]["id"], thread["starter"]["username"]) == (1, "anna")
    assert thread["started_at"] > "2020"
    for each in (post, edited):
        assert (each["id"], each["position"], each["author"]["username"]) == (post["id"], 2, "anna")
        assert "script" not in each["html"]
    assert anna.get("/me")["role"] == "member"


def test_a_locked_thread_and_a_category_accept_nothing(anna: Program, writing: Writing) -> None:
    with writing():
        mia, board = a_member("mia", role="moderator"), a_board("Group", is_category=True)
        thread = a_thread(by=mia)
        tools.lock(mia, thread)
        locked, group = thread.id, board.id

    anna.send("POST", f"/threads/{locked}/posts", {"body": "Still?"}, status=403)
    anna.send("POST", f"/boards/{group}/threads", {"title": "In a group", "body": "Words."}, status=403)


def test_what_is_wrong_with_a_post_is_reported_at_its_field(anna: Program) -> None:
    problem = anna.send("POST", "/boards/1/threads", {"title": "abc", "body": "Words."}, status=422)

    assert problem["errors"] == {"title": ["Titles need 4–150 characters (you have 3)."]}
    assert problem["type"] == "http://localhost/api/docs#invalid"
    missing = anna.send("POST", "/boards/1/threads", {}, status=422)
    assert sorted(missing["errors"]) == ["body", "title"]


def test_another_member_s_posts_are_edited_only_by_moderators(
    anna: Program, program: MakeProgram, writing: Writing
) -> None:
    with writing():
        a_member("mia", role="moderator")
        a_post(by=a_newcomer("carl"))
    anna.send("PATCH", "/posts/1", {"body": "Mine now."}, status=403)
    anna.send("DELETE", "/posts/3", status=403)

    assert program("mia", scopes="read write moderate").ask("DELETE", "/posts/3").status_code == 204
