"""Inserts many rows and counts how many steps a query takes on them."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import insert

from forum.infra import clock
from forum.infra.database.db import session
from forum.members.rules import username_key
from forum.models import Board, Member, Post, Thread, Visibility
from forum.site.queries import pin_snapshot, unpin_snapshot

DAYS = timedelta(days=3000)


def vm_steps(work: Callable[[], object], *, begin: Callable[[], object] = session.rollback) -> int:
    """How many hundreds of SQLite virtual-machine steps some work takes."""
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    begin()
    pin_snapshot()  # so that no look at the settings' version comes between, once a second
    connection = session.connection().connection.driver_connection
    assert connection is not None
    connection.set_progress_handler(count, 100)
    try:
        work()
    finally:
        connection.set_progress_handler(None, 0)
        unpin_snapshot()
    return steps


def insert_members(first: int, last: int) -> None:
    """Insert members with distinct names and varying counts and scores."""
    names = [f"{'abcdefgh'[number % 8]}nn{number:06}" for number in range(first, last)]
    rows = [
        {
            "username": name,
            "username_key": username_key(name),
            "joined_at": clock.now() - timedelta(minutes=number) if number % 3 else None,
            "message_count": number % 50,
            "positive_reactions": number % 70,
        }
        for number, name in enumerate(names, first)
    ]
    session.execute(insert(Member), rows)
    session.commit()


def insert_threads(boards: list[Board], authors: list[Member], first: int, last: int) -> None:
    """Insert one-post threads, spread over boards and authors, in a different order for each sort column."""
    begin = clock.now() - DAYS
    ids = range(1_000_000 + first, 1_000_000 + last)
    threads = [
        {
            "id": thread_id,
            "board_id": boards[thread_id % len(boards)].id,
            "title": f"Thread {thread_id}",
            "starter_id": authors[thread_id % len(authors)].id,
            "last_poster_id": authors[0].id,
            "started_at": begin + timedelta(minutes=thread_id * 7919 % 100_003),
            "last_posted_at": begin + timedelta(minutes=200_000 + thread_id % 1_000_000),
            "view_count": thread_id * 31 % 1009,
            "reply_count": thread_id * 17 % 503,
            "last_position": 1,
            "is_pinned": thread_id == 1_000_000,
            "visibility": Visibility.DELETED if thread_id < 1_000_010 else Visibility.PUBLIC,
            "deleted_at": begin if thread_id < 1_000_010 else None,
        }
        for thread_id in ids
    ]
    session.execute(insert(Thread), threads)
    posts = [
        {
            "thread_id": row["id"],
            "position": 1,
            "author_id": row["starter_id"],
            "created_at": row["started_at"],
            "source": "Words",
            "html": "<p>Words</p>",
            "markup_version": 1,
        }
        for row in threads
    ]
    session.execute(insert(Post), posts)
    for board in boards:
        board.thread_count += sum(row["board_id"] == board.id for row in threads)
        board.last_posted_at = clock.now()
    session.commit()
