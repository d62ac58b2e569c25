"""The operator's texts, the time zone, and their previews."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from forum.admin.rules import OPERATOR
from forum.admin.setting_actions import change_settings
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.members import sanctions
from forum.models import Sanction
from forum.site.actions import set_value
from tests.admin.conftest import Send
from tests.admin.pages import member, parsed, seen_in
from tests.middleware.guests import Writing, guest_get, statements, wait_until_visible


def test_the_privacy_notice_says_what_is_stored_until_the_operator_writes_their_own(
    app: Flask, client: FlaskClient, admin: Send
) -> None:
    guest = app.test_client()
    assert "What is stored about members" in guest_get(guest, "/privacy").text
    assert "What is stored about members" in guest_get(guest, "/terms").text
    assert 'href="/privacy"' not in guest_get(guest, "/").text
    fields = {"name": "Forum", "language": "en", "time_zone": "UTC", "edit_window_minutes": 60, "flood_seconds": 30}
    answer = admin("/admin/settings", **fields, privacy="We keep *little*.", seen=seen_in(client, "/admin/settings"))
    assert answer.status_code == 303, answer.text
    wait_until_visible(app)
    page = guest_get(guest, "/privacy").text
    assert "<em>little</em>" in page
    assert "What is stored about members" not in page
    assert parsed(guest_get(guest, "/terms")).select_one('main a[href="/privacy"]')
    assert parsed(guest_get(guest, "/")).select_one('.foot a[href="/privacy"]')


@pytest.mark.parametrize("path", ["/terms", "/privacy", "/help", "/contact"])
def test_guests_get_the_texts_from_the_cache(app: Flask, client: FlaskClient, path: str) -> None:
    first = guest_get(client, path)
    with statements(app) as sent:
        again = guest_get(client, path, address="192.0.2.2")
    assert again.text == first.text
    assert [each for each in sent if "site_setting" not in each and "rate" not in each] == []


def test_texts_can_be_previewed_without_being_saved(client: FlaskClient, admin: Send) -> None:
    page = parsed(admin("/admin/settings/preview", name="Forum", help="Ask *Ann*.", contact="Call *Ben*."))
    assert [em.text for em in page.select("main section em")] == ["Ann", "Ben"]
    assert page.select_one("#help").text.strip() == "Ask *Ann*."  # type: ignore[union-attr]
    assert "Ann" not in client.get("/help").text


def test_a_ban_ends_when_its_day_begins_in_the_time_zone(client: FlaskClient, admin: Send, writing: Writing) -> None:
    with writing():
        set_value("time_zone", "America/New_York")
        path = member("anna").path
    assert admin(f"{path}/ban", until="2031-05-12").status_code == 303
    with client.application.app_context():
        ban = session.query(Sanction).one()
        assert ban.until == datetime(2031, 5, 12, 4, tzinfo=UTC)
        assert "until May 12, 2031" in client.get(path).text
        assert sanctions.ban_of(member("anna")) is not None


@pytest.mark.usefixtures("app_in_context")
@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "x" * 61])
def test_an_unknown_time_zone_is_refused(zone: str) -> None:
    with pytest.raises(Invalid):
        change_settings(OPERATOR, {"time_zone": zone})
    change_settings(OPERATOR, {"time_zone": "Asia/Singapore"})
