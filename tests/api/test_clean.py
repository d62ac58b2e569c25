"""Cleaning up after a spammer by the API, and undoing it."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import LogEntry, Member
from forum.moderation.cleaning import running
from tests.api.conftest import MakeProgram, Program, Writing
from tests.factories import a_member, a_newcomer, a_post, a_thread


@pytest.fixture
def address(writing: Writing) -> str:
    """The address for cleaning up after a spammer with a thread and a reply."""
    with writing():
        a_member("mona", role="moderator")
        a_member("anna")
        spammer = a_newcomer("spammer")
        a_thread(by=spammer)
        a_post(by=spammer)
        return f"/members/{spammer.id}/clean-spam"


@pytest.fixture
def mona(program: MakeProgram, address: str) -> Program:
    return program("mona", scopes="read write moderate")


def run_jobs(app: Flask) -> None:
    with app.app_context():
        running.run_pending()


def test_a_spammer_is_cleaned_and_that_is_undone(app: Flask, mona: Program, address: str) -> None:
    mona.get(address, status=404)
    answer = mona.ask("POST", address, {"reason": "Advertising"})
    assert (answer.status_code, answer.headers["Location"]) == (202, f"http://localhost/api/v1{address}")
    run_jobs(app)
    done: dict[str, Any] = mona.get(address)
    assert (done["state"], done["planned"], done["can_undo"]) == ("finished", 2, True)
    assert (done["removed"]["threads"], done["removed"]["posts"]) == (1, 1)
    with app.app_context():
        assert session.scalars(select(Member).where(Member.username == "spammer")).one().is_banned
    mona.send("POST", f"{address}/undo", status=202)
    run_jobs(app)
    assert mona.get(address)["state"] == "undone"
    mona.send("POST", f"{address}/undo", status=409)
    with app.app_context():
        assert not session.scalars(select(Member).where(Member.username == "spammer")).one().is_banned


def test_a_key_that_is_sent_twice_cleans_once(app: Flask, mona: Program, address: str) -> None:
    first, second = (mona.ask("POST", address, {}, Idempotency_Key="once").json for _ in range(2))
    assert first == second
    with app.app_context():
        assert len(session.scalars(select(LogEntry).where(LogEntry.action == "clean-member")).all()) == 1


def test_bad_input_and_members_without_the_right_are_refused(mona: Program, program: MakeProgram, address: str) -> None:
    wrong = {"period": "year", "ban": "maybe", "links": ["x"] * 21, "block_days": 0}
    assert set(mona.send("POST", address, wrong, status=422)["errors"]) == {*wrong}
    assert set(mona.send("POST", address, {"links": ["localhost"]}, status=422)["errors"]) == {"links"}
    assert set(mona.send("POST", address, {"ban": "until"}, status=422)["errors"]) == {"ban_until"}
    program("mona").send("POST", address, {}, status=403)
    program("anna").send("POST", address, {}, status=403)
