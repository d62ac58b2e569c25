"""What streams tell besides posts: who is writing, notifications, new threads, messages; and what pages fetch."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask

from forum.conversations import actions as talks
from forum.conversations import reacting, read_state
from forum.conversations.queries import find_message, members_of
from forum.infra.database.db import session
from forum.models import Board, Conversation, ConversationMessage
from forum.moderation import tools
from forum.presence import typing
from forum.reactions.actions import react
from forum.relations.actions import ignore
from forum.server.asgi import AsgiForum
from forum.threads.queries import find_post, find_thread
from forum.web.live.conversations import state_mark
from tests.conftest import log_in, token_in
from tests.factories import a_board, a_member, a_thread
from tests.live.acts import acts, close_board, member, post_id, shown, told_nothing
from tests.live.stream_client import reading
from tests.server.event_loop import run

Writing = Callable[[], AbstractContextManager[None]]
CookieOf = Callable[[str], str]

pytestmark = pytest.mark.slow


def test_readers_see_who_is_writing_but_not_themselves_nor_whom_they_ignore(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int, cookie_of: CookieOf
) -> None:
    async def scenario() -> None:
        await acts(writing, lambda: ignore(member("dora"), member("ben")))
        query = shown(app, thread_id)
        async with (
            reading(forum, query) as guest,
            reading(forum, query, cookie=cookie_of("ben")) as writer,
            reading(forum, query, cookie=cookie_of("dora")) as ignorer,
        ):
            await asyncio.sleep(1.2)
            await acts(writing, lambda: typing.note(thread_id, member("ben")))
            assert (await guest.next("typing"))["html"] == "<bdi>ben</bdi> is replying …"
            for stream in (writer, ignorer):
                assert not [event for event in stream.events if event.name == "typing"]
            await acts(writing, lambda: typing.note(thread_id, member("ben"), is_over=True))
            assert (await guest.next("typing"))["html"] == ""

    run(scenario())


def test_who_is_hidden_in_lists_of_viewers_is_not_shown_as_writing(
    app: Flask, writing: Writing, thread_id: int
) -> None:
    with writing():
        member("ben").is_hidden = True
        typing.note(thread_id, member("ben"))
        typing.note(thread_id, member("cleo"))
        assert typing.writers() == {thread_id: [member("cleo").id]}


def test_only_who_may_reply_can_be_shown_as_writing(app: Flask, writing: Writing, thread_id: int) -> None:
    with app.app_context():
        path = f"{find_thread(None, thread_id).path}/typing"
    with app.test_client() as client:
        assert client.post(path).status_code in {401, 403, 303}
        log_in(client, "cleo")
        token = token_in(client.get("/").text)
        assert client.post(path, data={"csrf_token": token, "typing": "1"}).status_code == 204
        with writing():
            assert list(typing.writers()) == [thread_id]
        assert client.post(path, data={"csrf_token": token, "stop": "1"}).status_code == 204
        with writing():
            assert not typing.writers()
            find_thread(None, thread_id).is_locked = True
        assert client.post(path, data={"csrf_token": token, "typing": "1"}).status_code == 403


def test_the_bell_is_told_the_number_of_new_notifications_on_any_page(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int, cookie_of: CookieOf
) -> None:
    async def scenario() -> None:
        async with reading(forum, "", cookie=cookie_of("anna")) as anna:
            await asyncio.sleep(1.2)
            await acts(writing, lambda: react(member("cleo"), find_post(None, post_id(1)), kind="like"))
            assert await anna.next("bell") == {"count": 1, "label": "1 new notification"}

    run(scenario())


def test_a_page_fetches_its_posts_as_its_reader_sees_them(app: Flask, writing: Writing, thread_id: int) -> None:
    with app.app_context():
        path = f"{find_thread(None, thread_id).path}/posts?page=1&after=1"
    with app.test_client() as client:
        guest = client.get(path).get_json()
        assert guest["html"].count("<article") == 2
        assert [position for position, _ in guest["new"]] == [2]
        log_in(client, "ben")
        ben = client.get(path).get_json()
        assert "/delete" in ben["html"]
        assert ben["new"] == []  # it is his own
    with writing():
        close_board(thread_id)
    with app.test_client() as client:
        assert client.get(path).status_code == 404


def test_lists_are_told_how_many_threads_are_new_of_those_that_their_reader_sees(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int, cookie_of: CookieOf
) -> None:
    async def scenario() -> None:
        with app.app_context():
            board_id = find_thread(None, thread_id).board_id
        async with (
            reading(forum, "list=0&age=0") as guest,
            reading(forum, f"list={board_id}&age=0", cookie=cookie_of("cleo")) as cleo,
            reading(forum, "list=0&age=0", cookie=cookie_of("mona")) as moderator,
        ):
            await asyncio.sleep(1.2)

            def act() -> None:
                a_thread(by=member("ben"), board=session.get_one(Board, board_id))
                a_thread(by=member("ben"), board=a_board("Elsewhere"))
                a_thread(by=a_member("olaf", role="moderator"), board=a_board("Hidden", audience="moderator"))
                a_thread(by=member("mona"), board=a_board("Her own"))

            await acts(writing, act)
            assert (await guest.next("threads"))["text"] == "3 new threads"
            assert (await cleo.next("threads"))["text"] == "1 new thread"
            assert (await moderator.next("threads"))["count"] == 3  # not her own

    run(scenario())


def test_lists_are_told_of_threads_that_go_come_back_and_are_moved_to_them(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int, cookie_of: CookieOf
) -> None:
    async def scenario() -> None:
        with writing():
            board_id, mona = a_board("Quiet").id, member("mona")
            old = a_thread(by=member("ben"), board=a_board("Loud")).id
            hidden = a_thread(by=member("ben"), board=session.get_one(Board, board_id)).id
            tools.delete_thread(mona, find_thread(mona, hidden))
        async with (
            reading(forum, f"list={board_id}&age=0") as guest,
            reading(forum, "list=0&age=0", cookie=cookie_of("cleo")) as cleo,
        ):
            await asyncio.sleep(1.2)
            await acts(writing, lambda: move(old, board_id))
            assert (await guest.next("threads"))["text"] == "1 new thread"
            assert (await cleo.next("threads"))["text"] == "1 new thread"
            await acts(writing, lambda: tools.undelete_thread(member("mona"), find_thread(member("mona"), hidden)))
            assert (await guest.next("threads"))["text"] == "2 new threads"
            await acts(writing, lambda: tools.delete_thread(member("mona"), find_thread(None, old)))
            assert (await guest.next("threads"))["text"] == "1 new thread"
        async with reading(forum, f"list={board_id}&age=0") as later:
            await told_nothing(later, "threads")

    run(scenario())


def move(thread_id: int, board_id: int) -> None:
    board = session.get_one(Board, board_id)
    tools.move_thread(member("mona"), find_thread(None, thread_id), board=board)


def test_an_open_conversation_is_told_of_edits_reactions_and_who_has_read(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int, cookie_of: CookieOf
) -> None:
    async def scenario() -> None:
        with writing():
            conversation = talks.start(member("anna"), names="ben", title="Between us", body="Listen")
            conversation_id, last = conversation.id, conversation.last_position
            mark = state_mark(conversation.version, members_of(conversation_id))
        query = f"conversation={conversation_id}&after={last}&version={mark}"

        def message() -> ConversationMessage:
            return find_message(member("anna"), conversation_id, last)

        async with reading(forum, query, cookie=cookie_of("ben")) as ben:
            await told_nothing(ben, "stale")
            await acts(writing, lambda: talks.edit(member("anna"), message(), body="Listen, please"))
            assert (await ben.next("stale"))["last"] == last
            await acts(writing, lambda: reacting.react(member("ben"), message(), kind="like"))
            assert (await ben.next("stale"))["last"] == last
            await acts(writing, lambda: read_state.mark_read(member("ben"), found(conversation_id), last))
            assert (await ben.next("stale"))["last"] == last

    run(scenario())


def test_an_open_conversation_is_told_of_new_messages_until_one_leaves_it(
    app: Flask, forum: AsgiForum, writing: Writing, thread_id: int, cookie_of: CookieOf
) -> None:
    async def scenario() -> None:
        with writing():
            conversation = talks.start(member("anna"), names="ben", title="Between us", body="Listen")
            conversation_id, path, last = conversation.id, conversation.path, conversation.last_position
        query = f"conversation={conversation_id}&after={last}"
        async with (
            reading(forum, query, cookie=cookie_of("ben")) as ben,
            reading(forum, query, cookie=cookie_of("mona")) as moderator,
            reading(forum, query) as guest,
        ):
            await moderator.next("end")
            assert guest.status == 204
            await acts(writing, lambda: talks.reply(member("anna"), found(conversation_id), body="More"))
            await ben.next("stale")
            client = app.test_client()
            await asyncio.to_thread(log_in, client, "ben")
            answer = (await asyncio.to_thread(client.get, f"{path}/messages?after={last}")).get_json()
            assert "More" in answer["html"]
            assert answer["last"] == last + 1
            await acts(writing, lambda: talks.leave(member("ben"), found(conversation_id)))
            await acts(writing, lambda: talks.reply(member("anna"), found(conversation_id), body="Alone"))
            await ben.next("end")
            assert (await asyncio.to_thread(client.get, f"{path}/messages?after=0")).status_code == 404

    run(scenario())


def found(conversation_id: int) -> Conversation:
    return session.get_one(Conversation, conversation_id)
