"""Answering those who sent notices of illegal content, keeping the deadlines, and forgetting who they were."""

from datetime import timedelta
from typing import cast

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import selectinload

from forum.infra import clock
from forum.infra.database.db import current_settings, session
from forum.infra.text.messages import Message, say
from forum.members.account_mail import queue_mail
from forum.models import IllegalNotice, NoticedContent, ReviewItem
from forum.models.moderation.report import UPHELD

KEPT_AFTER_DECISION = timedelta(days=184)  # as long as one may complain about the decision
KEPT_AT_MOST = timedelta(days=730)


def has_notices(item: ReviewItem) -> bool:
    """Whether a case is about a notice of illegal content."""
    return session.scalar(select(NoticedContent.id).where(NoticedContent.item_id == item.id).limit(1)) is not None


def answer_notices(item: ReviewItem) -> None:
    """After a case was decided: note it and mail those whose notices are decided by that, all their contents.

    Of two moderators who decide two cases of a notice at once, the one who waits for its row sees both.
    """
    about = select(NoticedContent.notice_id).where(NoticedContent.item_id == item.id)
    session.execute(
        select(IllegalNotice.id).where(IllegalNotice.id.in_(about)).order_by(IllegalNotice.id).with_for_update()
    )
    cases = selectinload(IllegalNotice.contents).joinedload(NoticedContent.item)
    found = select(IllegalNotice).where(IllegalNotice.id.in_(about)).order_by(IllegalNotice.id).options(cases)
    for notice in session.scalars(found, execution_options={"populate_existing": True}):
        items = [content.item for content in notice.contents if content.item is not None]
        if all(each.decided_at is not None for each in items):
            notice.decided_at = notice.decided_at or clock.now()
            notice.was_right = any(each.decision == UPHELD for each in items)
            if notice.email:
                _mail(notice)
    session.flush()


def _mail(notice: IllegalNotice) -> None:
    base = current_settings().base_url
    queue_mail(
        notice.email,
        say("Decision about your notice %(reference)s", reference=notice.reference),
        say("Moderators have decided about your notice of illegal content %(reference)s.", reference=notice.reference),
        *(_outcome(content, base) for content in notice.contents),
        say("A moderator has looked at it. No program decided."),
        say("If you do not agree, write to the staff with the number of your notice:"),
        say("%(link)s", link=f"{base}/contact"),
        say("You can also turn to a certified body for out-of-court dispute settlement, or to a court."),
        is_asked=True,
    )


def _outcome(content: NoticedContent, base: str) -> Message:
    given = {"address": base + content.address}
    if content.item is None:
        return say("%(address)s: this no longer exists.", **given)
    given["reason"] = content.item.answer
    if content.item.decision == UPHELD:
        return say("%(address)s: you are right, and we have acted. %(reason)s", **given)
    return say("%(address)s: we have not found this to be illegal. %(reason)s", **given)


def forget_notifiers() -> int:
    """Empty the names and addresses of those whose notices were decided long ago; returns of how many. For a job."""
    now = clock.now()
    is_old = or_(IllegalNotice.decided_at < now - KEPT_AFTER_DECISION, IllegalNotice.created_at < now - KEPT_AT_MOST)
    named = update(IllegalNotice).where(is_old, or_(IllegalNotice.name != "", IllegalNotice.email != ""))
    return cast("CursorResult[object]", session.execute(named.values(name="", email=""))).rowcount
