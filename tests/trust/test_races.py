"""Two concurrent actions on one thread leave every counter exact, on PostgreSQL, where they really run concurrently."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from flask import Flask

from forum.app import create_app
from forum.archive.check import check, position_gaps
from forum.infra.database.db import session, transaction
from forum.infra.errors import ForumError
from forum.models import Board, Member, Post, Thread
from forum.moderation import tools
from forum.reactions.actions import react, withdraw_reaction
from forum.threads import actions
from forum.threads.queries import find_post, find_thread
from tests.conftest import close, settings_in
from tests.factories import a_board, a_member, a_thread
from tests.migrated import migrated_postgres
from tests.site_rows import insert_site_rows

pytestmark = pytest.mark.postgres
ROUNDS = 6


@pytest.fixture
def forum(tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings_in(tmp_path / "data", FORUM_DATABASE_URL=migrated_postgres("races")))
    with app.app_context(), transaction():
        insert_site_rows()
        a_member("anna")
        a_member("ben")
        a_member("mona", role="moderator")
        a_board("Far away")
    yield app
    close(app)


def member_named(name: str) -> Member:
    return session.query(Member).filter_by(username=name).one()


def thread(thread_id: int) -> Thread:
    return find_thread(member_named("mona"), thread_id)


def post(thread_id: int, position: int) -> Post:
    found = session.query(Post.id).filter_by(thread_id=thread_id, position=position).scalar()
    return find_post(member_named("mona"), found or 0)


def far_away() -> Board:
    return session.query(Board).filter_by(title="Far away").one()


Act = Callable[[int], object]
ACTS: dict[str, Act] = {
    "reply": lambda number: actions.reply(member_named("ben"), thread(number), body="At the same moment"),
    "react": lambda number: react(member_named("ben"), post(number, 1), kind="love"),
    "change": lambda number: react(member_named("anna"), post(number, 2), kind="dislike"),
    "take back": lambda number: withdraw_reaction(member_named("anna"), post(number, 2)),
    "edit": lambda number: actions.edit_post(member_named("ben"), post(number, 2), body="Other words"),
    "delete post": lambda number: actions.delete_post(member_named("mona"), post(number, 2)),
    "delete thread": lambda number: tools.delete_thread(member_named("mona"), thread(number)),
    "move": lambda number: tools.move_thread(member_named("mona"), thread(number), board=far_away()),
}
PAIRS = [
    ("reply", "delete thread"),
    ("react", "delete thread"),
    ("change", "delete thread"),
    ("delete post", "delete thread"),
    ("change", "delete post"),
    ("take back", "delete post"),
    ("move", "delete thread"),
    ("move", "reply"),
    ("edit", "delete post"),
    ("reply", "delete post"),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_concurrent_actions_leave_the_counters_exact(forum: Flask, one: str, other: str) -> None:
    with forum.app_context(), transaction():
        numbers = [a_thread(by=member_named("anna"), title=f"Race number {each}").id for each in range(ROUNDS)]
        for number in numbers:
            actions.reply(member_named("ben"), thread(number), body="Second")
            react(member_named("anna"), post(number, 2), kind="like")
    start = Barrier(2)

    def act(name: str, number: int) -> None:
        with forum.app_context():
            start.wait(10)
            try:
                with transaction():
                    ACTS[name](number)
            except ForumError:
                pass  # the other action came first, so this one is refused

    with ThreadPoolExecutor(2) as pool:
        for number in numbers:
            for each in [pool.submit(act, name, number) for name in (one, other)]:
                each.result(30)
    with forum.app_context():
        assert [*map(str, check()), *position_gaps()] == []
