"""After any sequence of acts and of parts of jobs all counts are right, and nobody is told what they may not see.

Each transaction of a merge, a split, an erasure or a clean-up is an act of its own, as if it was the last of a process.
"""

import random
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from forum import permissions
from forum.admin import erasing
from forum.admin.removal import thread_erasures, thread_removal
from forum.archive.check import check, position_gaps
from forum.infra import clock
from forum.infra.database.db import session, start_writing, transaction
from forum.infra.errors import ForumError
from forum.infra.settings import Settings
from forum.jobs import mail
from forum.models import (
    Board,
    Member,
    Notification,
    Post,
    SpamCleaning,
    Thread,
    ThreadErasure,
    ThreadMerge,
    ThreadSplit,
    ToldOf,
    WatchLevel,
)
from forum.moderation import queue, tools
from forum.moderation.cleaning import actions as cleaning
from forum.moderation.cleaning import running
from forum.moderation.cleaning.plan import Plan
from forum.moderation.long_threads import background, merge_slices, merges, split_slices, splits
from forum.moderation.regrouping import followers
from forum.moderation.regrouping.choosing import Choice
from forum.moderation.regrouping.splitting import Destination
from forum.notifications import mail_queue, marks, watchers
from forum.notifications.queries import Row, rows_of, unseen_count
from forum.search.index.index_check import index_problems
from forum.site.actions import bump_version, set_value
from forum.threads import actions
from forum.threads.queries import find_thread
from forum.watching import carrying
from forum.watching.actions import choose_for_board, choose_for_thread
from tests.conftest import settings_on
from tests.digests.told import a_reader, run
from tests.factories import a_board, a_member, a_newcomer
from tests.mail.sink import HOME, Sink, html_of, text_of
from tests.parts import examples
from tests.servers import smtp_server_of

pytestmark = pytest.mark.slow
ACTS = 80
LEVELS = (WatchLevel.MAIL, WatchLevel.MAIL, WatchLevel.SITE, WatchLevel.DAILY, WatchLevel.OFF, WatchLevel.MUTED)
NAMES = (
    *(
        "start",
        "reply",
        "reply",
        "reply",
        "hold",
        "approve",
        "delete",
        "delete_thread",
        "move",
        "close",
        "see",
        "visit",
    ),
    *("watch", "watch", "watch", "watch_board", "merge", "split", "split", "erase", "clean", "undo_cleaning"),
    *("go_on",) * 6,
    *("clean_on", "clean_on", "tell", "tell", "send", "digest"),
)
OWN_TRANSACTIONS = {"go_on", "tell", "send", "digest"}
CHECKED = OWN_TRANSACTIONS | {"clean_on", "close"}  # after each of these acts


@pytest.fixture
def sink() -> Iterator[Sink]:
    handler = Sink()
    with smtp_server_of(handler) as handler.url:
        yield handler


@pytest.fixture
def settings(tmp_path: Path, sink: Sink) -> Settings:
    return settings_on(tmp_path / "data", FORUM_MAIL_URL=sink.url, FORUM_BASE_URL=HOME)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let jobs do what members otherwise wait for, and very little in each transaction."""
    monkeypatch.setattr(background, "MAX_TRANSACTION_SECONDS", 0.0)
    monkeypatch.setattr(running, "MAX_TRANSACTION_SECONDS", 0.0)
    monkeypatch.setattr(carrying, "MAX_AT_ONCE", 1)
    monkeypatch.setattr(followers, "MAX_AT_ONCE", 1)
    monkeypatch.setattr(erasing, "MAX_POSTS", 1)
    monkeypatch.setattr(thread_removal, "SLICE_POSTS", 2)
    monkeypatch.setattr(thread_removal, "FOLLOWERS_AT_ONCE", 2)
    monkeypatch.setattr(watchers, "TOLD_AT_ONCE", 2)
    monkeypatch.setattr(split_slices, "WATCHES_AT_ONCE", 2)
    for module in (merge_slices, split_slices):
        monkeypatch.setattr(module, "POSTS_AT_ONCE", 2)
        monkeypatch.setattr(module, "MARKS_AT_ONCE", 2)
    monkeypatch.setattr(merge_slices, "LEFT_FOR_THE_END", 2)


class Scene:
    """Two boards, four members who read mail, and a newcomer whose posts are held; mona moderates."""

    def __init__(self, seed: int, mailbox: Sink) -> None:
        self.dice, self.mailbox, self.sent = random.Random(seed), mailbox, Counter[str]()
        self.jobs = Counter[str]()
        with transaction():
            set_value("hold_first_posts", 50)
            self.mona = a_member("mona", role="admin", email_verified_at=None).id
            self.newcomer = a_newcomer("newcomer").id
            self.people = [a_reader(f"m{number}").id for number in range(4)]
            self.boards = [a_board().id, a_board().id]
        for _ in range(4):
            self._do("start")

    def act(self) -> None:
        """One act of somebody; what is refused does nothing."""
        name = self.dice.choice(NAMES)
        self._act(name)
        if name in CHECKED:
            self.check()

    def _act(self, name: str) -> None:
        if name in OWN_TRANSACTIONS:
            getattr(self, f"_{name}")()
        else:
            self._do(name)

    def _do(self, name: str) -> None:
        try:
            with transaction():
                ids = session.scalars(select(Thread.id).order_by(Thread.id)).all()
                who = session.get_one(Member, self.dice.choice(self.people))
                thread = find_thread(session.get_one(Member, self.mona), self.dice.choice(ids)) if ids else None
                if name == "start" or thread is None:
                    self._start(who)
                else:
                    getattr(self, f"_{name}")(who, thread)
        except ForumError:
            session.rollback()

    def _words(self) -> str:
        named = session.get_one(Member, self.dice.choice(self.people)).username
        return f"token{self.dice.randrange(10**9)}x for @{named}"

    def _admin(self) -> Member:
        return session.get_one(Member, self.mona)

    def _start(self, who: Member) -> None:
        board = session.get_one(Board, self.dice.choice(self.boards))
        actions.start_thread(who, board, title=f"Title {self.dice.random()}", body=self._words())

    def _reply(self, who: Member, thread: Thread) -> None:
        actions.reply(who, find_thread(who, thread.id), body=self._words())

    def _hold(self, _: Member, thread: Thread) -> None:
        newcomer = session.get_one(Member, self.newcomer)
        actions.reply(newcomer, find_thread(newcomer, thread.id), body=self._words())

    def _approve(self, _: Member, thread: Thread) -> None:
        held = select(Post.id).where(Post.author_id == self.newcomer).order_by(Post.id.desc()).limit(1)
        queue.approve(self._admin(), queue.latest_of(self._admin(), session.scalar(held) or 0))

    def _delete(self, _: Member, thread: Thread) -> None:
        replies = select(Post).where(Post.thread_id == thread.id, Post.position > 1).order_by(Post.id.desc()).limit(1)
        for post in session.scalars(replies).all():
            (actions.undelete_post if post.is_deleted else actions.delete_post)(self._admin(), post)

    def _delete_thread(self, _: Member, thread: Thread) -> None:
        (tools.delete_thread if thread.is_public else tools.undelete_thread)(self._admin(), thread)

    def _move(self, _: Member, thread: Thread) -> None:
        tools.move_thread(self._admin(), thread, board=session.get_one(Board, self.dice.choice(self.boards)))

    def _close(self, _: Member, __: Thread) -> None:
        """Let only staff see a board, or all again."""
        board = session.get_one(Board, self.boards[1])
        board.has_access_list = not board.has_access_list
        bump_version()

    def _see(self, who: Member, _: Thread) -> None:
        marks.mark_all_seen(who)

    def _visit(self, who: Member, thread: Thread) -> None:
        marks.mark_read(who, find_thread(who, thread.id), 1, 100)

    def _watch(self, who: Member, thread: Thread) -> None:
        choose_for_thread(who, find_thread(who, thread.id), self.dice.choice(LEVELS))

    def _watch_board(self, who: Member, thread: Thread) -> None:
        choose_for_board(who, thread.board, self.dice.choice(LEVELS), told_of=self.dice.choice(list(ToldOf)))

    def _merge(self, _: Member, thread: Thread) -> None:
        others = session.scalars(select(Thread.id).where(Thread.id != thread.id, Thread.is_public)).all()
        if len(others) > 1:
            merges.merge_or_begin(self._admin(), thread, find_thread(self._admin(), self.dice.choice(others)))

    def _split(self, _: Member, thread: Thread) -> None:
        ids = session.scalars(select(Post.id).where(Post.thread_id == thread.id)).all()
        chosen = Choice(set(self.dice.sample(ids, k=self.dice.randint(1, len(ids)))))
        others = session.scalars(select(Thread.id).where(Thread.id != thread.id, Thread.is_public)).all()
        to = Destination("Split off", session.get_one(Board, self.dice.choice(self.boards)))
        if others and self.dice.random() < 0.5:
            to = Destination(into=find_thread(self._admin(), self.dice.choice(others)))
        splits.split_or_begin(self._admin(), thread, chosen, to)

    def _erase(self, _: Member, thread: Thread) -> None:
        if thread.is_public:
            tools.delete_thread(self._admin(), thread)
        erasing.erase_thread(self._admin(), thread, reason="Because")

    def _clean(self, _: Member, __: Thread) -> None:
        cleaning.start(self._admin(), session.get_one(Member, self.newcomer), Plan(reason="Advertising"))

    def _undo_cleaning(self, _: Member, __: Thread) -> None:
        begun = session.scalar(select(SpamCleaning.entry_id).order_by(SpamCleaning.entry_id.desc()).limit(1))
        cleaning.undo(self._admin(), begun or 0)

    def _clean_on(self, _: Member, __: Thread) -> None:
        """The next part of a clean-up, or of its undoing."""
        for entry_id in session.scalars(select(SpamCleaning.entry_id).where(SpamCleaning.step != "")).all():
            self.jobs["clean-up"] += 1
            running.run_first(entry_id)

    def _go_on(self) -> bool:
        """One transaction of each job with a thread, in a new process; whether more can be done."""
        goes_on = False
        for model, work in (
            (ThreadMerge, merge_slices.Work),
            (ThreadSplit, split_slices.Work),
            (ThreadErasure, thread_erasures.Work),
        ):
            for entry_id in session.scalars(select(model.entry_id).where(model.step != "")).all():
                self.jobs[model.__name__] += 1
                goes_on |= work(entry_id).go_on()
        session.rollback()
        return goes_on

    def _tell(self) -> None:
        watchers.tell_pending()

    def _digest(self) -> None:
        start_writing()
        run(*(session.get_one(Member, each) for each in self.people))
        session.commit()

    def _send(self) -> None:
        """Send all that is due; no message has words that its reader may not see now."""
        with clock.frozen_at(clock.now() + mail_queue.DELAY):
            mail.send_mail()
        session.rollback()
        by_address = {member.email: member for member in session.scalars(select(Member))}
        for to, message in self.mailbox.taken():
            self.sent[f"{to} {message['Message-ID']}"] += 1
            for token in set(re.findall(r"token\d+x", text_of(message) + html_of(message))):
                post = session.scalars(select(Post).where(Post.source.contains(token))).one()
                thread = session.get_one(Thread, post.thread_id)
                assert (post.is_public, thread.is_public) == (True, True)
                board = session.get_one(Board, thread.board_id)
                assert permissions.may_see_board(by_address[to], board)
        assert [each for each, times in self.sent.items() if times > 1] == []

    def check(self) -> None:
        """All counts are right, the bell says how many rows are unseen, and these show nothing that is hidden."""
        session.rollback()
        session.expire_all()
        assert [*map(str, check()), *position_gaps()] == []
        told = session.execute(
            select(
                Notification.member_id, Notification.subject_type, Notification.subject_id, Notification.actor_id
            ).where(Notification.actor_id.is_not(None))
        ).all()
        assert len(set(told)) == len(told), "of what somebody did everybody is told once"
        for who in (session.get_one(Member, each) for each in self.people):
            rows = rows_for(who)
            assert unseen_count(who) == sum(row.newest.seen_at is None for row in rows)
            for each in (each for row in rows for each in (row.newest, row.first)):
                assert each.actor_id != who.id
                assert each.post is None or permissions.may_see_post(who, each.post)
        session.rollback()

    def finish(self) -> None:
        """Let all jobs come to their ends, as far as they can."""
        for _ in range(300):
            if not self._go_on():
                break
        self._tell()
        self._send()
        self.check()
        assert [*index_problems("en")] == []


def rows_for(member: Member) -> list[Row]:
    """All rows of a member's list."""
    _, page = rows_of(member)
    return [row for number in range(1, page.count + 1) for row in rows_of(member, number)[0]]


@pytest.mark.parametrize("seed", range(examples(8)))
def test_whatever_jobs_do_between_acts_counts_are_right_and_nobody_is_told_what_is_hidden(
    app_in_context: Flask, sink: Sink, seed: int
) -> None:
    assert app_in_context.name
    scene = Scene(seed, sink)
    for _ in range(ACTS):
        scene.act()
    scene.finish()
    assert scene.sent, "something was mailed"
    assert scene.jobs, "jobs had something to do"
