"""Cached post HTML is shared by readers; each reader sees only what is theirs."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forum.infra.database.db import session
from forum.models import Member, Post, Thread
from forum.moderation import tools
from forum.reactions.actions import react, withdraw_reaction
from forum.threads import actions
from forum.web.fragments import thread_posts
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_post, a_thread

Writing = Callable[[], AbstractContextManager[None]]
READERS = ("anna", "ben", "cleo", "dora", "mona")  # the starter, another author, two readers, a moderator


@pytest.fixture
def path(writing: Writing) -> str:
    with writing():
        a_member("cleo")
        a_member("dora")
        a_member("mona", role="moderator")
        thread = a_thread(by=a_member("anna"), board=a_board("Talk"), title="Where the moon is", body="First words")
        for number in range(3):
            a_post(
                thread=thread, by=a_member("ben") if not number else member_named("ben"), body=f"Words number {number}"
            )
        return thread.path


def member_named(name: str) -> Member:
    return session.scalars(select(Member).filter_by(username=name)).one()


def post(position: int) -> Post:
    loaded = (joinedload(Post.thread).joinedload(Thread.board), joinedload(Post.author))
    return session.scalars(select(Post).filter_by(position=position).options(*loaded)).one()


ACTS: dict[str, Callable[[], object]] = {
    "another's reaction": lambda: react(member_named("dora"), post(2), kind="love"),
    "one's own reaction": lambda: react(member_named("cleo"), post(2), kind="like"),
    "reaction taken back": lambda: withdraw_reaction(member_named("cleo"), post(2)),
    "edit": lambda: actions.edit_post(member_named("ben"), post(3), body="Other words"),
    "reply": lambda: actions.reply(member_named("anna"), post(1).thread, body="A fifth post"),
    "deletion": lambda: actions.delete_post(member_named("mona"), post(4)),
    "lock": lambda: tools.lock(member_named("mona"), post(1).thread),
}


def posts_html(client: FlaskClient, path: str) -> str:
    """The posts of a page, without what differs between responses."""
    html = client.get(path).text
    return re.sub(
        r'value="[0-9a-f]{64,}"', "", html[html.index('<div class="posts">') : html.index('id="bottom-of-posts"')]
    )


@pytest.mark.slow
def test_every_reader_sees_the_posts_as_on_an_uncached_page(
    app: Flask, path: str, writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers = {name: app.test_client() for name in READERS}
    for name, client in readers.items():
        log_in(client, name)
    seen: list[str] = []
    for name, act in ({"nothing": lambda: None} | ACTS).items():
        with writing():
            act()
        for reader, client in readers.items():
            posts_html(client, path)  # no longer new to them afterwards
            shared = posts_html(client, path)
            with monkeypatch.context() as apart:
                apart.setattr(thread_posts, "MAX_AGE_SECONDS", -1.0)
                apart.setattr(thread_posts._Pages, "find", lambda *_: None)
                assert shared == posts_html(client, path), (name, reader)
            seen += [shared] if reader == "cleo" else []
    assert all(before != after for before, after in pairwise(seen)), "each act was to be seen"


def test_new_posts_are_marked_for_those_to_whom_they_are_new(app: Flask, path: str, writing: Writing) -> None:
    cleo, dora = app.test_client(), app.test_client()
    log_in(cleo, "cleo")
    log_in(dora, "dora")
    cleo.get(path)
    with writing():
        ACTS["reply"]()
    assert posts_html(cleo, path).count("mark-new") == 1
    assert posts_html(dora, path).count("mark-new") == 0
    assert posts_html(cleo, path).count("mark-new") == 0


def test_readers_of_the_same_page_share_its_posts(app: Flask, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    make = thread_posts._render

    def recorded(reader: Member, *rest: Any) -> thread_posts.Posts:
        made.append(reader.username)
        return make(reader, *rest)

    monkeypatch.setattr(thread_posts, "_render", recorded)
    for name in ("cleo", "dora", "cleo", "anna", "anna"):
        client = app.test_client()
        log_in(client, name)
        posts_html(client, path)
    assert made == ["cleo", "anna", "anna"], "one's own posts hold forms and are made for each look"
