"""Admins and moderators who act at the same moment, on PostgreSQL: no deadlock, and no change is lost unseen."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier
from time import sleep

import pytest
from flask import Flask
from sqlalchemy import select, text

from forum.admin import merges
from forum.admin.board_actions import move_board
from forum.admin.board_order import place_board
from forum.admin.groups.access_actions import set_list
from forum.admin.notices.notice_actions import create_notice
from forum.admin.rules import OPERATOR
from forum.archive.check import check
from forum.infra.database.db import db, session, transaction
from forum.infra.errors import ForumError
from forum.members.credentials import api_tokens
from forum.models import Board, BoardMerge, Member, Thread
from forum.moderation import tools
from forum.site import actions as site
from forum.threads.queries import find_thread
from tests.factories import a_board, a_member, a_thread
from tests.trust.test_races import forum

__all__ = ["forum"]
pytestmark = pytest.mark.postgres
ROUNDS = 12


def mona() -> Member:
    return session.scalars(select(Member).where(Member.username == "mona")).one()


def board(title: str) -> Board:
    return session.scalars(select(Board).where(Board.title == title)).one()


def move(origin: str, target: str) -> Callable[[], object]:
    """Move the first thread of a board to another."""

    def act() -> None:
        wanted = select(Thread.id).where(Thread.board_id == board(origin).id).order_by(Thread.id).limit(1)
        tools.move_thread(mona(), find_thread(mona(), session.scalars(wanted).one()), board=board(target))

    return act


def merge_slice() -> None:
    merges._continue(board("One").id)


def hide_and_show() -> None:
    one = board("One")
    set_list(OPERATOR, one, [] if not one.has_access_list else None)


ADMINS_ACTS = {
    "a moderator moves a thread the other way": move("Two", "One"),
    "a merge goes on": merge_slice,
    "the boards are ordered": lambda: move_board(OPERATOR, board("One"), up=board("One").order > 0),
    "a board is dropped elsewhere": lambda: place_board(OPERATOR, board("Two"), parent_id=None, position=0),
    "a board is hidden": hide_and_show,
}


@pytest.mark.parametrize("other", ADMINS_ACTS)
def test_moving_a_thread_never_deadlocks_with(forum: Flask, other: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merges, "SLICE_THREADS", 1)
    monkeypatch.setattr(merges, "MAX_TRANSACTION_SECONDS", 0.0)
    with forum.app_context(), transaction():
        for title in ("One", "Two"):
            place = a_board(title)
            for _ in range(ROUNDS + 2):
                a_thread(by=mona(), board=place)
        if other == "a merge goes on":
            session.add(BoardMerge(board_id=board("One").id, target_id=board("Two").id, by_id=None))
    barrier = Barrier(2)

    def run(act: Callable[[], object]) -> None:
        with forum.app_context():
            for _ in range(ROUNDS):
                barrier.wait(20)
                with suppress(ForumError), transaction():  # a hidden board's thread cannot be moved
                    act()

    # a merge empties One, so that threads come back from Two
    mover = move("Two", "One") if other == "a merge goes on" else move("One", "Two")
    with ThreadPoolExecutor(2) as threads:
        for result in [threads.submit(run, act) for act in (mover, ADMINS_ACTS[other])]:
            result.result(60)  # a deadlock is raised here
    with forum.app_context():
        assert list(check()) == []


@pytest.mark.parametrize(
    ("path", "bodies"),
    [
        ("/api/v1/boards/1", ({"description": "first"}, {"description": "second"})),
        ("/api/v1/settings", ({"description": "first"}, {"description": "second"})),
        ("/api/v1/notices/1", ({"title": "first"}, {"title": "second"})),
    ],
)
def test_of_two_changes_with_the_same_if_match_one_is_refused(
    forum: Flask, path: str, bodies: tuple[dict[str, str], ...]
) -> None:
    with forum.app_context(), transaction():
        olaf = a_member("olaf", role="admin")
        create_notice(olaf, {"body": "Closed on Saturday"})
        token = api_tokens.make(olaf, name="test", scopes="read write admin")
    headers = {"Authorization": f"Bearer {token}"}
    headers["If-Match"] = forum.test_client().get(path, headers=headers).headers["ETag"]

    def change(body: dict[str, str]) -> int:
        return forum.test_client().patch(path, json=body, headers=headers).status_code

    with ThreadPoolExecutor(2) as threads:
        with forum.app_context(), transaction():
            site.lock()  # an admin's change that takes a while, so that both wait for it
            running = [threads.submit(change, body) for body in bodies]
            waiting = text("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            for _ in range(100):
                with db.engine.connect() as connection:
                    if connection.scalar(waiting) == len(bodies):
                        break
                sleep(0.05)
        assert sorted(each.result(30) for each in running) == [200, 412]
