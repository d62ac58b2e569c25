"""After any sequence of acts nobody is told of a post twice, nor of what they may not see."""

import random
from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import select

from forum import permissions
from forum.archive import check
from forum.infra.database.db import session
from forum.infra.errors import ForumError
from forum.models import Board, Member, Notification, Post, Thread, ToldOf, WatchLevel
from forum.moderation import tools
from forum.moderation.regrouping.merging import merge_threads
from forum.moderation.regrouping.splitting import Destination, split_posts
from forum.notifications import marks
from forum.notifications.queries import rows_of, unseen_count
from forum.threads import actions
from forum.threads.queries import threads_with_names
from forum.watching.actions import choose_for_board, choose_for_thread, start_again, stop_all
from tests.factories import a_board, a_group, a_list, a_member, an_entry
from tests.watching.told import tell

LEVELS = (WatchLevel.SITE, WatchLevel.OFF, WatchLevel.MUTED)
ACTS = 60


class Scene:
    """Three boards, one for a group, with members who do anything."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.admin = a_member("olaf", role="admin")
        self.people = [a_member(f"m{number}") for number in range(4)]
        top = a_board()
        self.boards = [top, a_board(parent_id=top.id), a_board()]
        a_list(self.boards[2], an_entry(a_group(None, *self.people[:2])))
        for board in self.boards:
            actions.start_thread(self.admin, board, title=f"A thread in {board.id}", body="Words.")

    def act(self) -> None:
        """One act of somebody; what is refused does nothing."""
        threads = list(session.scalars(threads_with_names().order_by(Thread.id)))
        who, thread = self.dice.choice(self.people), self.dice.choice(threads)
        name = self.dice.choice(
            (*("watch", "board", "reply", "reply", "delete", "move"), *("merge", "split", "all", "read"))
        )
        try:
            with session.begin_nested():
                getattr(self, f"_{name}")(who, thread)
        except ForumError:
            session.expire_all()
        session.scalars(threads_with_names()).all()

    def _watch(self, who: Member, thread: Thread) -> None:
        choose_for_thread(who, thread, self.dice.choice(LEVELS))

    def _board(self, who: Member, thread: Thread) -> None:
        board = session.get_one(Board, thread.board_id)
        choose_for_board(who, board, self.dice.choice(LEVELS), told_of=self.dice.choice(list(ToldOf)))

    def _reply(self, who: Member, thread: Thread) -> None:
        named = self.dice.choice(self.people)
        actions.reply(who, thread, body=f"Number {self.dice.random()} for @{named.username}.")

    def _delete(self, who: Member, thread: Thread) -> None:
        posts = select(Post).where(Post.thread_id == thread.id, Post.position > 1)
        for post in list(session.scalars(posts.order_by(Post.id)))[-1:]:
            (actions.undelete_post if post.is_deleted else actions.delete_post)(self.admin, post)

    def _move(self, who: Member, thread: Thread) -> None:
        tools.move_thread(self.admin, thread, board=self.dice.choice(self.boards))

    def _merge(self, who: Member, thread: Thread) -> None:
        others = [each for each in session.scalars(threads_with_names()) if each.id != thread.id]
        if len(others) > 1:
            merge_threads(self.admin, [thread], self.dice.choice(others))

    def _split(self, who: Member, thread: Thread) -> None:
        last = session.scalars(select(Post.id).where(Post.thread_id == thread.id).order_by(Post.id.desc())).first()
        board = session.get_one(Board, thread.board_id)
        split_posts(self.admin, thread, {last or 0}, Destination(f"Split {self.dice.random()}", board))

    def _all(self, who: Member, thread: Thread) -> None:
        (stop_all if self.dice.random() < 0.5 else start_again)(who)

    def _read(self, who: Member, thread: Thread) -> None:
        marks.mark_read(who, thread, 1, 100)

    def check(self) -> None:
        """Nobody was told twice of a post, of their own, or is shown what they may not see; numbers are right."""
        found = session.execute(
            select(Notification.member_id, Notification.post_id, Post.author_id)
            .join(Post, Post.id == Notification.post_id)
            .where(Notification.kind != "reaction")
        ).all()
        assert [key for key, number in Counter((row[0], row[1]) for row in found).items() if number > 1] == []
        assert all(row[0] != row[2] for row in found)
        for who in self.people:
            session.expire(who)
            rows, _ = rows_of(who)
            assert all(permissions.may_see_post(who, row.newest.post) for row in rows if row.newest.post)
            assert unseen_count(who) <= who.unseen_notifications
        assert list(check.check()) == []


@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_told_twice_or_of_what_they_may_not_see(app_in_context: Flask, seed: int) -> None:
    scene = Scene(seed)
    for number in range(ACTS):
        scene.act()
        if number % 4 == 3:
            tell()
            scene.check()
    assert session.scalar(select(Notification.id).limit(1)) is not None
