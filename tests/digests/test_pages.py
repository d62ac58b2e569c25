"""The page of digests and the API: what a member chooses, a preview of the next one, and the model in words."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.digests import rules
from forum.digests.choices import choices_of
from forum.infra.database.db import session, transaction
from forum.infra.settings import Settings
from forum.models import Digest, Mail, Member, WatchLevel
from forum.site.actions import set_value
from forum.site.queries import invalidate
from forum.watching.actions import choose_for_thread
from tests.conftest import log_in, settings_on, token_in
from tests.digests.told import a_popular_thread, a_reader
from tests.factories import a_member, a_thread
from tests.middleware.guests import Writing

PAGE = "/account/digest"


@pytest.fixture
def settings(home: Path) -> Settings:
    """Settings of this test's forum, at the host of the client."""
    return settings_on(home, FORUM_MAIL_URL="smtp://127.0.0.1:9", FORUM_BASE_URL="http://localhost")


@pytest.fixture
def ben(client: FlaskClient, writing: Writing) -> FlaskClient:
    with writing():
        reader = a_reader("ben", frequency=None)
        choose_for_thread(reader, a_thread(title="The towpath at night"), WatchLevel.DAILY)
        for number in range(3):
            a_popular_thread(a_thread(title=f"Popular {number}"))
    log_in(client, "ben")
    return client


def save(client: FlaskClient, **fields: str) -> tuple[int, str]:
    """The status of the answer to the form, and the page that shows it."""
    form = {"csrf_token": token_in(client.get(PAGE).text), "frequency": "", "hour": "8", "weekday": "", "time_zone": ""}
    answer = client.post(PAGE, data=form | fields, follow_redirects=True)
    return answer.status_code, answer.text


def stored(app: Flask) -> tuple[str, int, int | None, str]:
    with app.app_context():
        digest = session.query(Digest).one()
        return digest.frequency, digest.hour, digest.weekday, digest.time_zone


def test_choices_are_saved_and_shown_again(app: Flask, ben: FlaskClient) -> None:
    status, page = save(ben, frequency="weekly", hour="19", weekday="4", time_zone="Europe/Berlin")
    assert status == 200
    assert stored(app) == ("weekly", 19, 4, "Europe/Berlin")
    for value in ("weekly", "19", "4", "Europe/Berlin"):
        assert re.search(rf'<option value="{value}"[^>]* selected>', page)
    assert "Friday" in page


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("hour", "24", "Enter a number from 0 to 23."),
        ("hour", "eight", "Enter a whole number."),
        ("weekday", "7", "Enter a number from 0 to 6."),
        ("time_zone", "Mars/Olympus", "Choose a time zone from the list."),
        ("time_zone", "x" * 100, "Use at most 60 characters."),
        ("frequency", "hourly", "Must be one of"),
    ],
)
def test_what_is_not_offered_is_refused_at_its_field(ben: FlaskClient, field: str, value: str, said: str) -> None:
    status, page = save(ben, **{field: value})
    assert status == 422
    assert said in page
    assert f'id="{field}-error"' in page


def test_the_preview_shows_what_would_be_told_now_and_queues_nothing(app: Flask, ben: FlaskClient) -> None:
    page = ben.get(PAGE).text
    assert "The towpath at night" in page
    assert "Popular 1" not in page, "the next one comes tomorrow and is of what is watched daily"
    page = save(ben, frequency="daily")[1]
    assert "Popular 1" in page
    assert "2 members replied" in page
    with app.app_context():
        assert session.query(Mail).filter_by(kind="digest").count() == 0
        assert session.query(Digest).one().told == "{}"


def test_the_model_is_told_with_its_numbers(ben: FlaskClient) -> None:
    page = ben.get(PAGE).text
    said = (
        f"up to {rules.MAX_POPULAR} popular threads",
        f"at least {rules.LEAST_MEMBERS} members",
        f"{rules.REPLIER_POINTS} for each member who replied, {rules.REACTION_POINTS} for each who reacted",
        f"fewer than {rules.LEAST_WATCHED} watched and fewer than {rules.LEAST_POPULAR} popular",
        f"not here for {rules.AWAY.days} days",
    )
    assert [words for words in said if words not in page] == []


def test_the_page_says_why_there_is_no_next_digest(app: Flask, client: FlaskClient, ben: FlaskClient) -> None:
    assert "You get no digests." in save(ben, frequency="off")[1]
    with app.app_context(), transaction():
        session.query(Member).filter_by(username="ben").one().email_verified_at = None
    assert "yours is not confirmed" in save(ben, frequency="daily")[1]


def test_the_forums_default_is_named(app: Flask, ben: FlaskClient) -> None:
    assert "As the forum: weekly while away" in ben.get(PAGE).text
    with app.app_context(), transaction():
        set_value("digest_default", "off")
    with app.app_context():
        invalidate()
    assert "As the forum: only what you watch" in ben.get(PAGE).text


def test_guests_are_asked_to_log_in(client: FlaskClient) -> None:
    assert client.get(PAGE).status_code in {302, 303, 401}


def test_the_api_has_the_same_choices(app: Flask, ben: FlaskClient) -> None:
    token = {"X-CSRFToken": token_in(ben.get(PAGE).text)}
    shown = ben.get("/api/v1/me/digest").get_json()
    assert {name: shown[name] for name in ("frequency", "hour", "weekday", "time_zone")} == {
        "frequency": "",
        "hour": 8,
        "weekday": None,
        "time_zone": "",
    }
    chosen = {"frequency": "daily", "hour": 7, "weekday": 2, "time_zone": "Asia/Tokyo"}
    answer = ben.put("/api/v1/me/digest", json=chosen, headers=token)
    assert answer.status_code == 200
    assert {name: answer.get_json()[name] for name in chosen} == chosen
    assert answer.get_json()["next_at"] is not None
    assert stored(app) == tuple(chosen.values())
    refused = ben.put("/api/v1/me/digest", json={"hour": "7"}, headers=token)
    assert refused.status_code == 422


def test_watch_levels_for_digests_are_offered_by_button_and_api(app: Flask, ben: FlaskClient) -> None:
    page = ben.get("/account/watched").text
    assert 'value="daily"' in page
    assert 'value="weekly"' in page
    token = {"X-CSRFToken": token_in(ben.get(PAGE).text)}
    for path in ("/api/v1/threads/1/watch", "/api/v1/boards/2/watch"):
        answer = ben.put(path, json={"level": "weekly"}, headers=token)
        assert (answer.status_code, answer.get_json()["level"]) == (200, "weekly")
    form = {"csrf_token": token_in(ben.get("/account/watched").text), "started": "daily", "answered": "weekly"}
    assert ben.post("/account/watched", data=form).status_code == 303
    with app.app_context():
        reader = session.query(Member).filter_by(username="ben").one()
        assert (reader.watch_started, reader.watch_answered) == ("daily", "weekly")
        assert choices_of(reader).has_weekly


def test_a_thread_that_is_watched_by_a_daily_default_plans_the_digest(app: Flask) -> None:
    with app.app_context(), transaction():
        member = a_member(watch_started="daily")
        a_thread(by=member)
        assert session.query(Digest).filter_by(member_id=member.id).one().needs_plan
