"""Query counts: a thread page of 20 posts takes at most 8 queries for a member, however long the thread."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from forum.infra.database.db import db, session
from forum.models import Member, Thread
from forum.reactions.actions import react
from forum.threads.queries import find_thread, posts_on_page
from tests.conftest import log_in
from tests.factories import a_board, a_member, a_post, a_thread

pytestmark = pytest.mark.slow


@dataclass
class Seen:
    """The statements sent to the content database and to the ephemeral one."""

    content: list[str] = field(default_factory=list)
    volatile: list[str] = field(default_factory=list)


@contextmanager
def statements_of(app: Flask) -> Iterator[Seen]:
    """Every statement sent to either database."""
    seen = Seen()

    def recorder(into: list[str]) -> Callable[..., None]:
        def record(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            if not statement.startswith(("BEGIN", "SAVEPOINT", "PRAGMA")):
                into.append(" ".join(statement.split())[:110])

        return record

    with app.app_context():
        listeners = [(db.engine, recorder(seen.content)), (app.extensions["forum.ephemeral"], recorder(seen.volatile))]
    for engine, listener in listeners:
        event.listen(engine, "before_cursor_execute", listener)
    yield seen
    for engine, listener in listeners:
        event.remove(engine, "before_cursor_execute", listener)


def fill(thread: Thread, authors: list[Member], posts: int) -> None:
    for number in range(posts):
        post = a_post(thread=thread, by=authors[number % len(authors)])
        react(authors[(number + 1) % len(authors)], post, kind="like")


@pytest.fixture
def threads(writing: Callable[[], AbstractContextManager[None]]) -> dict[str, str]:
    with writing():
        authors = [a_member(f"author {number}") for number in range(20)]
        a_member("anna")
        outer = a_board("Outer", is_category=True)
        board = a_board("Inner", parent_id=outer.id)
        short, long = a_thread(by=authors[0], board=board), a_thread(by=authors[1], board=board)
        fill(short, authors, 19)
        fill(long, authors, 119)
        return {"short": short.path, "long": f"{long.path}?page=4"}


@pytest.mark.parametrize("which", ["short", "long"])
def test_a_thread_page_takes_at_most_8_queries_for_a_member(
    app: Flask, client: FlaskClient, threads: dict[str, str], which: str
) -> None:
    log_in(client, "anna")
    client.get("/members")
    with statements_of(app) as first:
        assert client.get(threads[which]).text.count('class="post') >= 20
    with statements_of(app) as again:
        client.get(threads[which])
    for seen in (first, again):
        assert len(seen.content) <= 8, "\n".join(seen.content)
    assert len(first.volatile) <= 3, "\n".join(first.volatile)
    assert len(again.volatile) <= 1, "\n".join(again.volatile)


def test_a_guest_takes_fewer_queries_than_a_member(app: Flask, client: FlaskClient, threads: dict[str, str]) -> None:
    client.get(threads["short"])
    with statements_of(app) as seen:
        client.get(threads["long"])
    assert len(seen.content) <= 6, "\n".join(seen.content)


@pytest.mark.sqlite
def test_pages_of_posts_are_selected_by_position_and_not_by_offset(app: Flask, threads: dict[str, str]) -> None:
    with app.app_context():
        thread = find_thread(None, int(threads["long"].split("/")[2].split("-")[0]))
        with statements_of(app) as seen:
            assert [post.position for post in posts_on_page(None, thread, 4)] == list(range(61, 81))
        assert not any("OFFSET" in statement for statement in seen.content)
        look = (
            "EXPLAIN QUERY PLAN SELECT * FROM post WHERE thread_id = 1 AND position BETWEEN 61 AND 80 ORDER BY position"
        )
        plan = session.connection().exec_driver_sql(look)
        assert "USING INDEX" in str(plan.all())
