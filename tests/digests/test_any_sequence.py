"""After any sequence of acts no digest has a thing twice, one that was read, or one that its reader may not see."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from forum import permissions
from forum.digests.composing import compose_digest
from forum.infra import clock
from forum.infra.database.db import session, start_writing
from forum.infra.errors import ForumError
from forum.models import Board, Mail, Member, Post, Thread, ThreadRead, ThreadWatch, ToldOf, WatchLevel
from forum.moderation import tools
from forum.moderation.regrouping.merging import merge_threads
from forum.moderation.regrouping.splitting import Destination, split_posts
from forum.relations.queries import ignored_by
from forum.threads import actions, read_marks
from forum.threads.queries import threads_with_names
from forum.watching.actions import choose_for_board, choose_for_thread
from tests.digests.told import a_reader, run
from tests.factories import a_board, a_group, a_list, a_member, an_entry, ignored

ACTS = 90
NAMES = (
    "watch",
    "watch",
    "board",
    "reply",
    "reply",
    "reply",
    "start",
    "delete",
    "move",
    "merge",
    "split",
    "read",
    "ignore",
)


class Scene:
    """Three boards, one for a group; members write, and readers get digests at every turn."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.now = clock.now()
        self.admin = a_member("olaf", role="admin", email_verified_at=None)
        self.people = [a_member(f"m{number}", email_verified_at=None) for number in range(3)]
        self.readers = [a_reader(f"r{number}", frequency=name) for number, name in enumerate(("daily", "watched"))]
        top = a_board()
        self.boards = [top, a_board(parent_id=top.id), a_board()]
        a_list(self.boards[2], an_entry(a_group(None, self.people[0], self.readers[0])))
        self.told: dict[int, dict[int, int]] = {reader.id: {} for reader in self.readers}
        self.sent = 0
        for board in self.boards:
            self._start(self.admin, None, board)

    def act(self) -> None:
        """One act of somebody; what is refused does nothing."""
        thread = self.dice.choice(list(session.scalars(threads_with_names().order_by(Thread.id))))
        who = self.dice.choice([*self.people, *self.readers])
        try:
            with session.begin_nested():
                getattr(self, f"_{self.dice.choice(NAMES)}")(who, thread)
        except ForumError:
            session.expire_all()
        session.scalars(threads_with_names()).all()

    def _watch(self, who: Member, thread: Thread) -> None:
        choose_for_thread(who, thread, self.dice.choice(list(WatchLevel)))

    def _board(self, who: Member, thread: Thread) -> None:
        board = session.get_one(Board, thread.board_id)
        choose_for_board(who, board, self.dice.choice(list(WatchLevel)), told_of=self.dice.choice(list(ToldOf)))

    def _reply(self, who: Member, thread: Thread) -> None:
        actions.reply(who, thread, body=f"Number {self.dice.random()}.")

    def _start(self, who: Member, _: Thread | None, board: Board | None = None) -> None:
        title = f"Of {self.dice.random()}"
        actions.start_thread(who, board or self.dice.choice(self.boards), title=title, body="Some words.")

    def _delete(self, who: Member, thread: Thread) -> None:
        posts = list(session.scalars(select(Post).where(Post.thread_id == thread.id).order_by(Post.id)))
        if len(posts) == 1 or self.dice.random() < 0.2:
            (tools.delete_thread if thread.is_public else tools.undelete_thread)(self.admin, thread)
        else:
            (actions.undelete_post if posts[-1].is_deleted else actions.delete_post)(self.admin, posts[-1])

    def _move(self, who: Member, thread: Thread) -> None:
        tools.move_thread(self.admin, thread, board=self.dice.choice(self.boards))

    def _merge(self, who: Member, thread: Thread) -> None:
        others = [each for each in session.scalars(threads_with_names()) if each.id != thread.id]
        if len(others) > 3:
            merge_threads(self.admin, [thread], self.dice.choice(others))

    def _split(self, who: Member, thread: Thread) -> None:
        last = session.scalar(select(func.max(Post.id)).where(Post.thread_id == thread.id, Post.position > 1))
        board = session.get_one(Board, thread.board_id)
        split_posts(self.admin, thread, {last or 0}, Destination(f"Of {self.dice.random()}", board))

    def _read(self, who: Member, thread: Thread) -> None:
        if permissions.may_see_thread(who, thread):
            read_marks.mark_read(who, thread, thread.last_visible_position)

    def _ignore(self, who: Member, thread: Thread) -> None:
        other = self.dice.choice(self.people)
        if who.id != other.id and other.id not in ignored_by(who):
            ignored(who, other)

    def send(self) -> None:
        """Run the job half a day later, do something in between, send, and compare with what the rows say."""
        self.now += timedelta(hours=13)
        with clock.frozen_at(self.now):
            run(*self.readers)
            for body, member_id in session.execute(select(Mail.body, Mail.member_id).where(Mail.kind == "digest")):
                self._check_told(json.loads(body), self.told[member_id or 0])
            if self.dice.random() < 0.5:
                self.act()
            session.commit()
            for letter in session.scalars(select(Mail).where(Mail.kind == "digest").order_by(Mail.id)).all():
                self._check(letter)
            start_writing()
            session.execute(update(Mail).values(kind="told"))
            session.scalars(threads_with_names()).all()

    def _check_told(self, chosen: dict[str, Any], seen: dict[int, int]) -> None:
        for thread_id, _, first in chosen["watched"]:
            post_id = session.scalars(select(Post.id).where(Post.thread_id == thread_id, Post.position == first)).one()
            assert post_id not in seen, "no post is told twice"
            seen[post_id] = thread_id
        for thread_id, *_ in chosen["popular"]:
            assert -thread_id not in seen, "no popular thread is told twice"
            seen[-thread_id] = thread_id

    def _check(self, letter: Mail) -> None:
        chosen = json.loads(letter.body)
        reader = session.get_one(Member, letter.member_id)
        session.refresh(reader)
        known = [row[0] for row in (*chosen["watched"], *chosen["popular"])]
        assert len(known) == len(set(known))
        session.expunge(letter)
        message = compose_digest(letter)
        session.rollback()
        if message is not None:
            self.sent += 1
            self._check_text(session.get_one(Member, reader.id), str(message.get_body(("plain",))), known)

    def _check_text(self, reader: Member, text: str, known: list[int]) -> None:
        for thread in session.scalars(threads_with_names().where(Thread.id.in_(known))):
            if thread.title not in text:
                continue
            assert permissions.may_see_thread(reader, thread)
            assert thread.is_public
            mark = session.get(ThreadRead, (reader.id, thread.id))
            assert mark is None or mark.position < thread.last_visible_position
            watch = session.get(ThreadWatch, (reader.id, thread.id))
            assert watch is None or watch.level not in {"muted", "off"}
            new = select(Post.id).where(Post.thread_id == thread.id, Post.is_public, Post.author_id != reader.id)
            new = new.where(Post.author_id.not_in(ignored_by(reader)))
            assert session.scalar(new.limit(1)) is not None


@pytest.mark.parametrize("seed", range(1, 5))
def test_no_digest_has_a_thing_twice_or_one_that_its_reader_has_read_or_may_not_see(
    app_in_context: Flask, seed: int
) -> None:
    assert app_in_context.name
    scene = Scene(seed)
    for number in range(ACTS):
        with clock.frozen_at(scene.now):
            scene.act()
        if number % 6 == 5:
            scene.send()
    assert scene.sent > 0
