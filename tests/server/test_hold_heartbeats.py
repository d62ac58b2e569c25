"""Heartbeats that wait for replies (long polling): which may wait, what ends the wait, and no leak of hidden posts."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from forum.infra import clock
from forum.presence.heartbeat_tickets import GOOD_SECONDS, age_of, ticket_for
from forum.server import held_heartbeats
from forum.server.asgi import AsgiForum
from forum.threads.queries import find_thread
from tests.factories import a_board, a_member, a_post, a_thread
from tests.server.asgi_client import Response, ask, form
from tests.server.event_loop import run

Writing = Callable[[], AbstractContextManager[None]]
TAB = "tab1tab1tab1"


@dataclass
class Objects:
    """Two threads, one of them in a board that guests cannot see."""

    path: str
    thread_id: int
    hidden_path: str
    hidden_id: int


@pytest.fixture
def objects(writing: Writing) -> Objects:
    with writing():
        anna = a_member("waiting anna")
        thread = a_thread(by=anna, board=a_board("Open"))
        hidden = a_thread(by=a_member("waiting mona", role="moderator"), board=a_board("Hidden", audience="moderator"))
        return Objects(thread.path, thread.id, hidden.path, hidden.id)


async def beat(forum: AsgiForum, path: str, **more: object) -> Response:
    fields = {"tab": TAB, "after": 1, "since": 1} | more
    body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
    return await ask(forum, "POST", f"{path}/viewers", body, **form())


def payload(response: Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.body)
    return found


async def ticket_of(forum: AsgiForum, path: str) -> str:
    return str(payload(await beat(forum, path))["ticket"])


def a_reply(writing: Writing, thread_id: int, words: str) -> None:
    with writing():
        a_post(thread=find_thread(None, thread_id), by=a_member(f"author of {words}"), body=words)


@pytest.mark.slow
def test_a_heartbeat_waits_until_somebody_replies(forum: AsgiForum, writing: Writing, objects: Objects) -> None:
    async def scenario() -> None:
        ticket = await ticket_of(forum, objects.path)
        waiting = asyncio.create_task(beat(forum, objects.path, pace=5, ticket=ticket))
        await asyncio.sleep(1.3)
        assert not waiting.done()
        began = time.monotonic()
        await asyncio.to_thread(a_reply, writing, objects.thread_id, "soon")
        news = payload(await waiting)["news"]
        assert time.monotonic() - began < 3
        assert (news["count"], news["text"]) == (1, "1 new reply")
        assert "soon" in news["html"]

    run(scenario())


def test_a_heartbeat_sent_after_a_reply_does_not_wait_long(
    forum: AsgiForum, writing: Writing, objects: Objects
) -> None:
    async def scenario() -> None:
        ticket = await ticket_of(forum, objects.path)
        await asyncio.to_thread(a_reply, writing, objects.thread_id, "before")
        began = time.monotonic()
        assert payload(await beat(forum, objects.path, pace=5, ticket=ticket))["last"] == 2
        assert time.monotonic() - began < 2.5

    run(scenario())


def test_without_a_valid_ticket_for_the_thread_no_heartbeat_waits(forum: AsgiForum, objects: Objects) -> None:
    async def scenario() -> None:
        ticket = await ticket_of(forum, objects.path)
        began = time.monotonic()
        for wrong in ("1.00", ticket[:-1] + ("0" if ticket[-1] != "0" else "1")):
            assert (await beat(forum, objects.path, pace=5, ticket=wrong)).status == 200
        assert (await beat(forum, objects.hidden_path, pace=5, ticket=ticket)).status == 404
        assert (await beat(forum, objects.hidden_path)).status == 404
        assert time.monotonic() - began < 0.9

    run(scenario())


def test_waiting_heartbeats_are_answered_when_the_server_stops(app: Flask, objects: Objects) -> None:
    is_over = False
    forum = AsgiForum(app, is_stopping=lambda: is_over)

    async def scenario() -> None:
        nonlocal is_over
        ticket = await ticket_of(forum, objects.path)
        waiting = asyncio.create_task(beat(forum, objects.path, pace=5, ticket=ticket))
        await asyncio.sleep(0.2)
        is_over = True
        began = time.monotonic()
        assert (await waiting).status == 200
        assert time.monotonic() - began < 2.5

    run(scenario())
    forum.close()


def test_beyond_the_limit_no_heartbeat_waits(
    forum: AsgiForum, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_heartbeats, "MAX_HELD", 0)

    async def scenario() -> None:
        ticket = await ticket_of(forum, objects.path)
        began = time.monotonic()
        await beat(forum, objects.path, pace=5, ticket=ticket)
        assert time.monotonic() - began < 0.9

    run(scenario())


def test_a_viewer_who_arrived_before_the_wait_is_reported_after_its_pace(forum: AsgiForum, objects: Objects) -> None:
    """The first heartbeat of a page comes after an idle moment; on a slow connection every one does."""

    async def scenario() -> None:
        ticket = await ticket_of(forum, objects.path)
        response = time.monotonic()
        body = b"tab=tab2tab2tab2&after=1&since=1"
        await ask(forum, "POST", f"{objects.path}/viewers", body, address="192.0.2.2", **form())
        await asyncio.sleep(1.6)
        assert payload(await beat(forum, objects.path, pace=5, ticket=ticket))["total"] == 2
        assert 3.5 < time.monotonic() - response < 7.5  # at its pace, up to a second early or one poll late

    run(scenario())


def test_a_ticket_is_valid_for_one_thread_and_a_minute(app: Flask) -> None:
    with app.app_context():
        secret = app.extensions["forum.settings"].secret_key
        ticket = ticket_for(7)
    for seconds in (0, 3, GOOD_SECONDS - 2):
        with clock.frozen_at(clock.now() + timedelta(seconds=seconds)):
            age = age_of(ticket, 7, secret_key=secret)
            assert age is not None
            assert seconds <= age <= seconds + 1.5
    assert age_of(ticket, 8, secret_key=secret) is None
    assert age_of(ticket, 7, secret_key=secret + "x") is None
    with clock.frozen_at(clock.now() + timedelta(seconds=GOOD_SECONDS + 1)):
        assert age_of(ticket, 7, secret_key=secret) is None
