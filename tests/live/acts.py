"""What members and moderators do while pages are open."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import BuiltInGroup, Group, Member, Post
from forum.threads.queries import find_thread
from tests.factories import a_list, an_entry
from tests.live.stream_client import Reading

Writing = Callable[[], AbstractContextManager[None]]


def member(name: str) -> Member:
    return session.scalars(select(Member).filter_by(username=name)).one()


def shown(app: Flask, thread_id: int) -> str:
    """What the page of a thread asks a stream for."""
    with app.app_context():
        thread = find_thread(None, thread_id)
        return f"thread={thread_id}&page=1&version={thread.version}&after={thread.last_visible_position}"


async def acts(writing: Writing, act: Callable[[], Any]) -> None:
    def in_transaction() -> None:
        with writing():
            act()

    await asyncio.to_thread(in_transaction)


def post_id(position: int) -> int:
    return session.scalars(select(Post.id).filter_by(position=position)).one()


async def told_nothing(stream: Reading, name: str, seconds: float = 2.0) -> None:
    with pytest.raises(TimeoutError):
        await stream.next(name, seconds)


def close_board(thread_id: int) -> None:
    """Let only moderators see the thread's board."""
    thread = find_thread(None, thread_id)
    moderators = session.get_one(Group, int(BuiltInGroup.MODERATORS))
    a_list(thread.board, an_entry(moderators, moderates=True))
