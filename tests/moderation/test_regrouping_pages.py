"""The pages and API to merge threads and to split posts off, and the addresses of threads that are gone."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forum.infra.database.db import session
from forum.members.credentials import api_tokens
from forum.models import Member, Post
from forum.moderation.regrouping.merging import merge_threads
from forum.threads.queries import find_thread
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]
POSTS = 45  # of the long thread, on three pages


@dataclass
class Place:
    """A client that mona, a moderator, has logged in to, and the paths of two threads, Long and Short."""

    client: FlaskClient
    long: str
    short: str
    boards: tuple[int, int]

    def send(self, path: str, **fields: object) -> TestResponse:
        """Send a form."""
        token = token_in(self.client.get("/").text)
        return self.client.post(
            path, data={"csrf_token": token, **{name: str(value) for name, value in fields.items()}}
        )

    def id_of(self, path: str) -> int:
        return int(path.split("/")[2].split("-", maxsplit=1)[0])


@pytest.fixture
def place(client: FlaskClient, writing: Writing) -> Place:
    with writing():
        a_member("mona", role="moderator")
        a_member("anna")
        here, there = a_board("Here"), a_board("There")
        long, anna = a_thread(title="Long thread", board=here), a_member("ben")
        for number in range(2, POSTS + 1):
            a_post(thread=long, by=anna, body=f"Post number {number}")
        short = a_thread(title="Short thread", board=there)
        a_post(thread=short, body="The end")
        made = Place(client, long.path, short.path, (here.id, there.id))
    log_in(client, "mona")
    return made


def ids_in(thread_id: int) -> list[int]:
    return [post.id for post in session.query(Post).filter_by(thread_id=thread_id).order_by(Post.position)]


def merged(place: Place, writing: Writing) -> None:
    """Merge the long thread into the short one."""
    with writing():
        mona = session.query(Member).filter_by(username="mona").one()
        long, short = (find_thread(mona, place.id_of(path)) for path in (place.long, place.short))
        merge_threads(mona, [long], short)


def test_the_preview_says_what_will_happen_and_the_form_does_it(place: Place) -> None:
    assert f"{place.long}/merge" in place.client.get(place.long).text
    page = place.client.get(f"{place.long}/merge?into=https://forum.example{place.short}?page=1%23post-2").text
    words = BeautifulSoup(page, "html.parser").get_text(" ", strip=True)
    for part in ("Long thread", "Short thread", "All 47 posts", "There"):
        assert part in words
    answer = place.send(f"{place.long}/merge", into=place.id_of(place.short))
    assert (answer.status_code, answer.headers["Location"]) == (303, place.short)
    assert place.client.get(f"/api/v1/threads/{place.id_of(place.short)}").get_json()["reply_count"] == 46


@pytest.mark.parametrize("into", ["nothing", "999999", "/threads/999999-x", "/posts/999999", "{long}", ""])
def test_what_names_no_other_thread_is_refused_at_the_field(place: Place, into: str) -> None:
    text = into.format(long=place.long)
    answer = place.send(f"{place.long}/merge", into=text)
    assert answer.status_code == 422
    field = BeautifulSoup(answer.text, "html.parser").select_one("input[name=into]")
    assert field is not None
    assert (field["value"], field["aria-invalid"]) == (text, "true")


def test_addresses_of_a_merged_thread_lead_to_the_other(place: Place, writing: Writing, app: Flask) -> None:
    with writing():
        ids = ids_in(place.id_of(place.long))
        a_post(thread=find_thread(None, place.id_of(place.short)), body="One more")
    merged(place, writing)
    for client in (place.client, app.test_client()):
        for address, status, location in (
            (place.long, 301, place.short),
            (f"/threads/{place.id_of(place.long)}", 301, place.short),
            (f"{place.long}?page=3", 302, f"{place.short}?page=3#post-41"),
            (f"{place.long}?page=9", 301, place.short),
            (f"{place.long}/feed.atom", 301, f"{place.short}/feed.atom"),
            (f"{place.long}/latest", 301, f"{place.short}/latest"),
            (f"/api/v1/threads/{place.id_of(place.long)}", 301, f"/api/v1/threads/{place.id_of(place.short)}"),
            (f"/posts/{ids[44]}", 302, f"{place.short}?page=3#post-45"),
        ):
            answer = client.get(address)
            assert (answer.status_code // 100, answer.headers["Location"]) == (3, location), address
            if not address.startswith("/posts"):
                assert answer.status_code == status


def test_a_reply_to_a_thread_that_was_merged_meanwhile_lands_in_the_other(place: Place, writing: Writing) -> None:
    merged(place, writing)
    answer = place.send(f"{place.long}/reply", body="Too late for the old one")
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{place.short}/reply")
    answer = place.send(answer.headers["Location"], body="Too late for the old one")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{place.short}?page=3#post-48")
    assert place.send(f"{place.long}/delete").status_code == 404  # it was not meant for the other thread


def test_a_merged_thread_leads_nowhere_for_who_may_not_see_the_other(
    place: Place, writing: Writing, app: Flask
) -> None:
    with writing():
        admin = a_member(role="admin")
        hidden = a_thread(by=admin, board=a_board(audience="moderator"))
        merge_threads(admin, [find_thread(admin, place.id_of(place.long))], hidden)
        path = hidden.path
    assert place.client.get(place.long).headers["Location"] == path
    guest = app.test_client()
    assert guest.get(place.long).status_code == 404
    assert guest.get(f"/api/v1/threads/{place.id_of(place.long)}").status_code == 404


def test_posts_that_more_people_would_see_are_merged_only_when_sent_again(place: Place, writing: Writing) -> None:
    with writing():
        hidden = a_thread(by=a_member(role="admin"), title="Secret plans", board=a_board(audience="moderator")).path
    answer = place.send(f"{hidden}/merge", into=place.short)
    assert answer.status_code == 409
    assert "becomes visible to more people: Guests" in answer.text
    assert "Secret plans" in answer.text
    page = BeautifulSoup(answer.text, "html.parser")
    fields = {
        str(field["name"]): str(field["value"]) for field in page.select("form[action$=merge] input[type=hidden]")
    }
    fields.pop("csrf_token")
    assert place.send(f"{hidden}/merge", **fields).headers["Location"] == place.short


def ticks(page: str) -> dict[str, str]:
    """The fields of the form to split, as a browser sends them."""
    form = BeautifulSoup(page, "html.parser").select_one("form[action$=split]")
    assert form is not None
    fields = {str(each["name"]): str(each.get("value", "")) for each in form.select("input:not([type=checkbox])")}
    fields |= {str(each["name"]): "yes" for each in form.select("input[type=checkbox][checked]")}
    return {name: value for name, value in fields.items() if name != "csrf_token"}


def boxes(page: str) -> list[str]:
    return [str(each["name"]) for each in BeautifulSoup(page, "html.parser").select("input[name^=post_]")]


def test_ticks_are_kept_over_pages_and_after_a_refusal(place: Place) -> None:
    path, here = f"{place.long}/split", place.boards[1]
    first = place.client.get(path).text
    box = boxes(first)[1]
    second = place.send(path, **ticks(first), **{box: "yes"}, board=here, turn=2).text
    fields = ticks(second) | {boxes(second)[0]: "yes", "title": "?", "board": str(here)}
    refused = place.send(path, **fields)
    assert refused.status_code == 422
    assert ticks(refused.text)["chosen"] == box.removeprefix("post_")
    back = place.send(path, **ticks(refused.text), board=here, turn=1).text
    assert (ticks(back)[box], ticks(back)["chosen"]) == ("yes", boxes(second)[0].removeprefix("post_"))
    answer = place.send(path, **(ticks(back) | {"title": "Split off", "board": str(here)}))
    assert answer.status_code == 303
    made = place.client.get(answer.headers["Location"]).text
    assert "Post number 2" in made
    assert "Post number 21" in made
    assert "Post number 3<" not in made


def test_the_api_merges_and_splits(place: Place, writing: Writing, app: Flask) -> None:
    with writing():
        mona, scopes = session.query(Member).filter_by(username="mona").one(), ("write", "moderate")
        tokens = [api_tokens.make(mona, name="a program", scopes=scopes[:number]) for number in (1, 2)]
        ids = ids_in(place.id_of(place.long))
    program, long, short = app.test_client(), place.id_of(place.long), place.id_of(place.short)

    def ask(path: str, body: object, token: str = tokens[1]) -> TestResponse:
        return program.post(f"/api/v1/threads/{path}", json=body, headers={"Authorization": f"Bearer {token}"})

    assert ask(f"{long}/merge", {"into": short}, tokens[0]).status_code == 403
    split = ask(f"{long}/split", {"post_ids": ids[1:3], "title": "Split by program", "board_id": place.boards[1]})
    assert (split.status_code, split.get_json()["reply_count"], split.get_json()["starter"]["username"]) == (
        201,
        1,
        "ben",
    )
    assert split.headers["Location"].endswith(f"/api/v1/threads/{split.get_json()['id']}")
    assert ask(f"{long}/split", {"post_ids": ids[1:3], "title": "Once more"}).status_code == 422
    answer = ask(f"{long}/merge", {"into": short})
    assert (answer.status_code, answer.get_json()["id"], answer.get_json()["reply_count"]) == (200, short, 44)
    assert ask(f"{long}/posts", {"body": "Late"}).status_code == 308
    errors = ask(f"{short}/merge", {"into": long}).get_json()["errors"]
    assert errors == {"into": ["This is the same thread. Choose another one."]}


@pytest.mark.parametrize("page", ["/threads/1-long-thread/merge", "/threads/1-long-thread/split"])
def test_the_pages_are_for_moderators(place: Place, app: Flask, page: str) -> None:
    anna = app.test_client()
    assert anna.get(page).headers["Location"].startswith("/login")
    log_in(anna, "anna")
    assert anna.get(page).status_code == 403
    assert anna.post(page, data={"csrf_token": token_in(anna.get("/").text), "into": "2"}).status_code == 403
