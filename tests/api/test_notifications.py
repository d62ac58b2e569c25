"""A member's notifications and choices over the API."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.models import Member, Notification
from forum.reactions.actions import react
from forum.threads.queries import find_post
from tests.conftest import log_in
from tests.factories import a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]
PREFERENCES = "/api/v1/me/notification-preferences"


@pytest.fixture
def anna(client: FlaskClient, writing: Writing) -> FlaskClient:
    """Logged in as anna, who has two replies and a reaction."""
    with writing():
        thread, ben = a_thread(by=a_member("anna"), title="Where the moon is"), a_member("ben")
        for _ in range(2):
            a_post(thread=thread, by=ben)
        react(ben, find_post(ben, 1), kind="like")
    log_in(client, "anna")
    return client


def token_of(client: FlaskClient) -> dict[str, str]:
    page = client.get("/notifications/panel").text
    return {"X-CSRFToken": page.split('name="csrf_token" value="')[1].split('"', maxsplit=1)[0]}


def test_the_list_has_the_rows_of_the_page_and_marks_nothing(anna: FlaskClient) -> None:
    body = anna.get("/api/v1/notifications").get_json()
    reaction, replies = body["items"]
    assert body["page"] == {"number": 1, "size": 20, "total": 2}
    assert replies["text"] == "2 new replies to Where the moon is"
    assert (replies["count"], replies["is_seen"], replies["is_read"]) == (2, False, False)
    assert replies["url"].endswith("/posts/2")
    assert reaction["actor"]["username"] == "ben"
    me = anna.get("/api/v1/me").get_json()
    assert (me["unseen_notifications"], me["unread_alerts"]) == (2, 2)


def test_a_row_is_read_as_a_whole_and_the_list_can_leave_out_what_is_read(app: Flask, anna: FlaskClient) -> None:
    headers = token_of(anna)
    newest = anna.get("/api/v1/notifications").get_json()["items"][1]["id"]
    assert anna.put(f"/api/v1/notifications/{newest}/read", headers=headers).status_code == 204
    left = anna.get("/api/v1/notifications?unread=true").get_json()
    assert [row["kind"] for row in left["items"]] == ["reaction"]
    with app.app_context():
        assert session.query(Notification).filter(Notification.read_at.is_(None)).count() == 1
        ben = session.query(Member).filter_by(username="ben").one()
        assert ben.unseen_notifications == 0


def test_those_up_to_an_id_or_all_are_seen(anna: FlaskClient) -> None:
    headers = token_of(anna)
    rows = anna.get("/api/v1/notifications").get_json()["items"]
    seen = anna.post("/api/v1/notifications/seen", headers=headers, json={"upto": rows[1]["id"]})
    assert seen.get_json() == {"unseen_notifications": 1}
    assert anna.post("/api/v1/notifications/seen", headers=headers, json={}).get_json() == {"unseen_notifications": 0}
    assert [row["is_read"] for row in anna.get("/api/v1/notifications").get_json()["items"]] == [False, False]


def test_others_notifications_are_not_found(app: Flask, anna: FlaskClient) -> None:
    newest = anna.get("/api/v1/notifications").get_json()["items"][0]["id"]
    other = app.test_client()
    log_in(other, "ben")
    page = other.get("/account/notifications").text
    headers = {"X-CSRFToken": page.split('name="csrf_token" value="')[1].split('"', maxsplit=1)[0]}
    assert other.put(f"/api/v1/notifications/{newest}/read", headers=headers).status_code == 404
    assert other.get("/api/v1/notifications").get_json()["items"] == []
    assert app.test_client().get("/api/v1/notifications").status_code == 401


def test_choices_are_changed_one_by_one_and_wrong_ones_named(anna: FlaskClient) -> None:
    headers = token_of(anna)
    before = anna.get(PREFERENCES).get_json()["kinds"]
    assert before["reply"] == {"site": True, "mail": True, "push": True}
    changed = anna.patch(PREFERENCES, headers=headers, json={"kinds": {"reply": {"site": False, "push": False}}})
    after = changed.get_json()["kinds"]
    assert (after["reply"], after["quote"]) == ({"site": False, "mail": True, "push": False}, before["quote"])
    by_site = anna.patch(PREFERENCES, headers=headers, json={"kinds": {"decision": {"mail": False}}})
    decision = {"site": True, "mail": False, "push": True}
    assert by_site.get_json()["kinds"]["decision"] == decision, "that is always told on the site"
    assert "queue" not in after, "that is for staff"
    for wrong in ({"decision": {"site": False}}, {"reply": {"pigeon": True}}, {"reply": {"site": "no"}}, {"reply": 1}):
        answer = anna.patch(PREFERENCES, headers=headers, json={"kinds": wrong})
        assert answer.status_code == 422, wrong
        assert next(iter(answer.get_json()["errors"])).startswith(f"kinds.{next(iter(wrong))}")
    assert anna.get(PREFERENCES).get_json()["kinds"]["reply"] == after["reply"]
