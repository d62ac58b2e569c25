"""After any sequence of actions a recount changes nothing and the search index is complete."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import joinedload

from forum.admin.undo import running
from forum.admin.undo.actions import logged_entry, undo
from forum.archive.check import check, position_gaps
from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.infra.errors import ForumError
from forum.models import (
    Board,
    BoardRead,
    BulkAct,
    DeleteBackfill,
    LogChange,
    Member,
    MovedThread,
    Post,
    ReviewItem,
    Thread,
    ThreadRead,
)
from forum.models.moderation.report import DISMISSED, UPHELD
from forum.moderation import bulk, queue, timed_states, tools
from forum.moderation.regrouping.copying import copy_posts
from forum.moderation.regrouping.merging import merge_threads
from forum.moderation.regrouping.splitting import Destination, split_posts
from forum.moderation.reports import cases, decisions, making
from forum.reactions import actions as reactions
from forum.search.index.index_check import index_problems
from forum.site.actions import set_value
from forum.threads import actions as threads
from forum.threads import delete_backfill, read_marks
from forum.threads.approval import holding
from tests.factories import a_board, a_member, a_newcomer
from tests.parts import examples

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
    "pin",
    "due",
    "copy",
    "many",
    "many posts",
    "undo",
    "undo",
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
REGROUPING = (
    *("merge", "split", "split", "read", "read", "reply", "react", "delete post", "undelete post", "move"),
    *("hold", "approve", "undo decision", "copy", "undo"),
)
KINDS = ("like", "love", "sad", "dislike")
numbers = [st.integers(0, 7)] * 3
steps = st.lists(st.tuples(st.sampled_from(ACTS), *numbers), min_size=5, max_size=30)
regrouping = st.lists(st.tuples(st.sampled_from(REGROUPING), *numbers), min_size=5, max_size=15)


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
            "move": lambda: tools.move_thread(moderator, thread, board=board, redirect_days=(None, 0, 7)[a % 3]),
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
            "lock": lambda: self._lock(moderator, thread, a, c),
            "pin": lambda: self._pin(moderator, thread, a, c),
            "due": lambda: timed_states.change_due(thread, clock.now() + timedelta(hours=c)),
            "copy": lambda: self._copy(moderator, thread, board, a),
            "read": lambda: self._read(actor, thread, a),
            "merge": lambda: self._merge(moderator, thread, self.threads[c % len(self.threads)]),
            "split": lambda: self._split(moderator, thread, range(a, a + c), board),
            "many": lambda: self._act_on_many((*bulk.THREAD_ACTS,)[c % 7], [each.id for each in self.threads]),
            "many posts": lambda: self._act_on_many((*bulk.POST_ACTS,)[c % 2], [each.id for each in self.posts]),
            "undo": lambda: self._undo(b),
        }
        acts[name]()

    def _pin(self, moderator: Member, thread: Thread, a: int, c: int) -> None:
        if c % 4 == 0:
            tools.unpin(moderator, thread)
        else:
            tools.set_pin(moderator, thread, everywhere=c % 4 == 1, until=_hours(a))

    def _lock(self, moderator: Member, thread: Thread, a: int, c: int) -> None:
        if c % 3 == 0:
            tools.unlock(moderator, thread)
        else:
            until = clock.now() + timedelta(hours=9) if a % 2 else None
            tools.set_lock(moderator, thread, at=_hours(c % 3 - 1), until=until, reason="Why not")

    def _copy(self, moderator: Member, thread: Thread, board: Board, a: int) -> None:
        chosen = [post.id for post in self.posts if post.thread_id == thread.id][:a] if a else None
        made = copy_posts(moderator, thread, board=board, title="A copy", post_ids=chosen)
        self.threads.append(made)
        self.posts.extend(session.query(Post).filter_by(thread_id=made.id))
        load_boards()

    def _decide(self, post: Post, decision: str, *, deletes: bool) -> None:
        self._with_case(post, partial(decisions.decide_reports, decision=decision, deletes=deletes))

    def _with_case(self, post: Post, act: Callable[[Member, ReviewItem], object]) -> None:
        newest = session.query(ReviewItem.id).filter_by(post_id=post.id).order_by(ReviewItem.id.desc()).limit(1)
        act(self.members[3], cases.find_report_case(self.members[3], newest.scalar() or 0))

    def _read(self, actor: Member, thread: Thread, position: int) -> None:
        if position == 7:
            read_marks.mark_board_read(actor, thread.board)
        else:
            read_marks.mark_read(actor, thread, min(position, thread.last_visible_position))

    def _merge(self, moderator: Member, source: Thread, into: Thread) -> None:
        with honest_marks(self.members, [source, into]):
            merge_threads(moderator, [source], into, redirect_days=7)
            self.threads.remove(source)
            load_boards()

    def _split(self, moderator: Member, thread: Thread, indexes: range, board: Board) -> None:
        chosen = [self.posts[index].id for index in indexes if index < len(self.posts)]
        chosen = [post_id for post_id in chosen if session.get_one(Post, post_id).thread_id == thread.id]
        with honest_marks(self.members, [thread]):
            self.threads.append(split_posts(moderator, thread, chosen, Destination("Split off", board)))
            load_boards()

    def _act_on_many(self, act: str, ids: list[int]) -> None:
        board_id = self.boards[len(ids) % 2].id
        self._finish(bulk.start(self.members[3], act, ids, board_id=board_id, redirect_days=0))

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


def _hours(number: int) -> datetime | None:
    """A time in so many hours; none for 0."""
    return clock.now() + timedelta(hours=number) if number else None


def odd_states() -> list[tuple[object, ...]]:
    """Threads with an end of what they are not, and rows in lists that lead to a thread of the same board."""
    is_lockable = or_(Thread.is_locked, Thread.locks_at.is_not(None))
    odd = or_(
        and_(~Thread.is_pinned, or_(Thread.is_pinned_everywhere, Thread.pinned_until.is_not(None))),
        and_(~is_lockable, or_(Thread.locked_until.is_not(None), Thread.lock_reason != "")),
    )
    rows = select(MovedThread.board_id, Thread.id).join(Thread, Thread.id == MovedThread.thread_id)
    found = [*session.execute(select(Thread.id).where(odd))]
    return [tuple(row) for row in (*found, *session.execute(rows.where(MovedThread.board_id == Thread.board_id)))]


def load_boards() -> None:
    """Load what views load with a thread or a post."""
    threads = session.query(Thread).options(joinedload(Thread.board), joinedload(Thread.starter))
    posts = session.query(Post).options(joinedload(Post.thread))
    assert all(thread.board for thread in threads.populate_existing())
    assert all(post.thread for post in posts.populate_existing())


def unread_posts(member: Member, thread_ids: set[int]) -> dict[int, list[int]]:
    """The public posts that lists and threads show a member as unread, by thread, in order."""
    found: dict[int, list[int]] = {}
    for thread_id in thread_ids:
        thread = session.get_one(Thread, thread_id)
        read_at = session.scalar(select(BoardRead.read_at).filter_by(member_id=member.id, board_id=thread.board_id))
        is_old = read_at is not None and thread.last_posted_at <= read_at
        mark = session.scalar(select(ThreadRead.position).filter_by(member_id=member.id, thread_id=thread_id)) or 0
        posts = select(Post.id).where(Post.thread_id == thread_id, Post.is_public, Post.position > mark)
        found[thread_id] = [] if is_old else list(session.scalars(posts.order_by(Post.position)))
    return found


@contextmanager
def honest_marks(members: list[Member], threads: list[Thread]) -> Iterator[None]:
    """No unread post becomes read, unless it is older than a board's mark, and unread ones start with one that was."""
    session.flush()
    ids = {thread.id for thread in threads}
    before = [set().union(*unread_posts(member, ids).values()) for member in members]
    posts = set(session.scalars(select(Post.id).where(Post.thread_id.in_(ids))))
    yield
    now = set(session.scalars(select(Post.thread_id).where(Post.id.in_(posts))))
    for member, was_unread in zip(members, before, strict=True):
        after = unread_posts(member, now)
        in_board = and_(BoardRead.board_id == Thread.board_id, BoardRead.read_at >= Post.created_at)
        by_board = select(Post.id).join(Post.thread).join(BoardRead, in_board).where(BoardRead.member_id == member.id)
        assert was_unread - set().union(*after.values()) <= set(session.scalars(by_board))
        for unread in after.values():
            assert not unread or unread[0] in was_unread


@pytest.fixture(autouse=True)
def one_post_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the backfill of deleted or restored threads never finish at once."""
    monkeypatch.setattr(delete_backfill, "SLICE_POSITIONS", 1)
    monkeypatch.setattr(delete_backfill, "MAX_TRANSACTION_SECONDS", 0.0)


@given(steps)
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_recount_changes_nothing(app: Flask, sequence: list[tuple[str, int, int, int]]) -> None:
    with app.app_context():
        start_writing()
        run_through(sequence, [])


@given(regrouping)
@settings(max_examples=examples(30), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_recount_changes_nothing_after_merges_and_splits(
    app: Flask, sequence: list[tuple[str, int, int, int]]
) -> None:
    with app.app_context():
        start_writing()
        begin = [("thread", 0, 0, 0), ("thread", 1, 0, 0), ("reply", 2, 0, 1), ("reply", 0, 1, 2), ("reply", 1, 0, 3)]
        run_through(sequence, [*begin, ("thread", 1, 0, 1), ("reply", 1, 2, 4)])


def run_through(sequence: list[tuple[str, int, int, int]], begin: list[tuple[str, int, int, int]]) -> None:
    """Perform a beginning and a sequence, and compare everything with a recount."""
    set_value("report_hide_weight", 1)
    set_value("hold_first_posts", 1000)
    others = [a_member(base_message_count=2000, message_count=2000) for _ in range(3)]
    run = Sequence([*others, a_member(role="moderator")], [a_board(), a_board()], a_newcomer())
    for step in [*begin, *sequence]:
        with session.begin_nested():
            try:
                run.act(*step)
            except ForumError:
                session.flush()
    session.flush()
    session.expire_all()
    assert [*map(str, check()), *position_gaps(), *index_problems("en")] == []
    assert odd_states() == []
    session.rollback()
