"""Posts that wait for approval: whose open pages are told of them."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from forum.moderation import queue
from forum.server.asgi import AsgiForum
from forum.site.actions import set_value
from forum.threads import actions
from forum.threads.queries import find_thread
from tests.live.acts import acts, member, shown
from tests.live.stream_client import reading
from tests.server.event_loop import run

Writing = Callable[[], AbstractContextManager[None]]
CookieOf = Callable[[str], str]

pytestmark = pytest.mark.slow


def test_its_author_and_moderators_are_told_of_a_post_that_waits_and_all_when_it_is_approved(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int, cookie_of: CookieOf
) -> None:
    async def scenario() -> None:
        with writing():
            set_value("held_words", "casino")
        query = shown(app, thread_id)
        async with (
            reading(forum, query) as guest,
            reading(forum, query, cookie=cookie_of("cleo")) as author,
            reading(forum, query, cookie=cookie_of("dora")) as other,
            reading(forum, query, cookie=cookie_of("mona")) as moderator,
        ):
            await asyncio.sleep(1.2)
            await acts(
                writing, lambda: actions.reply(member("cleo"), find_thread(None, thread_id), body="To the casino")
            )
            for stream in (author, moderator):
                await stream.next("stale")
            for stream in (guest, other):
                assert not [event for event in stream.events if "casino" in str(event.values)]
                assert not [event for event in stream.events if event.name == "stale"]
                await stream.next("posts")  # in which nothing is new

            def approve() -> None:
                ((item,), _page) = queue.waiting(member("mona"), 1)
                queue.approve(member("mona"), item)

            await acts(writing, approve)
            assert "casino" in (await guest.next("posts"))["html"]
            assert "casino" in (await other.next("posts"))["html"]
            await author.next("stale")

    run(scenario())
