"""After any sequence of acts nobody is mailed what they may not see, have seen or do not want, and nothing twice."""

import random
from collections import Counter

import pytest
from flask import Flask
from sqlalchemy import select

from forum import permissions
from forum.infra.database.db import session
from forum.infra.errors import ForumError
from forum.models import Channel, Mail, Member, Notification, Post, Thread, WatchLevel
from forum.notifications import marks
from forum.notifications.choices import choose
from forum.notifications.queries import unseen_row
from forum.relations.queries import ignores
from forum.site.actions import bump_version
from forum.threads import actions
from forum.threads.queries import threads_with_names
from forum.watching.actions import choose_for_thread
from tests.factories import a_ban, a_board, a_group, a_list, a_thread, an_entry, ignored
from tests.mail.sink import Sink, a_reader, a_writer, html_of, send, text_of
from tests.watching.told import tell

LEVELS = (WatchLevel.MAIL, WatchLevel.MAIL, WatchLevel.SITE, WatchLevel.OFF, WatchLevel.MUTED)
ACTS = 48
NAMES = (*("watch", "reply", "reply", "reply", "delete", "hide"), *("ignore", "ban", "read", "see", "choose", "tell"))


class Scene:
    """Two boards with a thread each, and four members with confirmed addresses who do anything."""

    def __init__(self, seed: int, sink: Sink) -> None:
        self.dice, self.sink = random.Random(seed), sink
        self.admin = a_writer("olaf", role="admin")
        self.people = [a_reader(f"m{number}") for number in range(4)]
        self.boards = [a_board(), a_board()]
        self.group = a_group(None, *self.people[:2])
        for board, starter in zip(self.boards, self.people[1:3], strict=True):
            for who in self.people:
                choose_for_thread(who, a_thread(by=starter, board=board), WatchLevel.MAIL)
        self.sent: list[str] = []
        self.is_hidden = False

    def act(self) -> None:
        """One act of somebody; what is refused does nothing."""
        threads = list(session.scalars(threads_with_names().order_by(Thread.id)))
        who, thread = self.dice.choice(self.people), self.dice.choice(threads)
        try:
            with session.begin_nested():
                getattr(self, f"_{self.dice.choice(NAMES)}")(who, thread)
        except ForumError:
            session.expire_all()
        session.scalars(threads_with_names()).all()

    def _watch(self, who: Member, thread: Thread) -> None:
        choose_for_thread(who, thread, self.dice.choice(LEVELS))

    def _reply(self, who: Member, thread: Thread) -> None:
        named = self.dice.choice(self.people)
        actions.reply(who, thread, body=f"Secret of thread {thread.id} for @{named.username}, {self.dice.random()}.")

    def _delete(self, who: Member, thread: Thread) -> None:
        last = select(Post).where(Post.thread_id == thread.id, Post.position > 1).order_by(Post.id.desc()).limit(1)
        for post in session.scalars(last).all():
            (actions.undelete_post if post.is_deleted else actions.delete_post)(self.admin, post)

    def _hide(self, who: Member, thread: Thread) -> None:
        """Only a group sees the second board from now on."""
        if not self.is_hidden:
            a_list(self.boards[1], an_entry(self.group))
            bump_version()
            self.is_hidden = True

    def _ignore(self, who: Member, thread: Thread) -> None:
        other = self.dice.choice(self.people)
        if other is not who and not ignores(who.id, other.id):
            ignored(who, other)

    def _ban(self, who: Member, thread: Thread) -> None:
        if who is self.people[3]:
            a_ban(who)

    def _read(self, who: Member, thread: Thread) -> None:
        marks.mark_read(who, thread, 1, 100)

    def _see(self, who: Member, thread: Thread) -> None:
        marks.mark_all_seen(who)

    def _choose(self, who: Member, thread: Thread) -> None:
        kind = self.dice.choice(("reply", "mention", "watched_thread"))
        choose(who, {kind: {Channel.MAIL: self.dice.random() < 0.6}})

    def _tell(self, who: Member, thread: Thread) -> None:
        """Let the job tell watchers before the next act."""

    def send(self) -> None:
        """Send what is due; each message is one that its member may have at this moment."""
        tell()
        waiting = {each.notification_id: each.member_id for each in session.scalars(select(Mail))}
        may_have = {
            who.email: {each for each, owner in waiting.items() if owner == who.id and self._may_have(who, each or 0)}
            for who in self.people
        }
        number = send()
        taken = self.sink.taken()
        assert number == len(taken) <= sum(map(len, may_have.values()))
        for to, message in taken:
            self.sent.append(str(message["Message-ID"]))
            who = next(who for who in self.people if who.email == to)
            assert may_have[to], f"{who.username} was mailed what they may not have"
            threads = {post.thread_id for post in self._posts(may_have[to])}
            words = text_of(message) + html_of(message)
            shown = {thread.id for thread in session.scalars(select(Thread)) if f"thread {thread.id} for" in words}
            assert shown <= threads
        assert [word for word, times in Counter(self.sent).items() if times > 1] == []

    def _posts(self, notification_ids: set[int | None]) -> list[Post]:
        wanted = [each or 0 for each in notification_ids]
        of_these = select(Post).join(Notification, Notification.post_id == Post.id).where(Notification.id.in_(wanted))
        return list(session.scalars(of_these))

    def _may_have(self, who: Member, notification_id: int) -> bool:
        session.expire(who)
        row = unseen_row(who, notification_id)
        if row is None or who.is_banned:
            return False
        post = row.newest.post
        if post is None:  # what a moderator decided
            return True
        return bool(permissions.may_see_post(who, post)) and not ignores(who.id, post.author_id)


@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_mailed_what_they_may_not_see_or_have_seen(app_in_context: Flask, sink: Sink, seed: int) -> None:
    assert app_in_context.name
    scene, number = Scene(seed, sink), 0
    for number in range(ACTS):
        scene.act()
        if number % 3 == 2:
            tell()
        if number % 6 == 5:
            scene.send()
    assert scene.sent, "something was mailed at all"
