"""Reading through the API: fields, lists, hidden content, and what a caller may do."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from forum.infra import clock
from tests.api.conftest import MakeProgram, Program
from tests.factories import a_board, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]
SECRETS = ("@example.org", "argon2", "password", "email", "token", "address", "session")


def test_a_board_has_the_documented_fields(guest: Program, lunar: int) -> None:
    board = guest.get("/boards")["items"][0]

    assert board["title"] == "Space"
    assert board["slug"] == "space"
    assert board["url"] == f"http://localhost/boards/{board['id']}-space"
    assert (board["parent"], board["is_category"], board["description"]) == (None, False, "")
    assert (board["thread_count"], board["post_count"]) == (1, 3)
    assert board["last_post"]["thread"]["id"] == lunar
    assert board["last_post"]["author"]["username"] == "ben"
    assert board["can"] == {"post_thread": False}
    assert guest.get(f"/boards/{board['id']}") == board


def test_a_thread_has_the_documented_fields(guest: Program, lunar: int) -> None:
    thread = guest.get(f"/threads/{lunar}")

    assert (thread["title"], thread["slug"]) == ("A lunar station", "a-lunar-station")
    assert thread["url"] == f"http://localhost/threads/{lunar}-a-lunar-station"
    assert thread["board"]["title"] == "Space"
    assert thread["starter"]["username"] == "anna"
    assert (thread["reply_count"], thread["view_count"]) == (2, 0)
    assert (thread["is_pinned"], thread["is_locked"]) == (False, False)
    assert thread["last_post"]["author"]["username"] == "ben"
    assert thread["can"] == {"reply": False, "edit_title": False, "moderate": False}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", thread["started_at"])


def test_a_post_has_the_documented_fields(guest: Program, lunar: int) -> None:
    post = guest.get(f"/threads/{lunar}/posts")["items"][0]

    assert (post["position"], post["author"]["username"]) == (1, "anna")
    assert post["body"] == "We **build** it."
    assert post["html"].strip() == "<p>We <strong>build</strong> it.</p>"
    assert (post["edited_at"], post["reactions"], post["my_reaction"]) == (None, [], None)
    assert not any(post["can"].values())
    assert guest.get(f"/posts/{post['id']}") == post


def test_a_member_has_the_documented_fields_and_nothing_private(guest: Program, lunar: int) -> None:
    found = {member["username"]: member for member in guest.get("/members?sort=name")["items"]}
    anna = found["anna"]

    assert (anna["message_count"], anna["reaction_score"]) == (101, 0)
    assert (anna["positive_reactions"], anna["negative_reactions"]) == (0, 0)
    assert (anna["country"], anna["location"], anna["title"]) == ("Singapore", "", "MEMBER")
    assert anna["avatar_url"].startswith("http://localhost/avatars/")
    answer = guest.ask("GET", f"/members/{anna['id']}")
    assert answer.json == anna
    assert not any(secret in answer.text.lower() for secret in SECRETS)


def test_a_member_with_an_unknown_join_date_has_none(guest: Program, writing: Writing) -> None:
    with writing():
        number = a_member("old one", joined_at=None, password_hash=None, email=None, email_key=None).id

    assert guest.get(f"/members/{number}")["joined_at"] is None


def test_times_are_in_utc_to_the_second(guest: Program, writing: Writing) -> None:
    with writing(), clock.frozen_at(datetime(2021, 3, 9, 12, 30, 15, 999, tzinfo=UTC)):
        number = a_thread().id

    assert guest.get(f"/threads/{number}")["started_at"] == "2021-03-09T12:30:15Z"


def test_can_lists_what_the_caller_may_do(program: MakeProgram, lunar: int, writing: Writing) -> None:
    with writing():
        a_member("mia", role="moderator")
    anna, mia = program("anna"), program("mia", scopes="read write moderate")
    first, second = anna.get(f"/threads/{lunar}/posts")["items"][:2]

    assert anna.get(f"/threads/{lunar}")["can"] == {"reply": True, "edit_title": True, "moderate": False}
    assert mia.get(f"/threads/{lunar}")["can"] == {"reply": True, "edit_title": True, "moderate": True}
    assert first["can"] == {"edit": True, "delete": False, "react": False, "quote": True}
    assert second["can"] == {"edit": False, "delete": False, "react": True, "quote": True}
    assert mia.get(f"/posts/{second['id']}")["can"]["delete"]
    assert anna.get("/boards")["items"][0]["can"]["post_thread"]


def test_lists_have_their_page_number_and_links_to_other_pages(guest: Program, writing: Writing) -> None:
    with writing():
        anna, board = a_member("anna"), a_board()
        for _ in range(45):
            a_thread(by=anna, board=board)
    answer = guest.ask("GET", "/threads?sort=new&page=2")

    assert answer.json is not None
    assert answer.json["page"] == {"number": 2, "size": 20, "total": 45}
    assert len(answer.json["items"]) == 20
    assert 'rel="first"' in answer.headers["Link"]
    assert '<http://localhost/api/v1/threads?sort=new&page=3>; rel="next"' in answer.headers["Link"]
    assert guest.ask("GET", "/threads?page=3").headers["Link"].count("rel=") == 3
    guest.get("/threads?page=4", status=404)


def test_a_threads_posts_are_paged_by_position(guest: Program, writing: Writing) -> None:
    with writing():
        ben = a_member("ben")
        thread = a_thread(by=ben)
        for _ in range(24):
            a_post(thread=thread, by=ben)
        number = thread.id
    second = guest.get(f"/threads/{number}/posts?page=2")

    assert [post["position"] for post in second["items"]] == [21, 22, 23, 24, 25]
    assert second["page"] == {"number": 2, "size": 20, "total": 25}
    guest.get(f"/threads/{number}/posts?page=3", status=404)


def test_threads_are_sorted_and_filtered_as_requested(program: MakeProgram, lunar: int, writing: Writing) -> None:
    with writing():
        later = a_thread(by=a_member("carl"), title="A quiet thread").id
        board = a_thread(by=a_member("dora"), title="Elsewhere").board_id
    anna = program("anna")

    assert anna.get("/threads?sort=replies")["items"][0]["id"] == lunar
    assert later in [row["id"] for row in anna.get("/threads?sort=new")["items"]]
    assert [row["title"] for row in anna.get(f"/threads?board={board}")["items"]] == ["Elsewhere"]
    assert all(row["is_unread"] for row in anna.get("/whats-new?unread=true")["items"])
    anna.get("/threads?board=4711", status=404)


def test_invalid_query_parameters_are_named(guest: Program) -> None:
    for query in (
        "page=0",
        "page=x",
        "page=1_0",
        "page=9" * 400,
        "sort=best",
        "unread=perhaps",
        "board=%00",
        "page=1&page=2",
    ):
        answer = guest.ask("GET", f"/threads?{query}")
        assert answer.status_code == 422, query
        assert answer.json is not None
        assert list(answer.json["errors"]) == [query.partition("=")[0]]


def test_me_is_the_caller(program: MakeProgram, lunar: int) -> None:
    me = program("anna", scopes="read").get("/me")

    assert (me["username"], me["scopes"], me["can"]["edit"]) == ("anna", ["read"], True)


def test_unchanged_resources_are_not_sent_again(guest: Program, lunar: int) -> None:
    first = guest.ask("GET", f"/threads/{lunar}")
    again = guest.ask("GET", f"/threads/{lunar}", If_None_Match=first.headers["ETag"])

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert guest.ask("HEAD", f"/threads/{lunar}").headers["ETag"] == first.headers["ETag"]
    assert {"Authorization", "Cookie"} <= set(first.headers["Vary"].split(", "))
    assert "private" in first.headers["Cache-Control"]
