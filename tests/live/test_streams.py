"""What an open thread is told over its stream, and what ends one."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from forum.members import sanctions
from forum.members.credentials import sessions
from forum.reactions.actions import react
from forum.relations.actions import ignore
from forum.server import live_streams
from forum.server.asgi import AsgiForum
from forum.threads import actions
from forum.threads.queries import find_post, find_thread
from tests.factories import a_post
from tests.live.acts import acts, close_board, member, post_id, shown, told_nothing
from tests.live.stream_client import reading
from tests.server.event_loop import run

Writing = Callable[[], AbstractContextManager[None]]
CookieOf = Callable[[str], str]

pytestmark = pytest.mark.slow


def test_guests_and_members_who_see_the_same_are_sent_a_new_reply(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int, cookie_of: CookieOf
) -> None:
    async def scenario() -> None:
        query = shown(app, thread_id)
        async with reading(forum, query) as guest, reading(forum, query, cookie=cookie_of("cleo")) as cleo:
            await asyncio.sleep(1.2)
            await acts(writing, lambda: a_post(thread=find_thread(None, thread_id), by=member("ben"), body="Behold"))
            for stream, has_menu in ((guest, False), (cleo, True)):
                values = await stream.next("posts")
                assert values["html"].count("Behold") == 1
                assert ("Ignore this member" in values["html"]) is has_menu
                assert [position for position, _ in values["new"]] == [3]
                assert len(values["ids"]) == 3
            assert guest.status == 200
            assert guest.headers["content-type"].startswith("text/event-stream")
            assert guest.headers["x-accel-buffering"] == "no"

    run(scenario())


def test_edits_reactions_and_deletions_are_sent_and_the_next_event_has_only_what_changed(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int
) -> None:
    async def scenario() -> None:
        async with reading(forum, shown(app, thread_id)) as guest:
            await asyncio.sleep(0.7)
            await acts(writing, lambda: actions.edit_post(member("ben"), find_post(None, post_id(2)), body="Mended"))
            assert "Mended" in (await guest.next("posts"))["html"]
            await acts(writing, lambda: react(member("cleo"), find_post(None, post_id(1)), kind="like"))
            values = await guest.next("posts")
            assert "cleo" in values["html"]
            assert "Mended" not in values["html"]
            await acts(writing, lambda: actions.delete_post(member("ben"), find_post(None, post_id(2)), reason=""))
            values = await guest.next("posts")
            assert len(values["ids"]) == 1

    run(scenario())


def test_who_has_a_part_in_the_page_or_moderates_or_ignores_is_told_to_fetch_it(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int, cookie_of: CookieOf
) -> None:
    async def scenario() -> None:
        await acts(writing, lambda: ignore(member("dora"), member("ben")))
        query = shown(app, thread_id)
        async with (
            reading(forum, query, cookie=cookie_of("anna")) as author,
            reading(forum, query, cookie=cookie_of("mona")) as moderator,
            reading(forum, query, cookie=cookie_of("dora")) as ignorer,
        ):
            await asyncio.sleep(1.2)
            await acts(writing, lambda: a_post(thread=find_thread(None, thread_id), by=member("ben"), body="Secretly"))
            for stream in (author, moderator, ignorer):
                assert (await stream.next("stale"))["version"] > 0
                assert not [event for event in stream.events if "Secretly" in str(event.values)]

    run(scenario())


def test_what_happened_before_the_stream_was_open_is_sent_at_once(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int
) -> None:
    async def scenario() -> None:
        query = shown(app, thread_id)
        await acts(writing, lambda: a_post(thread=find_thread(None, thread_id), by=member("ben"), body="Before"))
        async with reading(forum, query) as guest:
            assert "Before" in (await guest.next("posts"))["html"]
            mark = guest.events[-1].mark or next(event.mark for event in guest.events if event.mark)
        async with reading(forum, query, last_event_id=mark) as again:
            await told_nothing(again, "posts")

    run(scenario())


def log_out(name: str) -> None:
    sessions.end_all(member(name))


def ban(name: str) -> None:
    sanctions.ban(member("mona"), member(name), reason="Spam")


@pytest.mark.parametrize("name", ["", "cleo", "anna"], ids=["guest", "member", "author"])
@pytest.mark.parametrize("is_silent", [True, False], ids=["before a reply", "with a reply"])
def test_a_stream_ends_when_its_reader_may_no_longer_see_the_thread(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int, cookie_of: CookieOf, *, name: str, is_silent: bool
) -> None:
    async def scenario() -> None:
        headers = {"cookie": cookie_of(name)} if name else {}
        async with reading(forum, shown(app, thread_id), **headers) as stream:
            await asyncio.sleep(1.2)

            def act() -> None:
                thread = find_thread(None, thread_id)
                close_board(thread_id)
                if not is_silent:
                    a_post(thread=thread, by=member("mona"), body="Among ourselves")

            await acts(writing, act)
            await stream.next("end")
            await stream.end()
            assert not [event for event in stream.events if "Among ourselves" in str(event.values)]

    run(scenario())


@pytest.mark.parametrize("act", [log_out, ban])
def test_a_stream_ends_with_the_login(
    app: Flask,
    forum: AsgiForum,
    writing: Writing,
    thread_id: int,
    cookie_of: CookieOf,
    act: Callable[[str], None],
) -> None:
    async def scenario() -> None:
        async with reading(forum, shown(app, thread_id), cookie=cookie_of("cleo")) as stream:
            await asyncio.sleep(1.2)
            await acts(writing, lambda: act("cleo"))
            await stream.next("end")
            await stream.end()

    run(scenario())


def test_a_stream_for_a_thread_that_one_may_not_see_ends_at_once(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int, cookie_of: CookieOf
) -> None:
    async def scenario() -> None:
        query = shown(app, thread_id)
        await acts(writing, lambda: close_board(thread_id))
        for headers in ({}, {"cookie": cookie_of("cleo")}):
            async with reading(forum, query, **headers) as stream:
                await stream.end()
                assert {event.name for event in stream.events} == {"end"}
        async with reading(forum, query, cookie=cookie_of("mona")) as moderator:
            await told_nothing(moderator, "end")

    run(scenario())


def test_one_address_cannot_take_all_streams(
    app: Flask, forum: AsgiForum, thread_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_streams, "MAX_STREAMS_AN_ADDRESS", 2)

    async def scenario() -> None:
        query = shown(app, thread_id)
        async with reading(forum, query), reading(forum, query):
            async with reading(forum, query) as third:
                await third.end()
                assert third.status == 503
            async with reading(forum, query, address="192.0.2.9") as other:
                await asyncio.sleep(0.1)
                assert other.status == 200
        async with reading(forum, query) as later:
            await asyncio.sleep(0.1)
            assert later.status == 200

    run(scenario())


def test_one_address_cannot_open_streams_again_and_again(
    app: Flask, forum: AsgiForum, thread_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_streams, "MAX_OPENED_A_MINUTE", 2)

    async def scenario() -> None:
        query = shown(app, thread_id)
        for status in (200, 200, 503):
            async with reading(forum, query) as stream:
                await asyncio.sleep(0.05)
                assert stream.status == status
        async with reading(forum, query, address="192.0.2.9") as other:
            await asyncio.sleep(0.05)
            assert other.status == 200

    run(scenario())


def test_streams_are_refused_to_other_sites_and_to_who_asks_for_nothing(
    app: Flask, forum: AsgiForum, thread_id: int, cookie_of: CookieOf
) -> None:
    async def scenario() -> None:
        async with reading(forum, shown(app, thread_id), sec_fetch_site="cross-site") as foreign:
            await foreign.end()
            assert foreign.status == 204
        for nothing in ("", "thread=9999999999", "thread=-1", "conversation=7"):
            async with reading(forum, nothing) as guest:
                await guest.end()
                assert guest.status == 204

    run(scenario())


def test_streams_end_when_the_server_stops(app: Flask, thread_id: int) -> None:
    is_over = False
    forum = AsgiForum(app, is_stopping=lambda: is_over)

    async def scenario() -> None:
        nonlocal is_over
        async with reading(forum, shown(app, thread_id)) as stream:
            await asyncio.sleep(0.2)
            is_over = True
            await stream.end()
            assert not [event for event in stream.events if event.name == "end"]

    run(scenario())
    forum.close()
