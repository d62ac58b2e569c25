"""After any sequence of actions a recount changes nothing and the search index is complete."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from forum.admin.undo import running
from forum.admin.undo.actions import logged_entry, undo
from forum.archive.check import check, position_gaps
from forum.infra.database.db import session, start_writing
from forum.infra.errors import ForumError
from forum.models import Board, BulkAct, DeleteBackfill, LogChange, Member, Post, Thread
from forum.moderation import bulk, tools
from forum.reactions import actions as reactions
from forum.search.index.index_check import index_problems
from forum.threads import actions as threads
from forum.threads import delete_backfill
from tests.factories import a_board, a_member

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from collections.abc import Callable

ACTS = (
    "thread",
    "reply",
    "reply",
    "react",
    "take back",
    "delete post",
    "undelete post",
    "delete",
    "undelete",
    "move",
    "edit",
    "lock",
    "many",
    "many posts",
    "undo",
    "undo",
    "settle",
)
KINDS = ("like", "love", "sad", "dislike")
steps = st.lists(st.tuples(st.sampled_from(ACTS), *[st.integers(0, 7)] * 3), min_size=5, max_size=30)


@dataclass
class Sequence:
    """The members and content of one sequence."""

    members: list[Member]
    boards: list[Board]
    threads: list[Thread] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)

    def act(self, name: str, a: int, b: int, c: int) -> None:
        """Perform one action; a refusal is a valid outcome too."""
        actor, moderator, board = self.members[a % 3], self.members[3], self.boards[c % 2]
        if name == "thread" or not self.posts:
            self._start(actor, board)
            return
        thread, post = self.threads[b % len(self.threads)], self.posts[b % len(self.posts)]
        words = f"{name} {len(self.posts)} {c}"
        acts: dict[str, Callable[[], object]] = {
            "reply": lambda: self.posts.append(threads.reply(actor, thread, body=words)),
            "react": lambda: reactions.react(actor, post, kind=KINDS[c % 4]),
            "take back": lambda: reactions.withdraw_reaction(actor, post),
            "delete post": lambda: threads.delete_post(moderator, post),
            "undelete post": lambda: threads.undelete_post(moderator, post),
            "delete": lambda: tools.delete_thread(moderator, thread),
            "undelete": lambda: tools.undelete_thread(moderator, thread),
            "move": lambda: tools.move_thread(moderator, thread, board=board),
            "edit": lambda: threads.edit_post(moderator, post, body=words),
            "settle": self._wait,
            "lock": lambda: (tools.lock if c % 2 else tools.unlock)(moderator, thread),
            "many": lambda: self._act_on_many((*bulk.THREAD_ACTS,)[c % 7], [each.id for each in self.threads]),
            "many posts": lambda: self._act_on_many((*bulk.POST_ACTS,)[c % 2], [each.id for each in self.posts]),
            "undo": lambda: self._undo(b),
        }
        acts[name]()

    def _act_on_many(self, act: str, ids: list[int]) -> None:
        self._finish(bulk.start(self.members[3], act, ids, board_id=self.boards[len(ids) % 2].id))

    def _undo(self, back: int) -> None:
        """Undo one of the last changes in the log, of one thread or post or of many."""
        session.flush()
        newest = select(LogChange.entry_id).order_by(LogChange.entry_id.desc())
        entry_id = session.scalar(newest.offset(back).limit(1))
        if entry_id is not None:
            undo(self.members[3], logged_entry(entry_id))
            begun = session.get(BulkAct, session.scalar(newest.limit(1)))
            if begun is not None:
                self._finish(begun)

    def _finish(self, act: BulkAct) -> None:
        while act.finished_at is None:
            running.run_first(act.entry_id)

    def _wait(self) -> None:
        for thread_id in session.scalars(session.query(DeleteBackfill.thread_id).statement).all():
            delete_backfill.continue_backfill(thread_id)

    def _start(self, actor: Member, board: Board) -> None:
        number = len(self.threads)
        thread = threads.start_thread(actor, board, title=f"Thread {number}", body=f"First words of {number}")
        self.threads.append(thread)
        self.posts.append(session.query(Post).filter_by(thread_id=thread.id).one())


@pytest.fixture(autouse=True)
def one_post_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the backfill of deleted or restored threads never finish at once."""
    monkeypatch.setattr(delete_backfill, "SLICE_POSITIONS", 1)
    monkeypatch.setattr(delete_backfill, "MAX_TRANSACTION_SECONDS", 0.0)


@given(steps)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_recount_changes_nothing(app: Flask, sequence: list[tuple[str, int, int, int]]) -> None:
    with app.app_context():
        start_writing()
        run = Sequence([a_member(), a_member(), a_member(), a_member(role="moderator")], [a_board(), a_board()])
        for step in sequence:
            with session.begin_nested():
                try:
                    run.act(*step)
                except ForumError:
                    session.flush()
        session.flush()
        session.expire_all()
        assert [*map(str, check()), *position_gaps(), *index_problems("en")] == []
        session.rollback()
