"""After any acts, deletions and changes of permissions the badge equals the rows, and nobody is told what is hidden.

A model that knows only what was done says who may see which post; the forum's own lists must agree with it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from forum.archive import check
from forum.infra.database.db import session, start_writing
from forum.markup.quote_source import quote
from forum.models import Board, Member, Notification, Post
from forum.moderation import tools
from forum.notifications import marks
from forum.notifications.queries import Row, rows_of, unseen_count
from forum.reactions.actions import react, withdraw_reaction
from forum.site.actions import bump_version
from forum.site.queries import invalidate
from forum.threads import actions
from forum.threads.approval import publishing
from tests.databases import on_postgres
from tests.factories import a_board, a_member, a_thread
from tests.parts import examples

NAMES = ("anna", "ben", "cleo")
WHO, POST, THREAD = st.sampled_from(NAMES), st.integers(0, 5), st.integers(0, 1)
ACT = st.one_of(
    st.tuples(st.just("reply"), WHO, THREAD, st.sampled_from(["", "@anna", "@ben @cleo"])),
    st.tuples(st.just("quote"), WHO, POST),
    st.tuples(st.sampled_from(["react", "withdraw"]), WHO, POST),
    st.tuples(st.sampled_from(["delete", "undelete", "take back", "publish"]), POST),
    st.tuples(st.sampled_from(["delete thread", "undelete thread"]), THREAD),
    st.tuples(st.sampled_from(["close board", "open board"]), THREAD),
    st.tuples(st.sampled_from(["see", "read all"]), WHO),
    st.tuples(st.just("visit"), WHO, THREAD),
)


class Forum:
    """Two threads of anna and ben in two boards, and what members and mona, a moderator, do there."""

    def __init__(self) -> None:
        self.members = {name: a_member(name) for name in NAMES}
        self.mona = a_member("mona", role="admin")
        self.boards = [a_board(), a_board()]
        starters = (self.members["anna"], self.members["ben"])
        self.threads = [a_thread(by=by, board=board) for by, board in zip(starters, self.boards, strict=True)]

    def posts(self) -> list[Post]:
        """All posts, oldest first."""
        return list(session.query(Post).order_by(Post.id))

    def do(self, act: str, *values: object) -> None:
        """Do something, if it can be done now."""
        getattr(self, act.replace(" ", "_"))(*values)
        session.flush()

    def reply(self, who: str, number: int, words: str) -> None:
        """Reply, if the member may."""
        thread = self.threads[number]
        if thread.is_public and not self.boards[number].has_access_list:
            actions.reply(self.members[who], thread, body=f"{len(self.posts())} words {words}")

    def quote(self, who: str, at: int) -> None:
        """Reply with a quote."""
        post = self._post(at)
        if post and self._is_open(post):
            quoted = quote(post.author.username, f"/posts/{post.id}", post.source)
            actions.reply(self.members[who], post.thread, body=f"{quoted}\n\n{len(self.posts())} words")

    def react(self, who: str, at: int) -> None:
        """React to a post of somebody else."""
        post = self._post(at)
        if post and self._is_open(post) and post.author is not self.members[who]:
            react(self.members[who], post, kind="like")

    def withdraw(self, who: str, at: int) -> None:
        """Withdraw a reaction."""
        post = self._post(at)
        if post and self._is_open(post) and post.author is not self.members[who]:
            withdraw_reaction(self.members[who], post)

    def delete(self, at: int) -> None:
        """Delete a reply."""
        if (post := self._post(at)) and self._is_open(post) and post.position > 1:
            actions.delete_post(self.mona, post)

    def undelete(self, at: int) -> None:
        """Restore it."""
        if (post := self._post(at)) and post.is_deleted:
            actions.undelete_post(self.mona, post)

    def take_back(self, at: int) -> None:
        """Hold a reply again that was published."""
        if (post := self._post(at)) and self._is_open(post) and post.position > 1:
            publishing.take_back(post)

    def publish(self, at: int) -> None:
        """Publish what is held."""
        if (post := self._post(at)) and post.is_held:
            publishing.publish(post)

    def delete_thread(self, number: int) -> None:
        """Delete a thread."""
        if self.threads[number].is_public:
            tools.delete_thread(self.mona, self.threads[number])

    def undelete_thread(self, number: int) -> None:
        """Restore it."""
        if self.threads[number].is_deleted:
            tools.undelete_thread(self.mona, self.threads[number])

    def close_board(self, number: int) -> None:
        """Let only staff see a board."""
        self._set_list(number, is_closed=True)

    def open_board(self, number: int) -> None:
        """Let all see it again."""
        self._set_list(number, is_closed=False)

    def see(self, who: str) -> None:
        """Open the list."""
        marks.mark_all_seen(self.members[who])

    def read_all(self, who: str) -> None:
        """Mark all as read."""
        marks.mark_all_read(self.members[who])

    def visit(self, who: str, number: int) -> None:
        """Read a thread."""
        if self.threads[number].is_public:
            marks.mark_read(self.members[who], self.threads[number], 1, 20)

    def may_see(self, post: Post) -> bool:
        """Whether members who are no moderators see a post."""
        return self._is_open(post)

    def _set_list(self, number: int, *, is_closed: bool) -> None:
        session.query(Board).filter_by(id=self.boards[number].id).update({"has_access_list": is_closed})
        session.refresh(self.boards[number])
        bump_version()

    def _post(self, at: int) -> Post | None:
        posts = self.posts()
        return posts[at] if at < len(posts) else None

    def _is_open(self, post: Post) -> bool:
        is_listed = any(board.id == post.thread.board_id and board.has_access_list for board in self.boards)
        return post.is_public and post.thread.is_public and not is_listed


def assert_told_right(forum: Forum) -> None:
    for member in (*forum.members.values(), forum.mona):
        session.expire(member)
        rows, page = rows_of(member)
        assert page.count == 1
        assert unseen_count(member) == sum(row.newest.seen_at is None for row in rows)
        assert_nothing_hidden(forum, member, rows)
    told = session.query(Notification.member_id, Notification.subject_type, Notification.subject_id).filter(
        Notification.subject_type == "post", Notification.actor_id.is_not(None)
    )
    assert len(set(told)) == told.count(), "of a post everybody is told once"
    assert [each for each in check.check() if each.counter == "unseen_notifications"] == []


def assert_nothing_hidden(forum: Forum, member: Member, rows: list[Row]) -> None:
    for row in rows:
        for each in (row.newest, row.first):
            assert each.withdrawn_at is None
            assert each.actor_id != member.id, "nobody is told of what they did"
            if each.post is not None:
                assert forum.may_see(each.post), "nobody is told of what they may not see"


@settings(
    max_examples=examples(10 if on_postgres() else 40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=st.lists(ACT, min_size=4, max_size=14))
def test_the_badge_equals_the_rows_and_nobody_is_told_what_they_may_not_see(app: Flask, acts: list[tuple[str]]) -> None:
    with app.app_context(), rolled_back():
        forum = Forum()
        for act in acts:
            forum.do(*act)
            assert_told_right(forum)


@contextmanager
def rolled_back() -> Iterator[None]:
    """A write transaction that leaves the database as it was."""
    start_writing()
    try:
        yield
    finally:
        session.rollback()
        session.remove()
        invalidate()  # the snapshot of the site may have been read in the transaction
