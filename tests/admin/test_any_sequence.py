"""After any sequence of acts of admins and members, also in the middle of jobs, a recount changes nothing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from forum.accounts import closing, erasing, merging, steps
from forum.admin import board_actions, merges
from forum.admin.rules import OPERATOR
from forum.archive.check import check, position_gaps
from forum.infra.database.db import session, start_writing, transaction
from forum.infra.errors import ForumError
from forum.models import Board, Member, Post, Thread
from forum.moderation import tools
from forum.reactions import actions as reactions
from forum.search.index.index_check import index_problems
from forum.threads import actions as threads
from forum.threads.queries import find_post, find_thread
from tests.factories import a_board, a_member
from tests.parts import examples

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.slow
ACTS = (
    *("start a thread", "start a thread", "reply", "reply", "reply", "react", "delete a post", "delete a thread"),
    *("move a thread", "delete a board", "merge boards", "merge members", "erase a member", "erase with posts"),
    *("work", "work", "work"),
)
sequences = st.lists(st.tuples(st.sampled_from(ACTS), *[st.integers(0, 9)] * 3), min_size=8, max_size=40)


@dataclass
class Forum:
    """The ids of the members and boards of one sequence; some of them go."""

    members: list[int]
    boards: list[int]

    def act(self, name: str, a: int, b: int, c: int) -> None:
        """Perform one act of members or admins, or a slice of each job; a refusal is a valid outcome too."""
        mona = session.get_one(Member, self.members[0])
        actor, other = (session.get_one(Member, self.members[1 + number % 4]) for number in (a, b))
        board, target = (session.get(Board, self.boards[number % 3]) for number in (a, b))
        thread, post = self._thread(mona, b), self._post(mona, c)
        if actor.closed_at is not None:  # nobody is logged in to it
            return
        acts: dict[str, Callable[[], object]] = {}
        if board:
            title = f"Title {a}{b}{c}"
            acts["start a thread"] = lambda: threads.start_thread(actor, board, title=title, body="Words.")
            acts["delete a board"] = lambda: board_actions.delete_board(OPERATOR, board)
        if board and target:
            acts["merge boards"] = lambda: merges.start_merge(OPERATOR, board, target.id)
        if board and thread:
            acts["move a thread"] = lambda: tools.move_thread(mona, thread, board=board)
            acts["reply"] = lambda: threads.reply(actor, thread, body=f"@{other.username} {a}{b}{c}")
            acts["delete a thread"] = lambda: (tools.undelete_thread if a % 3 else tools.delete_thread)(mona, thread)
        if post:
            acts["react"] = lambda: reactions.react(actor, post, kind="like" if a % 2 else "sad")
            acts["delete a post"] = lambda: threads.delete_post(mona, post)
        acts["merge members"] = lambda: merging.start_merge(OPERATOR, actor, other)
        acts["erase a member"] = lambda: _erase(actor, deletes_posts=False)
        acts["erase with posts"] = lambda: _erase(actor, deletes_posts=True)
        acts.get(name, lambda: None)()

    def _thread(self, mona: Member, number: int) -> Thread | None:
        found = session.scalars(select(Thread.id).where(Thread.board_id.in_(self.boards)).order_by(Thread.id)).all()
        return find_thread(mona, found[number % len(found)]) if found else None

    def _post(self, mona: Member, number: int) -> Post | None:
        of_these = select(Thread.id).where(Thread.board_id.in_(self.boards))
        found = session.scalars(select(Post.id).where(Post.thread_id.in_(of_these)).order_by(Post.id)).all()
        return find_post(mona, found[number % len(found)]) if found else None


def _erase(member: Member, *, deletes_posts: bool) -> None:
    closing.close_for_member(OPERATOR, member, at_once=True, deletes_posts=deletes_posts)


@pytest.fixture(autouse=True)
def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a run of a job end after its first transaction, and that after its first slice."""
    for module in (merges, steps):
        monkeypatch.setattr(module, "MAX_RUN_SECONDS", 0.0005)
        monkeypatch.setattr(module, "MAX_TRANSACTION_SECONDS", 0.0)
    monkeypatch.setattr(merges, "SLICE_THREADS", 1)


@given(sequences)
@settings(max_examples=examples(15), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_recount_changes_nothing(app: Flask, sequence: list[tuple[str, int, int, int]]) -> None:
    with app.app_context():
        with transaction():
            members = [a_member(role="moderator"), *(a_member() for _ in range(4))]
            forum = Forum([each.id for each in members], [a_board().id for _ in range(3)])
        for step in sequence:
            if step[0] == "work":
                for job in (merges, merging, erasing):
                    job.run_pending()
                continue
            try:
                with transaction():
                    forum.act(*step)
            except ForumError:
                continue
        start_writing()
        assert [*map(str, check()), *position_gaps(), *index_problems("en")] == []
        session.rollback()
