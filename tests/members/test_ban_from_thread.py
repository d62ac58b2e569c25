"""Bans from one thread: what they stop, who may impose them, what the banned read, and what becomes of them."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum import permissions
from forum.admin.undo.actions import find_logged, undo
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Forbidden
from forum.members.bans import thread_bans
from forum.members.bans.thread_bans import ban_from_thread, unban_from_thread
from forum.models import AccessLevel, Decision, LogEntry
from forum.moderation.regrouping.merging import merge_threads
from forum.site.mutes import Muted
from tests.admin.pages import error_at, parsed
from tests.api.conftest import MakeProgram, program  # noqa: F401 - a fixture
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_group, a_list, a_member, a_post, a_thread, an_entry
from tests.middleware.guests import Writing


def test_the_banned_read_the_thread_but_write_only_elsewhere(app_in_context: Flask) -> None:
    mona, anna, thread = a_member(role="moderator"), a_member(), a_thread()
    own, others = a_post(thread=thread, by=anna), a_post(thread=thread)
    elsewhere = a_thread(board=thread.board)
    ban_from_thread(mona, anna, thread, reason="Off topic", until=clock.now() + timedelta(days=2))
    verdicts = [
        permissions.may_reply(anna, thread),
        permissions.may_react(anna, others),
        permissions.may_edit_post(anna, own, window_minutes=0),
        permissions.may_delete_post(anna, own, window_minutes=0),
    ]
    assert not any(verdicts)
    assert permissions.may_see_post(anna, others)
    assert permissions.may_reply(anna, elsewhere)
    assert permissions.may_start_thread(anna, thread.board)
    with pytest.raises(Muted, match=r"banned from this thread until .* Reason: Off topic"):
        a_post(thread=thread, by=anna)
    session.expire(anna)
    with clock.frozen_at(clock.now() + timedelta(days=2, seconds=1)):
        anna.mutes = None
        a_post(thread=thread, by=anna)


def test_who_moderates_the_board_bans_members_but_not_each_other(app_in_context: Flask) -> None:
    anna, gardener, other, mona = a_member(), a_member(), a_member(), a_member(role="moderator")
    board = a_board()
    a_list(board, an_entry(a_group(None, gardener, other), AccessLevel.START, moderates=True))
    thread, elsewhere = a_thread(by=gardener, board=board), a_thread()
    ban_from_thread(gardener, anna, thread)
    for member, where in ((other, thread), (mona, thread), (gardener, thread), (anna, elsewhere)):
        with pytest.raises(Forbidden):
            ban_from_thread(gardener, member, where)
    with pytest.raises(Forbidden):
        ban_from_thread(anna, gardener, thread)
    assert unban_from_thread(gardener, anna, thread)
    assert not unban_from_thread(gardener, anna, thread)


def test_a_ban_is_a_decision_that_its_member_reads_and_is_undone_in_the_log(app_in_context: Flask) -> None:
    mona, anna, thread = a_member(role="moderator"), a_member(), a_thread()
    ban_from_thread(mona, anna, thread, reason="Off topic")
    decision = session.scalars(select(Decision)).one()
    assert (decision.kind, decision.about_thread_id, decision.reason) == ("thread-ban", thread.id, "Off topic")
    entry = session.scalars(select(LogEntry).order_by(LogEntry.id.desc()).limit(1)).one()
    undo(mona, find_logged(mona, entry.id, actions=()))
    session.refresh(decision)
    assert decision.ended_at is not None
    assert permissions.may_reply(anna, thread)


def test_bans_go_with_a_thread_that_is_merged_and_end_with_one_that_is_removed(app_in_context: Flask) -> None:
    mona, anna, ben = a_member(role="moderator"), a_member(), a_member()
    first, second = a_thread(by=mona), a_thread(by=mona)
    ban_from_thread(mona, anna, first)
    ban_from_thread(mona, ben, first)
    ban_from_thread(mona, ben, second)
    source_id = first.id
    merge_threads(mona, [first], second)
    session.flush()
    for member in (anna, ben):
        session.expire(member)
        member.mutes = None
        assert not permissions.may_reply(member, second)
    thread_bans.end_bans_from(second.id)
    for member in (anna, ben):
        session.expire(member)
        member.mutes = None
        assert permissions.may_reply(member, second)
        assert thread_bans.kept_thread_ban(member, source_id)["mute"] is None


def test_the_page_bans_by_name_and_lifts(app: Flask, client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_member("mona", role="moderator")
        a_thread(by=a_member("anna"))
    log_in(client, "mona")
    path = "/threads/1-x/bans"
    assert parsed(client.get("/threads/1-x", follow_redirects=True)).select_one('.menu a[href$="/bans"]') is not None
    token = token_in(client.get(path).text)
    wrong = client.post(path, data={"csrf_token": token, "member": "nobody", "reason": "Kept"})
    assert error_at(wrong, "member")
    assert 'value="Kept"' in wrong.text
    page = client.post(path, data={"csrf_token": token, "member": "anna", "reason": "Noise"}, follow_redirects=True)
    assert "Noise" in page.text
    assert "Noise" in client.get("/moderation/bans?kind=mutes").text
    anna = app.test_client()
    log_in(anna, "anna")
    assert "banned from this thread" in anna.get("/threads/1-x", follow_redirects=True).text
    assert "banned you from" in anna.get("/account/decisions").text
    assert anna.get(path).status_code == 403
    client.post("/threads/1-x/unban", data={"csrf_token": token, "member_id": "2"})
    assert "Noise" not in client.get(path).text


def test_a_program_bans_and_reads_what_it_may_do(app: Flask, program: MakeProgram, writing: Writing) -> None:  # noqa: F811
    with writing():
        a_member("mona", role="moderator")
        anna = a_member("anna")
        a_thread(by=anna)
    mona, hers = program("mona", scopes="read write moderate"), program("anna")
    assert hers.get("/threads/1")["can"]["reply"]
    banned = mona.send("POST", "/threads/1/bans", {"member_id": 2, "reason": "Noise"}, status=201)
    assert (banned["scope"], banned["kind"]) == ("thread:1", "mute")
    assert not hers.get("/threads/1")["can"]["reply"]
    assert [item["scope"] for item in mona.get("/moderation/bans")["items"]] == ["thread:1"]
    hers.send("POST", "/threads/1/bans", {"member_id": 1}, status=403)
    assert mona.ask("DELETE", "/threads/1/bans/2").status_code == 204
    assert hers.get("/threads/1")["can"]["reply"]
    assert mona.send("POST", "/members/2/ban", {"reason": "Spam", "until": None}, status=201)["kind"] == "ban"
    assert mona.ask("DELETE", "/members/2/ban").status_code == 204
    block = mona.send("POST", "/moderation/bans", {"value": "spam.example"}, status=201)
    assert (block["kind"], block["value"]) == ("email", "spam.example")
    assert mona.send("POST", "/moderation/bans", {"value": "10.0.0.0/8"}, status=422)["errors"].keys() == {"value"}
    assert mona.ask("DELETE", f"/moderation/bans/{block['id']}").status_code == 204
    assert mona.get("/moderation/bans")["items"] == []


def test_the_page_on_permissions_names_the_thread(client: FlaskClient, writing: Writing) -> None:
    with writing():
        olaf, anna = a_member("olaf", role="admin"), a_member("anna")
        ban_from_thread(olaf, anna, a_thread(by=olaf, title="The quarrel"))
    log_in(client, "olaf")
    page = client.get("/admin/permissions?member=anna&board=1").text
    assert "The quarrel" in page
    assert "Banned from this thread" in page
