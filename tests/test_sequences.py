"""After any sequence of actions a recount changes nothing and the search index is complete."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forum.archive.check import check, position_gaps
from forum.infra.database.db import session, start_writing
from forum.infra.errors import ForumError
from forum.models import Board, DeleteBackfill, Member, Post, ReviewItem, Thread
from forum.models.moderation.report import DISMISSED, UPHELD
from forum.moderation import queue, tools
from forum.moderation.reports import cases, decisions, making
from forum.reactions import actions as reactions
from forum.search.index.index_check import index_problems
from forum.site.actions import set_value
from forum.threads import actions as threads
from forum.threads import delete_backfill
from forum.threads.approval import holding
from tests.factories import a_board, a_member, a_newcomer

pytestmark = pytest.mark.slow

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
    "settle",
    "held thread",
    "hold",
    "hold",
    "approve",
    "approve",
    "reject",
    "undo decision",
    "withdraw",
    "report",
    "decide",
    "reopen",
)
KINDS = ("like", "love", "sad", "dislike")
steps = st.lists(st.tuples(st.sampled_from(ACTS), *[st.integers(0, 7)] * 3), min_size=5, max_size=30)


@dataclass
class Sequence:
    """The members and content of one sequence."""

    members: list[Member]
    boards: list[Board]
    newcomer: Member
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
            "held thread": lambda: self._start(self.newcomer, board),
            "hold": lambda: self.posts.append(threads.reply(self.newcomer, thread, body=words)),
            "approve": lambda: queue.approve(moderator, queue.latest_of(moderator, post.id)),
            "reject": lambda: queue.reject(moderator, queue.latest_of(moderator, post.id), reason=words),
            "undo decision": lambda: queue.reopen(moderator, queue.latest_of(moderator, post.id)),
            "withdraw": lambda: holding.withdraw(self.newcomer, post),
            "report": lambda: making.report_post(actor, post, kind="spam"),
            "decide": lambda: self._decide(post, (UPHELD, DISMISSED)[c % 2], deletes=c > 3),
            "reopen": lambda: self._with_case(post, decisions.reopen),
            "lock": lambda: (tools.lock if c % 2 else tools.unlock)(moderator, thread),
        }
        acts[name]()

    def _decide(self, post: Post, decision: str, *, deletes: bool) -> None:
        self._with_case(post, partial(decisions.decide_reports, decision=decision, deletes=deletes))

    def _with_case(self, post: Post, act: Callable[[Member, ReviewItem], object]) -> None:
        newest = session.query(ReviewItem.id).filter_by(post_id=post.id).order_by(ReviewItem.id.desc()).limit(1)
        act(self.members[3], cases.find_report_case(self.members[3], newest.scalar() or 0))

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
        set_value("report_hide_weight", 1)
        set_value("hold_first_posts", 1000)
        others = [a_member(base_message_count=2000, message_count=2000) for _ in range(3)]
        run = Sequence([*others, a_member(role="moderator")], [a_board(), a_board()], a_newcomer())
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
