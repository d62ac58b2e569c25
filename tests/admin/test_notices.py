"""Notices: to whom they are shown, where and when, who may write them, and how they are closed."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.admin.board_actions import delete_board
from forum.admin.groups.group_actions import delete_group
from forum.admin.groups.right_actions import set_rights
from forum.admin.notices import notice_actions
from forum.admin.notices.notice_actions import create_notice
from forum.admin.rules import MAX_NOTICES, OPERATOR
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Forbidden, Invalid
from forum.jobs.rerender import rerenderer
from forum.models import AccessLevel, Member, Notice, Right
from forum.notices.queries import MAX_SHOWN, notices_for
from forum.site.actions import set_value
from tests.admin.conftest import Send
from tests.admin.pages import error_at, member, parsed, seen_in
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_group, a_list, a_member, a_thread, an_entry
from tests.middleware.guests import Writing, guest_get, statements, wait_until_visible

NEW = {"body": "Back *soon*.", "style": "warning", "audience": "everybody", "place": "everywhere", "is_on": "yes"}


def a_notice(**given: Any) -> Notice:
    return create_notice(OPERATOR, {"body": "Back soon."} | given)


def shown_to(visitor: Member | None, **page: Any) -> list[str]:
    return [notice.title for notice in notices_for(visitor, **page)]


def texts(client: FlaskClient, path: str = "/") -> list[str]:
    return [notice.get_text(" ", strip=True) for notice in parsed(client.get(path)).select(".site-notice")]


def test_a_notice_is_written_shown_to_guests_and_deleted(app: Flask, client: FlaskClient, admin: Send) -> None:
    guest = app.test_client()
    before = guest_get(guest, "/").text
    assert "notices" not in before
    assert admin("/admin/notices/new", **NEW, title="Maintenance").status_code == 303
    wait_until_visible(app)
    page = parsed(guest_get(guest, "/"))
    notice = page.select_one("section.notices[aria-label] .notice-warning")
    assert notice is not None
    assert "<em>soon</em>" in str(notice)
    assert notice.select_one("button.js") is None  # it cannot be closed
    assert "Maintenance" in client.get("/admin/notices").text
    assert admin("/admin/notices/1/delete").status_code == 303
    wait_until_visible(app)
    assert guest_get(guest, "/").text == before, "and pages that show the same are the same to the byte"


@pytest.mark.usefixtures("app_in_context")
def test_each_audience_sees_its_notices() -> None:
    editor, editors = a_member("edith"), a_group("Editors")
    for name in ("everybody", "guests", "members"):
        a_notice(title=name, audience=name)
    group = a_group(None, editor)
    a_notice(title="group", audience="groups", group_ids=[group.id, editors.id])
    session.refresh(editor)
    assert shown_to(None) == ["everybody", "guests"]
    assert shown_to(a_member()) == ["everybody", "members"]
    assert shown_to(editor) == ["everybody", "members", "group"]
    delete_group(OPERATOR, group)
    delete_group(OPERATOR, editors)
    session.refresh(editor)
    assert shown_to(editor) == ["everybody", "members"]  # without a group left it is for nobody


@pytest.mark.usefixtures("app_in_context")
def test_a_notice_is_shown_in_its_boards_and_if_wished_in_those_inside() -> None:
    outer = a_board("Outer")
    inner, other = a_board("Inner", parent_id=outer.id), a_board("Other")
    a_notice(title="deep", place="boards", board_ids=[outer.id])
    a_notice(title="flat", place="boards", board_ids=[outer.id], includes_children=False)
    a_notice(title="front", place="front_page")
    assert shown_to(None, board_id=outer.id) == ["deep", "flat"]
    assert shown_to(None, board_id=inner.id) == ["deep"]
    assert shown_to(None, board_id=other.id) == shown_to(None) == []
    assert shown_to(None, is_front_page=True) == ["front"]
    delete_board(OPERATOR, other)
    delete_board(OPERATOR, inner)
    delete_board(OPERATOR, outer)
    assert shown_to(None, is_front_page=True) == ["front"]
    assert notice_actions.notice_values(session.get_one(Notice, 1))["board_ids"] == ()


def test_the_notice_of_a_hidden_board_is_in_none_of_its_answers_to_others(
    app: Flask, client: FlaskClient, writing: Writing, staff: None
) -> None:
    with writing():
        group = a_group("Planners", member("anna"))
        hidden = a_board("Plans")
        a_list(hidden, an_entry(group, AccessLevel.START))
        paths = hidden.path, a_thread(board=hidden, by=member("anna")).path
        a_notice(title="Secret plan", place="boards", board_ids=[hidden.id])
    log_in(client, "anna")
    for path in paths:
        assert texts(client, path) == ["Secret plan Back soon."]
    for path in ("/", *paths):
        assert "Secret plan" not in guest_get(app.test_client(), path).text


@pytest.mark.usefixtures("app_in_context")
def test_a_notice_begins_and_ends_on_time_and_no_page_shows_more_than_five() -> None:
    now = clock.now()
    a_notice(title="later", starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=2))
    a_notice(title="off", is_on=False)
    for after, titles in ((0, []), (59, []), (61, ["later"]), (119, ["later"]), (121, [])):
        with clock.frozen_at(now + timedelta(minutes=after)):
            assert shown_to(None) == titles, after
    for number in range(MAX_SHOWN + 1):
        a_notice(title=str(number))
    assert shown_to(None) == ["0", "1", "2", "3", "4"]


def test_days_and_times_are_those_of_the_time_zone(client: FlaskClient, admin: Send, writing: Writing) -> None:
    with writing():
        set_value("time_zone", "America/New_York")
    assert admin("/admin/notices/new", **NEW, starts_at="2031-07-01T08:00").status_code == 303
    with client.application.app_context():
        begins = session.get_one(Notice, 1).starts_at
    assert begins is not None
    assert begins.isoformat() == "2031-07-01T12:00:00+00:00"
    page = parsed(client.get("/admin/notices/1"))
    assert page.select_one('#starts_at[value="2031-07-01T08:00"]')
    assert "America/New_York" in page.text


def test_a_member_closes_a_notice_without_javascript_on_all_devices(
    app: Flask, client: FlaskClient, writing: Writing, staff: None
) -> None:
    with writing():
        a_notice(title="One")
        a_notice(title="Two", is_dismissible=False)
    log_in(client, "anna")
    page = client.get("/members?sort=name")
    form = parsed(page).select_one(".site-notice form")
    assert form is not None
    assert [len(parsed(page).select(".site-notice form")), form.button["aria-label"]] == [1, "Close notice: One"]  # type: ignore[index]
    answer = client.post(str(form["action"]), data={"csrf_token": token_in(page.text)})
    assert (answer.status_code, answer.location) == (303, "/members?sort=name")
    assert texts(client) == ["Two Back soon."]
    other_device = app.test_client()
    log_in(other_device, "anna")
    assert texts(other_device) == ["Two Back soon."]
    for key in ("nosuch", str(form["action"]).split("/")[2][::-1]):
        assert client.post(f"/notices/{key}/dismiss", data={"csrf_token": token_in(page.text)}).status_code == 404
    assert guest_get(app.test_client(), "/").text.count("button js") == 1


def test_a_changed_notice_can_be_shown_again_to_those_who_closed_it(
    app: Flask, client: FlaskClient, admin: Send, writing: Writing
) -> None:
    with writing():
        notice = a_notice(title="Rules")
        key = notice.key
    token = token_in(client.get("/").text)
    client.post(f"/notices/{key}/dismiss", data={"csrf_token": token})
    fields = NEW | {"is_dismissible": "yes", "title": "Rules", "seen": seen_in(client, "/admin/notices/1")}
    admin("/admin/notices/1", **fields)
    assert texts(client) == []
    admin("/admin/notices/1", **fields | {"seen": seen_in(client, "/admin/notices/1"), "show_again": "yes"})
    assert texts(client) == ["Rules Back soon ."]
    log = client.get("/moderation/log").text
    assert "Showed notice again" in log
    assert "Before: <bdi>Back soon.</bdi>" in log


def test_pages_cost_no_statement_more_with_notices(
    app: Flask, client: FlaskClient, writing: Writing, staff: None
) -> None:
    with writing():
        board = a_board("Talk about it")
        board_id, path = board.id, board.path
    log_in(client, "anna")
    counts = []
    for _ in range(2):
        client.get(path)
        with statements(app) as sent:
            client.get(path)
        counts.append(len([each for each in sent if not each.startswith("SELECT site_setting.name")]))
        with writing():
            a_notice(title="One", place="boards", board_ids=[board_id])
    assert counts[0] == counts[1]
    assert texts(client, path) == ["One Back soon."] * 2


def test_a_preview_saves_nothing_and_keeps_what_was_typed(client: FlaskClient, admin: Send) -> None:
    page = parsed(admin("/admin/notices/preview", **NEW, title="Party", group_2="yes"))
    assert page.select_one(".site-notice em")
    assert page.select_one('#title[value="Party"]')
    assert page.select_one('[name="group_2"][checked]')
    assert "There are none yet" in client.get("/admin/notices").text
    admin("/admin/notices/new", **NEW)
    seen = seen_in(client, "/admin/notices/1")
    page = parsed(admin("/admin/notices/1/preview", **NEW | {"body": "In *June*."}, seen=seen))
    assert page.select_one('.site-notice:-soup-contains("In June")')
    assert page.select_one(f'main input[name="seen"][value="{seen}"]')
    assert "June" not in client.get("/admin/notices/1").text


@pytest.mark.usefixtures("admin")
def test_no_notice_is_above_a_page_of_administration(client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_notice()
    assert [texts(client, path) for path in ("/", "/admin", "/moderation/log")] == [["Back soon."], [], []]


def test_notices_are_put_in_order(client: FlaskClient, admin: Send, writing: Writing) -> None:
    with writing():
        for title in ("One", "Two"):
            a_notice(title=title)
    assert admin("/admin/notices/2/up").location == "/admin/notices#row-2"
    assert texts(client) == ["Two Back soon.", "One Back soon."]


def test_two_admins_do_not_overwrite_each_other_unseen(client: FlaskClient, admin: Send, writing: Writing) -> None:
    with writing():
        a_notice(title="First")
    seen = seen_in(client, "/admin/notices/1")
    assert admin("/admin/notices/1", **NEW, title="Second", seen=seen).status_code == 303
    answer = admin("/admin/notices/1", **NEW, title="Third", seen=seen)
    assert answer.status_code == 409
    assert "Second" in error_at(answer, "title")
    assert parsed(answer).select_one('#title[value="Third"]')


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"body": " "}, "body"),
        ({"body": "x" * 5001}, "body"),
        ({"audience": "groups"}, "group_ids"),
        ({"audience": "groups", "group_99": "yes"}, "group_ids"),
        ({"place": "boards"}, "board_ids"),
        ({"starts_at": "2031-07-02T08:00", "ends_at": "2031-07-01T08:00"}, "ends_at"),
        ({"starts_at": "tomorrow"}, "starts_at"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(admin: Send, wrong: dict[str, str], at: str) -> None:
    answer = admin("/admin/notices/new", **NEW | {"title": "Kept"} | wrong)
    assert answer.status_code == 422
    assert error_at(answer, at)
    assert parsed(answer).select_one('#title[value="Kept"]')


@pytest.mark.usefixtures("app_in_context")
def test_notices_belong_to_those_who_manage_them() -> None:
    manager, moderator = a_member(), a_member(role="moderator")
    set_rights(OPERATOR, a_group(None, manager), {Right.MANAGE_NOTICES})
    session.refresh(manager)
    notice = create_notice(manager, {"body": "Mine."})
    for act in (
        lambda: create_notice(moderator, {"body": "Not mine."}),
        lambda: notice_actions.change_notice(moderator, notice, {"body": "Changed."}),
        lambda: notice_actions.move_notice(moderator, notice, up=True),
        lambda: notice_actions.delete_notice(moderator, notice),
    ):
        with pytest.raises(Forbidden):
            act()
    for _ in range(MAX_NOTICES - 1):
        a_notice()
    with pytest.raises(Conflict):
        a_notice()
    with pytest.raises(Invalid):
        notice_actions.change_notice(manager, notice, {"title": "x" * 101})


@pytest.mark.usefixtures("app_in_context")
def test_a_notice_is_rendered_again_by_a_newer_renderer() -> None:
    notice = a_notice(title="Old", body="*Soon*")
    notice.html, notice.markup_version = "<p>stale</p>", 0
    session.commit()
    rerenderer()()
    assert "<em>Soon</em>" in session.get_one(Notice, notice.id).html
    assert ["<em>Soon</em>" in shown.html for shown in notices_for(None)] == [True]
