"""The filter's jobs: learn what was decided, set the limits, learn from good posts that nobody judged."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import isfinite

from sqlalchemy import Select, delete, exists, func, select, update

from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session, transaction
from forum.infra.database.in_list import in_list
from forum.models import Member, Post, ReviewItem, ReviewKind, SpamModel, SpamSample, Thread
from forum.models.spam.spam_sample import PENDING
from forum.spam import actions
from forum.spam.current_model import ONE_ROW, current, unpack
from forum.spam.learning import MOST_APPROVED, Decision, learned, limits, most_ham

UNUSED_FOR = timedelta(days=2)  # how long samples that are not learned stay, so that every process notices
UNREPORTED = timedelta(days=3)  # how long a post stands unreported before it is learned
MOST_SCORED = 200  # posts that wait, the oldest, whose scores are kept up to date
LEAST_CHANGE = 0.5  # of a score that is stored again
OLD_POSTS = 100  # a day, at most


def learn_pending() -> None:
    """Learn and forget what moderators have decided, and set the limits."""
    if session.scalar(select(SpamSample.id).where(SpamSample.version == PENDING).limit(1)) is not None:
        planned = _planned()
        with transaction():
            _store(planned)
            _delete_unused()
    row = session.get(SpamModel, ONE_ROW)
    if row is not None and row.threshold_version != row.version:
        _set_limits()
        _score_waiting()
    session.rollback()


def _planned() -> dict[int, tuple[bool | None, bool | None]]:
    """The samples to change: whether each was decided to be spam, and what the filter shall have learned of it."""
    sample = SpamSample
    rows = session.execute(
        select(sample.id, sample.is_spam, sample.was_held, sample.learned_as_spam, sample.version).order_by(
            sample.id.desc()
        )
    ).all()
    chosen = learned([Decision(row.id, row.is_spam, row.was_held) for row in rows if row.is_spam is not None])
    return {
        row.id: (row.is_spam, chosen.get(row.id))
        for row in rows
        if row.version == PENDING or chosen.get(row.id) != row.learned_as_spam
    }


def _store(planned: dict[int, tuple[bool | None, bool | None]]) -> None:
    """Store what is learned with a new version; decisions that have changed since, or are changing, stay pending."""
    session.execute(insert_into(SpamModel).values(id=ONE_ROW, version=0, threshold_version=0).on_conflict_do_nothing())
    version = session.scalars(
        update(SpamModel)
        .where(SpamModel.id == ONE_ROW)
        .values(version=SpamModel.version + 1)
        .returning(SpamModel.version)
    ).one()
    rows = select(SpamSample.id, SpamSample.is_spam).where(in_list(SpamSample.id, planned)).order_by(SpamSample.id)
    unchanged = [
        sample_id
        for sample_id, is_spam in session.execute(rows.with_for_update(skip_locked=True))
        if is_spam == planned[sample_id][0]
    ]
    for value in (True, False, None):
        ids = [sample_id for sample_id in unchanged if planned[sample_id][1] is value]
        changed = update(SpamSample).where(in_list(SpamSample.id, ids)).values(learned_as_spam=value, version=version)
        session.execute(changed, execution_options={"synchronize_session": False})


def _delete_unused() -> None:
    """Delete samples that are neither learned nor among the approved posts that set the threshold."""
    sample = SpamSample
    approved = select(sample.id).where(sample.is_spam.is_(False)).order_by(sample.id.desc()).limit(MOST_APPROVED)
    unused = delete(sample).where(
        sample.version != PENDING,
        sample.learned_as_spam.is_(None),
        sample.changed_at < clock.now() - UNUSED_FOR,
        sample.id.not_in(approved),
    )
    session.execute(unused, execution_options={"synchronize_session": False})


def _set_limits() -> None:
    """Score the newest approved posts as if they had not been learned, and store the limits."""
    model = current.here()
    spam = session.scalar(select(func.count()).where(SpamSample.is_spam.is_(True))) or 0
    with model.lock:
        model.follow()
        found, version = limits(model.counts, spam, _approved()), model.version
    with transaction():
        stored = [limit if isfinite(limit) else None for limit in found]
        values = dict(zip(("threshold", "fine_limit", "fine_limit_with_links"), stored, strict=True))
        session.execute(update(SpamModel).where(SpamModel.id == ONE_ROW).values(threshold_version=version, **values))


def _score_waiting() -> None:
    """Score what waits for approval again, so that the queue's labels say what the filter knows by now."""
    waiting = (ReviewItem.kind == ReviewKind.HELD_POST.value, ReviewItem.decided_at.is_(None))
    columns = (ReviewItem.id, ReviewItem.spam_score, Post.html, Post.position, Thread.title)
    rows = select(*columns).join(Post, Post.id == ReviewItem.post_id).join(Thread, Thread.id == Post.thread_id)
    changed = dict[int, float]()
    for row in session.execute(rows.where(*waiting).order_by(ReviewItem.opened_at, ReviewItem.id).limit(MOST_SCORED)):
        score = actions.judge(row.html, row.title if row.position == 1 else "", is_new=False).score
        if row.spam_score is None or abs(score - row.spam_score) >= LEAST_CHANGE:
            changed[row.id] = score
    session.rollback()
    if changed:
        with transaction():
            for item_id in sorted(changed):
                scored = update(ReviewItem).where(ReviewItem.id == item_id).values(spam_score=changed[item_id])
                session.execute(scored, execution_options={"synchronize_session": False})


def _approved() -> Iterator[tuple[Sequence[int], bool]]:
    """The newest approved posts' features, and whether the filter has learned them."""
    sample = SpamSample
    rows = select(sample.features, sample.learned_as_spam).where(sample.is_spam.is_(False))
    for packed, learned_as_spam in session.execute(rows.order_by(sample.id.desc()).limit(MOST_APPROVED)):
        yield unpack(packed), learned_as_spam is False


def learn_old_posts(old_from: int) -> None:
    """Learn as ham what members with `old_from` posts wrote some days ago, and nobody reported or judged.

    Only as many posts as the spam decided on allows, or the threshold needs.
    """
    is_spam = SpamSample.is_spam
    spam, ham = (session.scalar(select(func.count()).where(is_spam.is_(value))) or 0 for value in (True, False))
    missing = min(OLD_POSTS, max(most_ham(spam), MOST_APPROVED) - ham)
    if spam and missing > 0:
        with transaction():
            for post in session.scalars(_old_posts(old_from).limit(missing)).all():
                actions.learn(post, is_spam=False)
    session.rollback()


def _old_posts(old_from: int) -> Select[Post]:
    end = clock.now() - UNREPORTED
    judged = exists().where(SpamSample.post_id == Post.id) | exists().where(ReviewItem.post_id == Post.id)
    return (
        select(Post)
        .join(Thread, Thread.id == Post.thread_id)
        .join(Member, Member.id == Post.author_id)
        .where(Post.created_at.between(end - timedelta(days=1), end), Post.is_public, Thread.is_public)
        .where(Member.message_count >= old_from, ~judged)
        .order_by(Post.created_at.desc())
    )
