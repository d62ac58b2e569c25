"""IP addresses are stored for as long as the setting `address_days` says."""

import re
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from forum.accounts.own_data import write_own_data
from forum.admin.setting_actions import change_settings
from forum.archive.export import export
from forum.audit_log import recent_ip_addresses
from forum.infra import clock
from forum.infra.database.db import session
from forum.jobs.cleanup import expire_addresses
from forum.models import LogEntry, Member, MemberSession
from forum.site import ip_addresses
from forum.site.actions import set_value
from tests.api.test_administer import a_token
from tests.conftest import log_in, token_in
from tests.factories import a_member

Writing = Callable[[], AbstractContextManager[None]]


@pytest.fixture
def olaf(client: FlaskClient, writing: Writing) -> FlaskClient:
    """The last of three browsers in which an admin logged in: a hundred days ago, 80 days later, and now."""
    with writing():
        a_member("olaf", role="admin")
    with clock.frozen_at(clock.now() - timedelta(days=100)):
        log_in(client.application.test_client(), "olaf", remember=True)
    with clock.frozen_at(clock.now() - timedelta(days=20)):
        log_in(client.application.test_client(), "olaf", remember=True)
    log_in(client, "olaf")
    return client


def stored(app: Flask) -> list[str]:
    with app.app_context():
        rows = select(LogEntry.address).where(LogEntry.action == "login").order_by(LogEntry.id)
        return [*session.scalars(rows), *session.scalars(select(MemberSession.address).order_by(MemberSession.id))]


def test_an_address_expires_in_the_log_and_in_the_list_of_devices(olaf: FlaskClient, app: Flask) -> None:
    with app.app_context():
        expire_addresses()
    assert stored(app) == ["expired", "127.0.0.1", "127.0.0.1"] * 2


def test_a_lower_number_of_days_counts_at_once_and_before_the_job_has_run(
    olaf: FlaskClient, app: Flask, writing: Writing, tmp_path: Path
) -> None:
    assert olaf.get("/moderation/log").text.count("IP address expired") == 1
    with writing():
        set_value("address_days", 7)

    assert stored(app).count("127.0.0.1") == 6
    log, devices = olaf.get("/moderation/log").text, olaf.get("/account/sessions").text
    assert (log.count("IP address expired"), log.count("127.0.0.1")) == (2, 1)
    assert (devices.count("IP address expired"), devices.count("127.0.0.1")) == (1, 1)
    with app.app_context():
        export(tmp_path / "archive")
        file = BytesIO()
        write_own_data(session.scalars(select(Member).filter_by(username="olaf")).one(), file)
    assert (tmp_path / "archive" / "log.jsonl").read_text().count("127.0.0.1") == 1
    own = zipfile.ZipFile(file)
    assert own.read("log.json").count(b"127.0.0.1") == own.read("logins.json").count(b"127.0.0.1") == 1


def test_with_no_days_no_address_is_stored_and_those_stored_go(app: Flask, olaf: FlaskClient, writing: Writing) -> None:
    with writing():
        set_value("address_days", 0)
    log_in(app.test_client(), "olaf")
    assert olaf.get("/account").status_code == 200
    with app.app_context():
        expire_addresses()
    assert stored(app) == ["expired"] * 3 + [""] + ["expired"] * 3 + [""]


def test_nobody_is_shown_or_finds_an_expired_address_before_the_job_has_run(
    olaf: FlaskClient, app: Flask, writing: Writing
) -> None:
    with writing():
        member = session.scalars(select(Member).filter_by(username="olaf")).one()
        change_settings(member, {"name": "Gardens"})
        session.scalars(select(LogEntry).where(LogEntry.action == "change-setting")).one().address = "203.0.113.9"
        program = a_token(member, "read", "admin")
        set_value("address_days", 7)
    changed = "/moderation/log?action=change-setting"
    assert "203.0.113.9" in olaf.get(changed).text
    with clock.frozen_at(clock.now() + timedelta(days=8)):
        olaf = app.test_client()
        log_in(olaf, "olaf")
        page = olaf.get(changed).text
        file = olaf.post(
            "/moderation/log/log.csv", data={"action": "change-setting", "csrf_token": token_in(page)}
        ).text
        entry = olaf.get(re.findall(r"/moderation/log/\d+", page)[0]).text
        found = olaf.get("/admin/members?address=203.0.113.9").text
        told = app.test_client().get("/api/v1/log?action=change-setting", headers=program)
    for text_of in (page, entry, file, told.text):
        assert ("203.0.113.9" in text_of, "expired" in text_of) == (False, True)
    assert "No member is found." in found


@pytest.mark.usefixtures("olaf")
def test_the_job_works_in_slices_and_ends(app: Flask, monkeypatch: pytest.MonkeyPatch, writing: Writing) -> None:
    monkeypatch.setattr(ip_addresses, "SLICE_ROWS", 2)
    with writing():
        set_value("address_days", 0)
    with app.app_context():
        expire_addresses()
    assert set(stored(app)) == {"expired"}


@pytest.mark.usefixtures("olaf")
def test_an_expired_address_is_not_one_from_which_the_member_was_seen(app: Flask, writing: Writing) -> None:
    with writing():
        set_value("address_days", 0)
    with app.app_context():
        expire_addresses()
        olaf = session.scalars(select(Member).filter_by(username="olaf")).one()
        assert recent_ip_addresses(olaf, actions=("login",)) == set()


@pytest.mark.sqlite  # it reads SQLite's plan of the query
@pytest.mark.usefixtures("app_in_context")
def test_expired_addresses_are_found_without_reading_the_whole_log() -> None:
    query = (
        ip_addresses.expired_entries().limit(1).compile(session.connection(), compile_kwargs={"literal_binds": True})
    )
    plan = " ".join(row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {query}")))
    assert "ix_log_entry_expiring" in plan
