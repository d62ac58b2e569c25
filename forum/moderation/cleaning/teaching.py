"""Teach the spam filter what a member wrote, and let it forget that."""

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from forum.audit_log import Change, record
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Member, Post, SpamSample, Thread
from forum.models.spam.spam_sample import PENDING
from forum.moderation.cleaning import targets
from forum.moderation.cleaning.plan import Plan, cleaned_boards
from forum.spam import actions as spam

MOST_TAUGHT = 100  # posts, the newest: spammers repeat themselves
POSTS_AT_ONCE = 5


def next_posts(actor: Member, member: Member, plan: Plan, *, before: int) -> list[Post]:
    """The next newest posts with lower ids that a cleaning removes."""
    found = select(Post).join(Thread, Thread.id == Post.thread_id).where(*targets.own_posts(member.id, plan))
    found = found.where(targets.in_boards(cleaned_boards(actor)), Post.id < before).options(joinedload(Post.thread))
    return list(session.scalars(found.order_by(Post.id.desc()).limit(POSTS_AT_ONCE)))


def teach(actor: Member, member: Member, posts: list[Post]) -> int:
    """Let the filter learn posts as spam; returns how many it had not learned so."""
    valid = (in_list(SpamSample.post_id, [post.id for post in posts]), SpamSample.is_spam.is_not(None))
    columns = (SpamSample.id, SpamSample.post_id, SpamSample.is_spam, SpamSample.was_held)
    known = session.execute(select(*columns).where(*valid))
    before = {row.id: [row.post_id, row.is_spam, row.was_held] for row in known}
    for post in posts:
        spam.learn(post, is_spam=True)
    after = set(session.scalars(select(SpamSample.id).where(*valid)))
    added, gone = sorted(after - before.keys()), sorted(before.keys() - after)
    if added:
        change = Change({"samples": [[number, *before[number]] for number in gone]}, {"samples": added})
        record("teach-spam", actor=actor, target=f"member:{member.id}", change=change, number=len(added))
    return len(added)


def forget(was: dict[str, Any], now: dict[str, Any]) -> int:
    """Let the filter forget what is still learned so, and know again what it knew before; returns how many."""
    ours = select(SpamSample).where(in_list(SpamSample.id, now["samples"]), SpamSample.is_spam.is_not(None))
    samples = session.scalars(ours.with_for_update()).all()
    freed = {sample.post_id for sample in samples}
    for sample in samples:
        sample.is_spam, sample.version, sample.changed_at = None, PENDING, clock.now()
    session.flush()
    for sample_id, post_id, is_spam, was_held in was["samples"]:
        if post_id in freed:
            _know_again(sample_id, post_id, is_spam=is_spam, was_held=was_held)
    return len(samples)


def _know_again(sample_id: int, post_id: int, *, is_spam: bool, was_held: bool) -> None:
    """Make an earlier decision on a post valid again; the row may have been deleted meanwhile."""
    same = (SpamSample.id == sample_id, SpamSample.post_id == post_id)
    values = {"is_spam": is_spam, "version": PENDING, "changed_at": clock.now()}
    if session.execute(update(SpamSample).where(*same).values(**values).returning(SpamSample.id)).first() is None:
        post = session.get(Post, post_id)
        if post is not None:
            spam.learn(post, is_spam=is_spam, was_held=was_held)
