"""What becomes of those who looked like a program, and of new members: held posts, limits, and what lifts them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from forum.admin.groups.explanations import explain
from forum.admin.groups.group_actions import groups_in_order
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.members.signup import signs
from forum.models import Board
from forum.site.actions import set_value
from tests.admin.pages import parsed
from tests.api.conftest import MakeProgram
from tests.factories import a_board, a_member, a_newcomer, a_post, a_thread
from tests.middleware.guests import Writing
from tests.signup.conftest import THREAD, Settings, named, poster


@pytest.fixture
def app(app: Flask) -> Flask:
    app.extensions["forum.settings"] = replace(app.extensions["forum.settings"], limits=True)
    return app


def words_in(answer: TestResponse) -> str:
    return " ".join(parsed(answer).text.split())


@pytest.fixture
def held(app: Flask, writing: Writing, people: None) -> str:
    """A new member whose account looked like a program's, by name."""
    with writing():
        signs.store(a_newcomer("vera"), ["honeypot", "quick:6"])
    return "vera"


def test_their_first_posts_wait_and_moderators_read_why(
    app: Flask, client: FlaskClient, held: str, set_up: Settings
) -> None:
    post = poster(client, held)
    assert post(f"{THREAD}/reply", body="Nothing but a greeting.").status_code == 303
    assert "Nothing but a greeting." not in app.test_client().get(THREAD).text
    mona = app.test_client()
    poster(mona, "mona")
    queue = words_in(mona.get("/moderation/queue"))
    assert "The first posts of this account wait, because of how it was registered" in queue
    assert "Strong sign: A field was filled in that people do not see. Programs fill in every field." in queue
    assert "Weak sign: The form was filled in within 6 seconds." in queue
    item = words_in(mona.get("/moderation/queue/1"))
    assert "How the account was registered:Strong sign: A field was filled in" in item


def test_programs_of_moderators_read_the_signs(client: FlaskClient, held: str, program: MakeProgram) -> None:
    poster(client, held)(f"{THREAD}/reply", body="Nothing but a greeting.")
    [item] = program("mona", scopes="read moderate").get("/moderation/queue")["items"]
    assert [sign.split(".")[0] for sign in item["signs"]] == [
        "A field was filled in that people do not see",
        "The form was filled in within 6 seconds",
    ]


def test_moderators_let_them_post_and_take_it_back(app: Flask, client: FlaskClient, held: str) -> None:
    with app.app_context():
        path = f"{named(held).path}/registration"
    post = poster(client, "mona")
    page = words_in(client.get(path))
    assert "Strong sign" in page
    assert "Their first posts wait for approval." in page
    assert "They count as new. What is missing: 5 more public posts." in page
    assert post(path, hold="no").status_code == 303
    assert "Their posts do not wait because of the account." in words_in(client.get(path))
    poster(app.test_client(), held)(f"{THREAD}/reply", body="A second greeting.")
    assert "A second greeting." in app.test_client().get(THREAD).text
    assert post(path, hold="yes").status_code == 303
    log = words_in(client.get("/moderation/log"))
    assert log.count("Changed whether first posts of a member wait") >= 2
    anna = app.test_client()
    poster(anna, "anna")
    assert anna.get(path).status_code == 403


def test_any_new_account_can_be_held_by_a_moderator_and_posts_lift_it(app: Flask, people: None) -> None:
    with app.app_context(), transaction():
        mona, vera, thread = named("mona"), a_newcomer(), a_thread()
        signs.hold_first_posts(mona, vera, hold=True)
        assert a_post(thread=thread, by=vera).is_held
        vera.message_count = 5
        assert signs.hold_of(vera) is None


def test_days_make_a_member_known_too(app: Flask, people: None) -> None:
    with app.app_context(), transaction():
        set_value("new_member_days", 3)
        vera, board = a_member("vera"), a_board()
        groups = {group.id: group for group in groups_in_order()}

        def limits() -> list[str]:
            return [str(words) for words in explain(vera, session.get_one(Board, board.id), groups).limits]

        assert limits()[1] == "3 more days."
        assert limits()[0].startswith("They count as new: a post of theirs has at most 3 links")
        with clock.frozen_at(clock.now() + timedelta(days=2, hours=1)):
            assert limits()[1] == "1 more day."
        with clock.frozen_at(clock.now() + timedelta(days=3, hours=1)):
            assert limits() == []


def test_a_new_member_reads_which_limit_it_is_and_keeps_the_text(
    client: FlaskClient, writing: Writing, people: None, set_up: Settings
) -> None:
    set_up(new_member_links=1, hold_links=True)
    with writing():
        a_newcomer("vera")
    post = poster(client, "vera")
    both = "See <https://a.example> and <https://b.example>."
    refused = post(f"{THREAD}/reply", body=both)
    assert refused.status_code == 422
    assert "New members can put at most 1 links in a post." in refused.text
    assert "https://b.example" in refused.text
    assert post(f"{THREAD}/reply", body="See <https://a.example>.").status_code == 303
    assert "Your reply waits for approval." in words_in(client.get(THREAD))
