"""What others ask of the filter: learn a decision, forget one that was taken back, judge a post."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from html import unescape

from sqlalchemy import select, update

from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.markup.plain_text import plain_text
from forum.models import Post, SpamSample, Thread
from forum.models.spam.spam_sample import PENDING
from forum.outside import checks
from forum.spam.current_model import current
from forum.spam.features import NO_LINKS, buckets, features, named_features
from forum.spam.reasons import reasons

SURE = 4.0  # scores beyond it, or beyond its negative, are called spam and fine
_HREF = re.compile(r'<a [^<>]*?href="(https?://[^"]+)"')


class Likeness(StrEnum):
    """What a post looks like."""

    SPAM = "spam"
    UNSURE = "unsure"
    FINE = "fine"


@dataclass(frozen=True)
class Judgement:
    """How much a post looks like spam, whether it must wait for a moderator, and why."""

    score: float
    holds: bool
    reasons: list[str] = field(default_factory=list)  # features, as reasons.words_of says them
    is_fine: bool | None = None  # as most of what was approved; None while the filter knows too little

    @property
    def likeness(self) -> Likeness:
        """What the post looks like, for people."""
        return Likeness.SPAM if self.holds else likeness_of(self.score)


def likeness_of(score: float) -> Likeness:
    """What a post with a score looks like, for people."""
    if abs(score) <= SURE:
        return Likeness.UNSURE
    return Likeness.SPAM if score > 0 else Likeness.FINE


def judge(html: str, title: str = "", *, is_new: bool) -> Judgement:
    """Judge a post by its HTML, a thread's first with the title; only posts of new members are held."""
    text, links = _read(html, title)
    seen, model = named_features(text, links), current.here()
    with model.lock:
        model.follow()
        score = model.counts.score(buckets(seen))
        why = reasons(model.counts, seen) if score > 0 else []
        limits = model.limits
    is_fine = limits.is_fine(score, links=NO_LINKS not in seen) if limits.are_known else None
    return Judgement(score, holds=is_new and score > limits.held, reasons=why, is_fine=is_fine)


def learn(post: Post, *, is_spam: bool, was_held: bool = False) -> None:
    """Note what a moderator decided of a post; `was_held` if it is not spam, but the filter held it.

    A job teaches it to the filter. A decision on the same post before is forgotten; repeating one changes nothing.
    """
    title = session.scalar(select(Thread.title).where(Thread.id == post.thread_id)) if post.position == 1 else ""
    seen = features(*_read(post.html, title or "")).tobytes()
    same = SpamSample.is_spam.is_(is_spam) & (SpamSample.features == seen)
    if session.scalar(select(SpamSample.id).where(SpamSample.post_id == post.id, same)) is None:
        forget(post)
        values = {"is_spam": is_spam, "was_held": was_held and not is_spam, "features": seen, "version": PENDING}
        row = insert_into(SpamSample).values(post_id=post.id, changed_at=clock.now(), **values)
        session.execute(row.on_conflict_do_nothing())
        checks.note_decision(post, is_spam=is_spam)


def learn_edit(html: str, title: str, *, is_spam: bool, was_held: bool = False) -> int:
    """Note what a moderator decided of an edit, apart from what was decided of the post before; the sample's id."""
    values = {"is_spam": is_spam, "was_held": was_held and not is_spam, "version": PENDING, "changed_at": clock.now()}
    sample = SpamSample(features=features(*_read(html, title)).tobytes(), **values)
    session.add(sample)
    session.flush()
    return sample.id


def forget_edit(sample_id: int) -> None:
    """Take back what was learned of an edit."""
    valid = update(SpamSample).where(SpamSample.id == sample_id, SpamSample.is_spam.is_not(None))
    session.execute(valid.values(is_spam=None, version=PENDING, changed_at=clock.now()))


def forget(post: Post, *, only_spam: bool = False) -> None:
    """Take back what was learned of a post, exactly, even if its text has changed since."""
    kind = SpamSample.is_spam.is_(True) if only_spam else SpamSample.is_spam.is_not(None)
    valid = update(SpamSample).where(SpamSample.post_id == post.id, kind)
    session.execute(valid.values(is_spam=None, version=PENDING, changed_at=clock.now()))


def forget_first(thread_id: int) -> None:
    """Take back that the first post of a thread was spam."""
    first = select(Post.id).where(Post.thread_id == thread_id, Post.position == 1).scalar_subquery()
    valid = update(SpamSample).where(SpamSample.post_id == first, SpamSample.is_spam.is_(True))
    forgotten = valid.values(is_spam=None, version=PENDING, changed_at=clock.now())
    session.execute(forgotten, execution_options={"synchronize_session": False})


def forget_text(post: Post) -> None:
    """Forget a post whose author had its text erased; what moderators called spam stays, as numbers without words."""
    ham = update(SpamSample).where(SpamSample.post_id == post.id, SpamSample.is_spam.is_(False))
    session.execute(ham.values(is_spam=None, version=PENDING, changed_at=clock.now()))


def forget_edit_text(sample_id: int) -> None:
    """Forget an edit as `forget_text` does a post."""
    if session.scalar(select(SpamSample.is_spam).where(SpamSample.id == sample_id)) is False:
        forget_edit(sample_id)


def _read(html: str, title: str) -> tuple[str, list[str]]:
    """The text of a post with its title, and where its links lead."""
    return f"{title}\n{plain_text(html)}".strip(), link_targets(html)


def link_targets(html: str) -> list[str]:
    """Where the links of a post's HTML lead."""
    return [unescape(link) for link in _HREF.findall(html)]
