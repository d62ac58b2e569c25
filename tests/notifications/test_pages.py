"""The pages of notifications: the list, its former address, the panel, the number for other tabs, and the choices."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient

from forum.infra.database.db import session
from forum.models import Member, NotificationChoice
from forum.notifications import actions
from tests.conftest import log_in
from tests.factories import a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def anna(client: FlaskClient, writing: Writing) -> FlaskClient:
    """Logged in as anna, to whose thread two members replied."""
    with writing():
        thread = a_thread(by=a_member("anna"), title="Where the <moon> is")
        for name in ("ben", "cleo"):
            a_post(thread=thread, by=a_member(name))
    log_in(client, "anna")
    return client


def csrf(client: FlaskClient) -> str:
    page = BeautifulSoup(client.get("/account/notifications").text, "html.parser")
    return str(page.select_one("main [name=csrf_token]")["value"])  # type: ignore[index]


def test_the_former_address_redirects(client: FlaskClient, anna: FlaskClient) -> None:
    answer = anna.get("/alerts")
    assert (answer.status_code, answer.location) == (301, "/notifications")


def test_the_panel_shows_the_rows_and_is_seen_by_another_request(anna: FlaskClient) -> None:
    panel = BeautifulSoup(anna.get("/notifications/panel").text, "html.parser")
    assert panel.select_one(".notification-row")
    assert "2 new replies to" in panel.get_text()
    assert "Where the <moon> is" in panel.get_text()
    assert anna.get("/notifications/count").get_json()["notifications"]["count"] == 1
    upto = panel.select_one(".panel-head")["data-upto"]  # type: ignore[index]
    seen = anna.post("/notifications/seen", data={"upto": upto, "csrf_token": csrf(anna)})
    assert seen.get_json()["notifications"] == {"count": 0, "label": ""}
    for wrong in ("", "x", "-1", "9" * 30):
        assert anna.post("/notifications/seen", data={"upto": wrong, "csrf_token": csrf(anna)}).status_code == 200


def test_guests_are_asked_to_log_in(client: FlaskClient) -> None:
    for path in ("/notifications", "/notifications/panel", "/account/notifications", "/notifications/1"):
        assert client.get(path).status_code == 303, path


def test_what_no_page_of_its_own_reads_is_read_on_the_way(anna: FlaskClient, writing: Writing) -> None:
    with writing():
        member = session.query(Member).filter_by(username="anna").one()
        actions.tell(member.id, "title", subject="title:100", details={"title": "Regular"})
        path = member.path
    row = anna.get("/api/v1/notifications").get_json()["items"][0]
    assert row["text"] == "Your posts have earned you the title Regular"
    answer = anna.get(f"/notifications/{row['id']}")
    assert (answer.status_code, answer.location) == (303, path)
    assert anna.get("/api/v1/notifications").get_json()["items"][0]["is_read"] is True
    replies = anna.get("/api/v1/notifications").get_json()["items"][1]["id"]
    assert anna.get(f"/notifications/{replies}").status_code == 404, "its page reads that"


def test_choices_are_saved_by_their_boxes(app: Flask, anna: FlaskClient) -> None:
    page = BeautifulSoup(anna.get("/account/notifications").text, "html.parser")
    boxes = [str(box["value"]) for box in page.select("input[name=site]")]
    assert all(box.has_attr("checked") for box in page.select("input[name=site]"))
    assert {"reply", "watched_board", "title"} < set(boxes)
    assert "queue" not in boxes
    kept = [box for box in boxes if box != "reaction"]
    mailed = [str(box["value"]) for box in page.select("input[name=mail][checked]")]
    assert {"reply", "decision"} < set(mailed)
    pushed = [str(box["value"]) for box in page.select("input[name=push][checked]")]
    sent = {"site": [*kept, "decision", "nonsense"], "mail": mailed, "push": pushed}
    data = {"csrf_token": csrf(anna), **sent}
    assert anna.post("/account/notifications", data=data).status_code == 303
    with app.app_context():
        assert [(row.kind, row.is_on) for row in session.query(NotificationChoice)] == [("reaction", False)]
    again = BeautifulSoup(anna.get("/account/notifications").text, "html.parser")
    assert not again.select_one("input[value=reaction]").has_attr("checked")  # type: ignore[union-attr]


def test_operators_tick_what_members_are_not_told_of(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_member("olga", role="admin")
    log_in(client, "olga")
    page = BeautifulSoup(client.get("/admin/settings").text, "html.parser")
    form = page.select_one("form[action='/admin/settings']")
    assert form
    data: dict[str, object] = {}
    for field in form.select("input[name], textarea[name], select[name]"):
        is_box = field.get("type") == "checkbox"
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            data[str(field["name"])] = chosen["value"] if chosen else ""
        elif not is_box or field.has_attr("checked"):
            data[str(field["name"])] = field.get("value", "") if field.name == "input" else field.get_text()
    data["notifications_off"] = ["", "reaction", "reply"]
    assert client.post("/admin/settings", data=data).status_code == 303
    choices = BeautifulSoup(client.get("/account/notifications").text, "html.parser")
    unticked = [box["value"] for box in choices.select("input[name=site]") if not box.has_attr("checked")]
    assert unticked == ["reply", "reaction"]
    data["notifications_off"] = ["", "decision"]
    data["seen"] = ""
    assert "Members cannot choose about “decision”." in client.post("/admin/settings", data=data).text
