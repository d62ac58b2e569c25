"""Clients that do not take what they are sent: they are dropped, and delay nobody."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask

from forum.server import live_streams
from forum.server.asgi import AsgiForum
from forum.threads.queries import find_thread
from tests.factories import a_post
from tests.live.acts import acts, member, shown
from tests.live.stream_client import reading
from tests.server.asgi_client import scope_of
from tests.server.event_loop import run

Writing = Callable[[], AbstractContextManager[None]]

pytestmark = pytest.mark.slow


class Line:
    """A connection whose client reads nothing after the head until `reads` is set."""

    def __init__(self, forum: AsgiForum, query: str) -> None:
        self.reads, self.sent = asyncio.Event(), list[dict[str, Any]]()
        scope = scope_of("GET", f"/live?{query}", [], address="192.0.2.7")
        self.served = asyncio.create_task(forum(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()  # it never says that it is gone
        return {}

    async def _send(self, message: dict[str, Any]) -> None:
        if len(self.sent) > 1:
            await self.reads.wait()
        self.sent.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


def reply(writing: Writing, thread_id: int, words: str) -> Any:
    return acts(writing, lambda: a_post(thread=find_thread(None, thread_id), by=member("ben"), body=words))


def test_a_client_that_reads_nothing_for_a_while_is_dropped_and_others_are_told(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_streams, "SLOW_SECONDS", 2.0)

    async def scenario() -> None:
        query = shown(app, thread_id)
        async with reading(forum, query) as other:
            slow = Line(forum, query)
            await asyncio.sleep(1.2)
            await reply(writing, thread_id, "The first")
            assert "The first" in (await other.next("posts"))["html"]
            await reply(writing, thread_id, "The second")
            assert "The second" in (await other.next("posts"))["html"]
            await asyncio.wait_for(slow.served, 8)
            assert b"The second" not in slow.body
            await reply(writing, thread_id, "The third")
            assert "The third" in (await other.next("posts"))["html"]

    run(scenario())


def test_a_client_that_owes_too_much_is_sent_no_more_and_closed_once_it_reads_again(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_streams, "MAX_PENDING_BYTES", 120_000)

    async def scenario() -> None:
        query = shown(app, thread_id)
        async with reading(forum, query) as other:
            slow = Line(forum, query)
            await asyncio.sleep(1.2)
            for number in range(5):
                await reply(writing, thread_id, f"Number {number}: " + "many words " * 1500)
                await other.next("posts")  # with all posts of this author, whose cards count them
            slow.reads.set()
            await asyncio.wait_for(slow.served, 8)
            assert b"Number 4" not in slow.body
            assert slow.sent[-1] == {"type": "http.response.body", "body": b""}
        async with reading(forum, query) as again:
            assert "Number 4" in (await again.next("posts"))["html"]

    run(scenario())
