"""Notes of moderators on a member: who reads, changes and deletes them, and that the member never does."""

import io
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid, NotFound
from forum.models import LogEntry
from forum.moderation import notes
from tests.conftest import log_in, token_in
from tests.factories import PASSWORD, a_member

Writing = Callable[[], AbstractContextManager[None]]
SECRET = "zqsecretqz"


def send(client: FlaskClient, address: str, **fields: str):  # type: ignore[no-untyped-def]
    token = token_in(client.get("/account").text)
    return client.post(address, data={"csrf_token": token} | fields)


def test_moderators_write_notes_and_change_their_own(app_in_context: Flask) -> None:
    mona, max_, olaf = a_member(role="moderator"), a_member(role="moderator"), a_member(role="admin")
    ben = a_member("ben")
    note = notes.add(mona, ben, "Watch them.\r\nTwice ")
    assert note.text == "Watch them.\nTwice"
    notes.change(mona, note, "Trust them.")
    assert [(each.text, each.author) for each in notes.notes_on(max_, ben)] == [("Trust them.", mona)]
    assert note.edited_at
    with pytest.raises(Forbidden):
        notes.change(olaf, note, "No.")
    with pytest.raises(Forbidden):
        notes.delete(max_, note)
    notes.delete(olaf, note)
    assert notes.notes_on(mona, ben) == []
    for text in ("", " \n ", "x" * 2001):
        with pytest.raises(Invalid):
            notes.add(mona, ben, text)


def test_nobody_reads_notes_about_themselves_and_members_read_none(app_in_context: Flask) -> None:
    mona, max_, ben = a_member(role="moderator"), a_member(role="moderator"), a_member("ben")
    note = notes.add(mona, max_, "Away in June.")
    with pytest.raises(NotFound):
        notes.notes_on(max_, max_)
    with pytest.raises(NotFound):
        notes.find_note(max_, max_, note.id)
    with pytest.raises(Forbidden):
        notes.add(ben, mona, "Unfair.")


def test_notes_on_the_page_of_a_member(client: FlaskClient, writing: Writing) -> None:
    with writing():
        a_member("mona", role="moderator")
        path = a_member("ben").path
    log_in(client, "mona")
    key = {"submit_key": "abc"}
    assert send(client, f"{path}/notes", note=SECRET, **key).headers["Location"] == f"{path}/moderate#notes"
    send(client, f"{path}/notes", note=SECRET, **key)
    assert client.get(f"{path}/moderate").text.count(SECRET) == 1
    refused = send(client, f"{path}/notes", note=" ")
    assert (refused.status_code, "Write something first." in refused.text) == (422, True)
    assert send(client, f"{path}/notes/1", note="Another").status_code == 303
    assert "Another" in client.get(f"{path}/notes/1").text
    assert send(client, f"{path}/notes/1", note="y" * 2001).status_code == 422
    assert send(client, f"{path}/notes/1/delete").status_code == 303
    assert client.get(f"{path}/notes/1").status_code == 404


def test_the_member_finds_the_note_in_no_page_log_or_download(
    client: FlaskClient, app: Flask, writing: Writing
) -> None:
    with writing():
        mona, ben = a_member("mona", role="moderator"), a_member("ben", role="moderator")
        path = ben.path
        notes.delete(mona, notes.add(mona, ben, SECRET))
        notes.add(mona, ben, SECRET)
    log_in(client, "ben")
    for address in (
        path,
        f"{path}/moderate",
        f"{path}/notes/2",
        "/moderation/log",
        "/account/decisions",
        "/notifications",
    ):
        assert SECRET not in client.get(address).text, address
    assert client.get(f"{path}/moderate").status_code == 404
    data = send(client, "/account/data", password=PASSWORD)
    assert data.status_code == 200
    content = data.data
    data.close()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert "posts.json" in archive.namelist()
        assert not any(SECRET.encode() in archive.read(name) for name in archive.namelist())
    with app.app_context():
        assert not any(SECRET in str(entry.details) for entry in session.scalars(select(LogEntry)))
