"""Decide the open cases of a member who is cleaned, and open them again."""

from datetime import datetime
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.orm import aliased

from forum.audit_log import Change, record
from forum.infra.database.db import session
from forum.infra.errors import ForumError
from forum.models import Member, Notification, Post, PostFingerprint, ReviewItem, ReviewKind, Thread, Visibility
from forum.models.moderation.report import UPHELD
from forum.moderation import reviews
from forum.moderation.open_count import forget_count
from forum.moderation.reports import decisions
from forum.notifications import actions as notifications

SPAM = "spam"


def decide_as_spam(actor: Member, item_id: int) -> bool:
    """Decide an open case as spam, or its reports as right, if the actor may; whether that was done."""
    found = reviews.reviewable(actor).where(ReviewItem.id == item_id, ReviewItem.decided_at.is_(None))
    item = session.scalars(found, execution_options={"populate_existing": True}).one_or_none()
    if item is None:
        return False
    is_report, first = item.kind == ReviewKind.REPORT, item.first_decided_at
    try:
        reviews.decide(actor, item, UPHELD if is_report else SPAM)
    except ForumError:  # somebody else has decided it at this moment
        return False
    if is_report:
        decisions.tell_reporters(item)
    if item.kind == ReviewKind.HELD_EDIT and item.post is not None:
        item.post.has_held_edit = False
    was = {"first_decided_at": first.isoformat() if first else None}
    now = {"decided_at": item.decided_at.isoformat() if item.decided_at else "", "item": item.id}
    target = f"report:{item.id}" if is_report else f"post:{item.post_id}"
    board = item.post.thread.board_id if item.post is not None else None
    record("settle-case", actor=actor, target=target, change=Change(was, now), decision=item.decision, board=board)
    return True


def decide_empty_campaigns(actor: Member, member: Member) -> int:
    """Decide the campaigns that the member took part in and of which nothing is left; returns how many."""
    part, post, thread = aliased(PostFingerprint), aliased(Post), aliased(Thread)
    shown = (Visibility.PUBLIC.value, Visibility.HELD.value)
    left = exists().where(
        *(part.campaign_id == ReviewItem.id, post.id == part.post_id, thread.id == post.thread_id),
        *(post.visibility.in_(shown), thread.visibility.in_(shown)),
    )
    theirs = select(PostFingerprint.campaign_id).where(PostFingerprint.member_id == member.id)
    empty = select(ReviewItem.id).where(ReviewItem.id.in_(theirs), ReviewItem.decided_at.is_(None), ~left)
    return sum(decide_as_spam(actor, item_id) for item_id in session.scalars(empty.order_by(ReviewItem.id)).all())


def open_again(was: dict[str, Any], now: dict[str, Any]) -> bool:
    """Open a case again that is still decided as it was then, unless there is a new one; whether that was done."""
    moment, item_id = datetime.fromisoformat(now["decided_at"]), now["item"]
    other = aliased(ReviewItem)
    same = (other.kind == ReviewItem.kind, other.id != ReviewItem.id, other.decided_at.is_(None))
    about = (
        *(other.post_id.is_not_distinct_from(ReviewItem.post_id), other.member_id == ReviewItem.member_id),
        other.message_id.is_not_distinct_from(ReviewItem.message_id),
    )
    decided = select(ReviewItem.id).where(ReviewItem.id == item_id, ReviewItem.decided_at == moment)
    free = decided.where(~exists().where(*same, *about))
    if session.scalar(free.with_for_update(of=ReviewItem)) is None:
        return False
    first = datetime.fromisoformat(was["first_decided_at"]) if was["first_decided_at"] else None
    values = {"decided_at": None, "decided_by_id": None, "decision": "", "first_decided_at": first}
    reopened = update(ReviewItem).where(ReviewItem.id == item_id).values(**values)
    session.execute(reopened, execution_options={"synchronize_session": False})
    edited = select(ReviewItem.post_id).where(ReviewItem.id == item_id, ReviewItem.kind == ReviewKind.HELD_EDIT.value)
    session.execute(update(Post).where(Post.id.in_(edited)).values(has_held_edit=True))
    if (loaded := session.identity_map.get(session.identity_key(ReviewItem, item_id))) is not None:
        session.expire(loaded)
    is_answer = (Notification.kind == decisions.ANSWERED) & Notification.is_about(f"report:{item_id}")
    notifications.forget(is_answer)
    forget_count()
    return True
