"""The log page has a translatable label for every action and detail that the forum records."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.admin.undo.actions import find_logged, states_of, undo
from forum.audit_log import record
from forum.infra.database.db import session
from forum.infra.paths import PACKAGE
from forum.members import sanctions
from forum.members.roles import set_role
from forum.models import LogEntry, Role
from forum.moderation import tools
from forum.threads.actions import change_title, delete_post
from forum.web.audit_log_lines import ACTION_LABELS, DETAIL_LABELS
from tests.conftest import log_in
from tests.factories import a_member, a_post, a_thread

RECORD = re.compile(r"\brecord\(\s*\"([a-z-]+)\"((?:[^()]|\([^()]*\))*)\)")


def test_every_recorded_action_and_detail_has_a_label() -> None:
    found = [match for path in PACKAGE.rglob("*.py") for match in RECORD.findall(path.read_text())]
    acts = {act for act, _ in found}
    details = {name for _, rest in found for name in re.findall(r"(\w+)=", rest)} - {"actor", "target", "change"}
    assert len(acts) > 20
    assert acts <= set(ACTION_LABELS)
    assert details <= set(DETAIL_LABELS)


def test_cases_and_blocks_are_named_by_their_number(
    client: FlaskClient, writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        record("decide-report", actor=a_member("mona", role="moderator"), target="report:7")
        record("block-signup", target="signup-block:8")
    log_in(client, "mona")
    cells = [cell.get_text() for cell in BeautifulSoup(client.get("/moderation/log").text, "html.parser").select("td")]
    assert {"Case 7", "Block 8"} <= set(cells)


def test_a_post_in_the_log_is_named_by_its_thread_and_linked(
    client: FlaskClient, writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        mona = a_member("mona", role="moderator")
        post = a_post(thread=a_thread(title="Kites in the wind"))
        delete_post(mona, post, reason="advertising")
        path = post.path
    log_in(client, "mona")
    log = client.get("/moderation/log").text
    assert f'href="{path}" dir="auto">Kites in the wind #2</a>' in log
    assert "Reason: <bdi>advertising</bdi>" in log


def test_details_and_changes_are_told_in_words_and_dates_of_the_site(
    client: FlaskClient, writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        mona, anna = a_member("mona", role="admin"), a_member("anna")
        sanctions.ban(mona, anna, reason="Rude", until=datetime(2099, 5, 2, tzinfo=UTC))
        set_role(mona, anna, Role.MODERATOR)
        record("decide-report", actor=mona, target="report:7", decision="dismissed")
        record("moderate-in-bulk", actor=mona, act="spam-posts", posts=2)
        record("edit-title", actor=mona, was="2099-99-99", title="held")
        ban = session.scalars(select(LogEntry.id).where(LogEntry.action == "ban")).one()
    log_in(client, "mona")
    told = BeautifulSoup(client.get("/moderation/log").text, "html.parser").select("td.told")
    cells = [cell.get_text().partition(" · ")[0] for cell in told]  # without the address
    assert "Reason: Rude, Until: May 2, 2099" in cells
    assert "Decision: the reports are not right" in cells
    assert "Act: remove posts as spam, Posts: 2" in cells
    assert "Before: 2099-99-99, Now: held" in cells
    assert any("moderator" in cell for cell in cells)
    assert "Now: Rude, May 2, 2099" in BeautifulSoup(client.get(f"/moderation/log/{ban}").text, "html.parser").text


def test_the_log_offers_no_undo_of_what_was_changed_again_since(
    client: FlaskClient, writing: Callable[[], AbstractContextManager[None]]
) -> None:
    with writing():
        mona, thread = a_member("mona", role="moderator"), a_thread(title="The first title")
        change_title(mona, thread, title="The second title")
        change_title(mona, thread, title="The third title")
        tools.lock(mona, thread)
        sanctions.mute(mona, a_member("anna"), board_id=thread.board_id)
        undo(mona, find_logged(mona, newest_id(), actions=()))
    log_in(client, "mona")
    rows = BeautifulSoup(client.get("/moderation/log").text, "html.parser").select("tbody tr")
    told: dict[str, list[str]] = {row.select("td")[2].text: [] for row in rows}
    for row in rows:
        told[row.select("td")[2].text].append(row.select("td")[5].get_text().split(" – ")[0].strip())
    assert told["Changed title"] == ["Undo …", "Show"]
    assert "changed since" in rows[-1].text
    assert (told["Locked thread"], told["Lifted mute"], told["Muted member"]) == (["Undo …"], ["Undo …"], ["Show"])


def test_what_was_put_back_by_undoing_can_be_undone_again(app_in_context: Flask) -> None:
    mona, thread = a_member(role="moderator"), a_thread(title="The first title")
    change_title(mona, thread, title="The second title")
    first = newest_id()
    change_title(mona, thread, title="The third title")
    entries = [session.get_one(LogEntry, first)]
    assert not states_of(mona, entries)[first]
    undo(mona, find_logged(mona, newest_id(), actions=()))
    assert states_of(mona, entries)[first]


def newest_id() -> int:
    session.flush()
    return session.scalars(select(LogEntry.id).order_by(LogEntry.id.desc()).limit(1)).one()
