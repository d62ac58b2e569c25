"""Members download everything the forum stores about them, and nothing that they may not see."""

import json
import re
import stat
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum.accounts import own_data, own_sections
from forum.accounts.own_data import write_own_data
from forum.conversations import actions as conversations
from forum.conversations import queries as conversation_queries
from forum.conversations import reacting
from forum.digests.choices import choose_digest
from forum.infra import clock
from forum.infra.database.db import session
from forum.members import sanctions
from forum.members.credentials import api_tokens, sessions
from forum.members.signup import invitations, signs
from forum.models import (
    Application,
    BoardWatch,
    Channel,
    Draft,
    FollowedMember,
    GroupRequest,
    LogEntry,
    MailFailure,
    Member,
    Visibility,
)
from forum.moderation import tools
from forum.moderation.illegal_content import notices
from forum.moderation.reports.making import report_post
from forum.moderation.warnings import giving
from forum.notifications import choices
from forum.notifications.push import subscriptions
from forum.reactions.actions import react
from forum.site.actions import set_value
from forum.threads import actions, read_marks
from tests.cli.commands import forum
from tests.conftest import log_in, settings_on, token_in
from tests.factories import (
    PASSWORD,
    a_board,
    a_conversation,
    a_group,
    a_list,
    a_member,
    a_post,
    a_thread,
    a_warning_kind,
    hide,
    ignored,
)
from tests.middleware.guests import Writing
from tests.outside.push_stub import Browser

SECTIONS = {f"{section.name}.json" for section in own_sections.SECTIONS}


@pytest.fixture
def anna(writing: Writing) -> str:
    """The name of a member of whom every kind of row exists, with one row of another member beside each."""
    with writing():
        anna, bert, mona = a_member("anna", about="I like *snow*"), a_member("bert"), a_member("mona", role="moderator")
        a_group("Skiers", anna)
        signs.store(anna, ["quick:6"])
        session.add(GroupRequest(member_id=anna.id, group_id=a_group("Climbers").id, created_at=clock.now()))
        thread = a_thread(by=anna, title="Snow", body="It snows.")
        post = a_post(thread=thread, by=anna, body="And it rains.")
        actions.edit_post(anna, post, body="And it pours.")
        talk = a_conversation(bert, anna)
        conversations.reply(anna, talk, body="In private.")
        reacting.react(anna, conversation_queries.find_message(anna, talk.id, 1), kind="like")
        ignored(anna, a_member("erik"))
        choices.choose(anna, {"reaction": {Channel.SITE: False}})
        session.add(FollowedMember(member_id=anna.id, followed_id=bert.id, created_at=clock.now()))
        set_value("held_words", "hail")
        actions.edit_post(anna, post, body="And it hails: hail!")
        other = a_post(thread=thread, by=bert, body="@anna, where?")
        react(anna, other, kind="like")
        report_post(anna, other, kind="spam")
        actions.delete_post(anna, a_post(thread=thread, by=anna, body="Never mind."))
        hidden = a_thread(by=mona, title="Plans of the staff", board=(board := a_board("Staff")))
        a_post(thread=hidden, by=anna, body="Written while it was open.")
        tools.delete_thread(mona, hidden)
        held, others = a_thread(by=anna, title="Waiting", body="Words"), a_thread(by=mona, title="Not for anna yet")
        a_post(thread=others, by=anna, body="Before it was held.")
        hide(held, others, visibility=Visibility.HELD)
        closed = a_board("Inquiry about anna")
        read_marks.mark_board_read(anna, closed)
        a_list(closed)
        invitations.create(anna, email="friend@example.org")
        invitations.create(bert).used_by_id = anna.id
        anna.accepted_terms_at = clock.now()
        read_marks.mark_read(anna, thread, 2)
        read_marks.mark_board_read(anna, board)
        for watched in (closed, board):
            session.add(BoardWatch(member_id=anna.id, board_id=watched.id, level="site", changed_at=clock.now()))
        api_tokens.make(anna, name="My script", scopes=["read"])
        session.add(Draft(member_id=anna.id, place=f"thread:{thread.id}", body="unfinished", updated_at=clock.now()))
        choose_digest(anna, frequency="daily", hour=8, weekday=None, time_zone="")
        session.add(MailFailure(member_id=anna.id, day=clock.now().date(), kind="soft", failed_at=clock.now()))
        session.add(Application(member_id=anna.id, answer="Because of the snow"))
        giving.warn(mona, anna, a_warning_kind(points=0), post=post)
        sanctions.impose_ban(mona, anna, reason="Too much snow")
        sanctions.lift_ban(mona, anna)
        entry = notices.Entry(addresses=other.path, words="Mine.", name="N", email="n@example.org", in_good_faith=True)
        notices.send(anna, entry, home="", mail_home="")
        api_tokens.make(anna, name="My script", scopes=["read"])
        sessions.start(anna, persistent=False)
        subscriptions.subscribe(anna, sessions.of(anna)[0], **Browser("/push/one").fields)
    return "anna"


def download(client: FlaskClient, password: str = PASSWORD) -> TestResponse:
    form = token_in(client.get("/account/data").text)
    return client.post("/account/data", data={"password": password, "csrf_token": form}, buffered=True)


def files_of(data: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_the_download_has_everything_of_the_member(client: FlaskClient, anna: str) -> None:
    log_in(client, anna)
    answer = download(client)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    files = files_of(answer.data)
    assert set(files) == SECTIONS | {"profile.json"}
    assert all(files.values()), "a section without rows is not tested"
    assert (files["profile.json"]["about"], files["profile.json"]["email"][-12:]) == ("I like *snow*", "@example.org")
    assert [post["source"] for post in files["posts.json"]] == [
        *("It snows.", "And it pours.", "Never mind.", "Written while it was open.", "Words", "Before it was held.")
    ]
    titles = [(row["visibility"], row.get("title")) for row in files["threads.json"]]
    assert titles == [("public", "Snow"), ("held", "Waiting")]
    assert files["posts.json"][0]["address"].endswith("/posts/1")
    assert [row["source"] for row in files["earlier_versions.json"]] == ["And it rains."]
    assert files["api_tokens.json"][0]["name"] == "My script"
    assert [row["signs"] for row in files["registration.json"]] == ["quick:6"]
    assert files["sanctions.json"][0]["reason"] == "Too much snow"
    assert [row["scope"] for row in files["sanctions.json"]] == [""]
    assert files["profile.json"]["invited_by"] == "bert"
    assert files["profile.json"]["accepted_terms_at"]
    assert files["profile.json"]["two_factor_at"] is None
    assert [row["email"] for row in files["invitations.json"]] == ["friend@example.org"]
    assert ["title" in row for row in files["boards_read.json"]] == [True, False]
    assert {row["level"] for row in files["threads_watched.json"]} == {"site"}
    assert {("title" in row, row["level"]) for row in files["boards_watched.json"]} == {(True, "site"), (False, "site")}
    assert "login" in {row["action"] for row in files["log.json"]}


def test_it_has_no_secrets_and_nothing_of_hidden_threads_and_others(client: FlaskClient, anna: str) -> None:
    log_in(client, anna)
    text = json.dumps(files_of(download(client).data))
    for word in (
        "Plans of the staff",
        "Not for anna yet",
        "Inquiry",
        "where?",
        "mona",
        "password_hash",
        "token_hash",
        "/push/one",
    ):
        assert word not in text


def test_it_is_made_three_times_a_day(home: Path, blank: Path, app: Flask, client: FlaskClient, anna: str) -> None:
    app.extensions["forum.settings"] = settings_on(home, FORUM_LIMITS="on")
    log_in(client, anna)
    assert [download(client).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_a_wrong_password_downloads_nothing(app: Flask, client: FlaskClient, anna: str) -> None:
    log_in(client, anna)
    answer = download(client, "a wrong password")
    assert (answer.status_code, answer.headers["Content-Type"][:9]) == (422, "text/html")
    assert "This is not your password." in answer.text
    assert "/login" in client.application.test_client().get("/account/data").headers["Location"]
    download(client)
    with app.app_context():
        logged = select(LogEntry.target).where(LogEntry.action == "download-data")
        assert session.scalars(logged).all() == ["member:1"]


def test_many_rows_are_read_in_slices(app: Flask, anna: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context():
        whole, slices = BytesIO(), BytesIO()
        write_own_data(session.get_one(Member, 1), whole)
        monkeypatch.setattr(own_data, "SLICE_ROWS", 1)
        write_own_data(session.get_one(Member, 1), slices)
        assert files_of(slices.getvalue()) == files_of(whole.getvalue())


def test_the_operator_writes_the_file_of_a_member(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "anna.zip"
    forum(data, "create-member", "anna", "--email", "a@example.org", "--password-stdin", typed="a long password\n")
    done = forum(data, "export-member", "anna", str(file))
    assert re.fullmatch(r"Wrote \d+ rows about anna to .*anna\.zip\.\n", done.stdout), done.stderr
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert files_of(file.read_bytes())["profile.json"]["email"] == "a@example.org"
    assert forum(data, "export-member", "anna", str(file)).returncode == 2, "no file is overwritten"
