"""A closed board is read by all and written in by its moderators only; rules are shown where somebody writes."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin.board_actions import change_board
from forum.admin.rules import OPERATOR
from forum.infra.database.db import session
from forum.infra.errors import Forbidden
from forum.models import Board, LogEntry
from forum.site.actions import set_value
from forum.threads import actions
from tests.admin.conftest import Send
from tests.admin.pages import member, seen_in
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_thread
from tests.middleware.guests import Writing, guest_get, wait_until_visible

CLOSED = "This board is closed: only its moderators write here."


@pytest.mark.usefixtures("app_in_context")
def test_only_moderators_write_in_a_closed_board() -> None:
    anna, mona = a_member("anna"), a_member("mona", role="moderator")
    talk = a_board("Talk")
    inside, thread = a_board("Inside", parent_id=talk.id), a_thread(by=anna, board=talk)
    change_board(OPERATOR, talk, {"is_closed": True})
    with pytest.raises(Forbidden, match="is closed"):
        actions.start_thread(anna, talk, title="Another", body="Words.")
    with pytest.raises(Forbidden, match="is closed"):
        actions.reply(anna, thread, body="Words.")
    actions.reply(mona, thread, body="The last words.")
    actions.start_thread(mona, talk, title="Why it is closed", body="Because.")
    actions.start_thread(anna, inside, title="Elsewhere", body="Words.")
    set_value("staff_two_factor", value=True)
    with pytest.raises(Forbidden, match="is closed"):
        actions.reply(mona, thread, body="Without the second factor.")
    set_value("staff_two_factor", value=False)
    change_board(OPERATOR, talk, {"is_closed": False})
    actions.reply(anna, thread, body="Words.")
    changes = session.scalars(select(LogEntry.details).where(LogEntry.action == "change-board").order_by(LogEntry.id))
    assert [(each["name"], each["was"], each["now"]) for each in changes] == [
        ("is_closed", False, True),
        ("is_closed", True, False),
    ]


def test_the_pages_say_that_a_board_is_closed(app: Flask, client: FlaskClient, admin: Send, writing: Writing) -> None:
    with writing():
        path = a_thread(by=member("anna"), board=session.get_one(Board, 1)).path
    guest = app.test_client()
    assert "Register" in guest_get(guest, path).text
    fields = {"title": "Talk", "description": "", "parent_id": "", "rules": "", "is_closed": "yes"}
    assert admin("/admin/boards/1", **fields, seen=seen_in(client, "/admin/boards/1")).status_code == 303
    wait_until_visible(app)
    assert CLOSED in guest_get(guest, path).text
    assert "You must log in or register to reply here." not in guest_get(guest, path).text
    assert CLOSED in guest_get(guest, "/boards/1-talk").text
    assert ">Closed</span>" in guest_get(guest, "/").text
    log_in(anna := app.test_client(), "anna")
    assert CLOSED in anna.get(path).text
    assert 'name="body"' not in anna.get(path).text
    assert "/post-thread" not in anna.get("/boards/1-talk").text
    because = client.get("/admin/permissions?member=anna&board=1").text
    assert "The board is closed: only its moderators write there." in because
    assert 'name="body"' in client.get(path).text
    answer = client.get("/api/v1/boards/1").json
    assert answer["is_closed"] is True  # type: ignore[index]


def test_rules_are_markdown_shown_where_somebody_writes(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        path = a_thread(by=a_member("anna"), board=a_board("Talk")).path
    before = guest_get(client, "/boards/1-talk").text
    assert "Rules of this board" not in before
    with writing():
        talk = session.get_one(Board, 1)
        change_board(OPERATOR, talk, {"rules": "Be *brief*.\n\n<script>alert(1)</script>"})
    wait_until_visible(app)
    shown = guest_get(client, "/boards/1-talk").text
    assert "<em>brief</em>" in shown
    assert "<script>alert" not in shown
    log_in(anna := app.test_client(), "anna")
    assert "<em>brief</em>" in anna.get("/boards/1-talk/post-thread").text
    assert 'href="/boards/1-talk#rules"' in anna.get(path).text
    listed = anna.get("/api/v1/boards").json["items"]  # type: ignore[index]
    assert listed[0]["rules"].startswith("Be *brief*.")
