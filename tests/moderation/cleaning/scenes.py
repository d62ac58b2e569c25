"""Forums with a spammer, cleaning in one transaction, and what of a forum undoing must bring back."""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import ForumError
from forum.models import (
    BlockedLink,
    Board,
    LogEntry,
    Member,
    Post,
    PostRevision,
    Reaction,
    ReactionKind,
    ReviewItem,
    Sanction,
    SignupBlock,
    SpamCleaning,
    SpamSample,
    Thread,
    Visibility,
)
from forum.moderation import tools
from forum.moderation.cleaning import actions, running
from forum.moderation.cleaning.plan import Plan
from forum.moderation.reports import making
from forum.reactions.actions import react, withdraw_reaction
from forum.spam import actions as spam
from forum.threads import actions as threads
from forum.threads.approval import holding
from forum.threads.queries import find_post, find_thread
from tests.factories import a_board, a_member, a_newcomer, a_post, a_thread, hide

State = dict[str, object]


def finish(cleaning: SpamCleaning) -> SpamCleaning:
    """Do all that is left of a cleaning or its undoing, in this transaction."""
    while cleaning.is_running:
        running.run_first(cleaning.entry_id)
    return cleaning


def clean(actor: Member, member: Member, plan: Plan | None = None) -> SpamCleaning:
    """Clean up after a member at once."""
    return finish(actions.start(actor, member, plan or Plan(), name=member.username))


def undo(actor: Member, cleaning: SpamCleaning) -> SpamCleaning:
    """Undo a cleaning at once."""
    return finish(actions.undo(actor, cleaning.entry_id))


@dataclass
class Scene:
    """A forum in which a spammer has written among others."""

    dice: random.Random
    spammer: Member
    mona: Member
    max: Member
    others: list[Member]
    boards: list[Board]
    threads: list[int] = field(default_factory=list)
    bodies: Iterable[int] = field(default_factory=lambda: iter(range(10**6)))

    def body(self) -> str:
        """A text that no other post has."""
        return f"Text number {next(iter(self.bodies))}, see https://pills.example/"


def a_scene(seed: int) -> Scene:
    """A random forum."""
    spammer, mona, other = a_newcomer("spammer"), a_member(role="moderator"), a_member(role="moderator")
    session.add(LogEntry(at=clock.now(), actor_id=spammer.id, action="register", address="192.0.2.7", details={}))
    scene = Scene(random.Random(seed), spammer, mona, other, [a_member() for _ in range(3)], [a_board(), a_board()])
    for _ in range(6):
        body, title = scene.body(), f"Thread {len(scene.threads)}"
        started = a_thread(by=_writer(scene), board=scene.dice.choice(scene.boards), title=title, body=body)
        scene.threads.append(started.id)
    for _ in range(25):
        a_post(thread=_thread(scene), by=_writer(scene), body=scene.body())
    for _ in range(15):
        attempt(lambda: _react(scene, _writer(scene)))
    for post in scene.dice.sample(_posts_of(scene.spammer), 2):
        if post.position > 1:
            hide(post, visibility=Visibility.HELD)
            holding.open_case(post)
    held = a_thread(by=scene.spammer, board=scene.boards[0], title="Held", body=scene.body())
    hide(held, visibility=Visibility.HELD)
    holding.open_case(session.scalars(select(Post).where(Post.thread_id == held.id)).one())
    for post in scene.dice.sample([post for post in _posts_of(scene.spammer) if post.is_public], 3):
        attempt(partial(making.report_post, scene.others[0], post, kind="spam"))
        spam.learn(post, is_spam=scene.dice.random() < 0.3)
    return scene


def _writer(scene: Scene) -> Member:
    return scene.spammer if scene.dice.random() < 0.5 else scene.dice.choice(scene.others)


def _thread(scene: Scene) -> Thread:
    return find_thread(scene.max, scene.dice.choice(scene.threads))


def _posts_of(member: Member) -> list[Post]:
    theirs = select(Post).where(Post.author_id == member.id).order_by(Post.id)
    return list(session.scalars(theirs.options(joinedload(Post.thread).joinedload(Thread.board))))


def _react(scene: Scene, member: Member) -> None:
    ids = session.scalars(select(Post.id).where(Post.thread_id.in_(scene.threads)).order_by(Post.id)).all()
    post = find_post(scene.max, scene.dice.choice(ids))
    kinds = session.scalars(select(ReactionKind.key).order_by(ReactionKind.id)).all()
    react(member, post, kind=scene.dice.choice(kinds))


def attempt(act: Callable[[], object]) -> bool:
    """Do something in a savepoint; whether it was allowed."""
    try:
        with session.begin_nested():
            act()
    except ForumError:
        return False
    return True


ACTS = ("reply", "react", "withdraw", "move", "pin", "lock", "title", "delete-post", "delete-thread", "learn")


def act_of_others(scene: Scene, number: int) -> Callable[[], object]:
    """A random act of others than the spammer and the one who cleans, which is the same for the same number."""
    dice = random.Random(number)
    kind, other = dice.choice(ACTS), dice.choice(scene.others)
    thread_id, body = dice.choice(scene.threads), f"Late text {number}"
    theirs = select(Post.id).where(Post.thread_id == thread_id, Post.author_id != scene.spammer.id, Post.position > 1)
    posts = list(session.scalars(theirs.where(Post.source.startswith("Text")).order_by(Post.id)))
    thread = find_thread(scene.max, thread_id)
    post = find_post(scene.max, dice.choice(posts)) if posts else None
    to_thread: dict[str, Callable[[], object]] = {
        "reply": lambda: threads.reply(other, thread, body=body),
        "move": lambda: tools.move_thread(scene.max, thread, board=dice.choice(scene.boards)),
        "title": lambda: threads.change_title(scene.max, thread, title=f"Other title {number}"),
        "pin": lambda: tools.pin(scene.max, thread),
        "lock": lambda: tools.lock(scene.max, thread),
    }
    if thread.starter_id != scene.spammer.id:
        to_thread["delete-thread"] = lambda: tools.delete_thread(scene.max, thread)
    if post is None:
        return to_thread.get(kind, lambda: None)
    to_post: dict[str, Callable[[], object]] = {
        "react": lambda: react(other, post, kind="like"),
        "withdraw": lambda: withdraw_reaction(other, post),
        "delete-post": lambda: threads.delete_post(scene.max, post),
        "learn": lambda: spam.learn(post, is_spam=False),
    }
    return (to_thread | to_post).get(kind, lambda: None)


def state() -> State:
    """All that undoing must bring back, without the numbers of rows and the moments."""
    session.flush()
    session.expire_all()
    bodies = {row.id: row.source for row in session.execute(select(Post.id, Post.source))}
    samples = select(SpamSample.post_id, SpamSample.is_spam).where(SpamSample.is_spam.is_not(None))
    now = clock.now()
    return {
        "posts": {post.source: _of_post(post) for post in session.scalars(select(Post))},
        "threads": {thread.id: _of_thread(thread, bodies) for thread in session.scalars(select(Thread))},
        "boards": {board.id: _of_board(board) for board in session.scalars(select(Board))},
        "members": {member.username: _of_member(member) for member in session.scalars(select(Member))},
        "reactions": {(bodies[row.post_id], row.member_id, row.kind_id) for row in session.scalars(select(Reaction))},
        "cases": {row.id: (row.decision, row.decided_at is None) for row in session.scalars(select(ReviewItem))},
        "samples": {(bodies.get(row.post_id), row.is_spam) for row in session.execute(samples)},
        "versions": {(bodies[row.post_id], row.number) for row in session.scalars(select(PostRevision))},
        "links": {row.domain for row in session.scalars(select(BlockedLink).where(BlockedLink.until > now))},
        "addresses": {row.value for row in session.scalars(select(SignupBlock)) if row.ended_at is None},
        "bans": {(row.member_id, row.reason) for row in session.scalars(select(Sanction)) if row.ended_at is None},
    }


def _of_post(post: Post) -> tuple[object, ...]:
    deleted = (post.deleted_at is None, post.deleted_by_id, post.delete_reason)
    return post.thread_id, post.position if post.position > 0 else 0, post.visibility, post.html, *deleted


def _of_thread(thread: Thread, bodies: dict[int, str]) -> tuple[object, ...]:
    counts = (thread.reply_count, thread.last_position, thread.last_visible_position, thread.last_poster_id)
    deleted = (thread.deleted_at is None, thread.deleted_by_id, thread.delete_reason)
    flags = (thread.title, thread.board_id, thread.visibility, thread.is_pinned, thread.is_locked)
    return *flags, *counts, bodies.get(thread.last_post_id or 0), *deleted


def _of_board(board: Board) -> tuple[object, ...]:
    return board.thread_count, board.post_count, board.last_thread_id


def _of_member(member: Member) -> tuple[object, ...]:
    return member.message_count, member.positive_reactions, member.negative_reactions, member.is_banned


def parts_of(cleaning: SpamCleaning, action: str) -> list[LogEntry]:
    """The entries of a kind that a cleaning has left in the log."""
    parts = select(LogEntry).where(LogEntry.batch_id == cleaning.entry_id, LogEntry.action == action)
    return list(session.scalars(parts.order_by(LogEntry.id)))
