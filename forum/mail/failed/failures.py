"""What follows when mail to a member fails: it is noted, and the address may be stopped."""

from datetime import timedelta

from sqlalchemy import delete, func, select, update

from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.text.messages import one_line
from forum.models import EmailStop, FailureKind, Mail, MailFailure, Member

SOFT_DAYS, SOFT_WITHIN = 5, timedelta(days=14)  # failures on so many days stop the address
FAILURE_LIFETIME = timedelta(days=30)
MAX_WORDS = 300
REASONS = {FailureKind.HARD: EmailStop.UNKNOWN, FailureKind.COMPLAINT: EmailStop.COMPLAINT}


def note_failure(member_id: int, kind: FailureKind, words: str) -> bool:
    """Note a failure of a member's present address, and stop the address if that is enough.

    Returns whether it is the first of its kind on this day.
    """
    now = clock.now()
    row = {"member_id": member_id, "day": now.date(), "kind": kind.value, "failed_at": now, "words": _storable(words)}
    inserted = insert_into(MailFailure).on_conflict_do_nothing().returning(MailFailure.member_id)
    is_first = session.execute(inserted, [row]).first() is not None
    reason = REASONS.get(kind) or (EmailStop.FAILING if _soft_days(member_id) >= SOFT_DAYS else None)
    if reason is not None:
        _stop(member_id, reason)
    return is_first


def _storable(words: str) -> str:
    """The words of a stranger's server without what databases refuse, such as halves of characters."""
    return one_line(words.encode("utf-8", "replace").decode())[:MAX_WORDS]


def _soft_days(member_id: int) -> int:
    since = clock.now().date() - SOFT_WITHIN
    rows = select(func.count(MailFailure.day.distinct())).where(
        MailFailure.member_id == member_id, MailFailure.kind == FailureKind.SOFT.value, MailFailure.day > since
    )
    return session.scalar(rows) or 0


def _stop(member_id: int, reason: EmailStop) -> None:
    """Stop an address; a complaint also counts for one that is stopped already."""
    stopped = update(Member).where(Member.id == member_id, Member.closed_at.is_(None))
    if reason is not EmailStop.COMPLAINT:
        stopped = stopped.where(Member.email_stopped_at.is_(None))
    session.execute(stopped.values(email_stopped_at=clock.now(), email_stop_reason=reason.value))
    waiting = delete(Mail).where(Mail.member_id == member_id, Mail.kind != "", Mail.try_after.is_not(None))
    session.execute(waiting)


def forget_failures() -> None:
    """Delete failures older than FAILURE_LIFETIME."""
    session.execute(delete(MailFailure).where(MailFailure.failed_at < clock.now() - FAILURE_LIFETIME))
