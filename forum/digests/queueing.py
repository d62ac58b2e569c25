"""The job of digests: makes a row for each member, plans when they get one, and queues those that are due.

What one member is told is stored in the same transaction as the message and the time of their next digest, and only if
no other process did it meanwhile: a killed process goes on with that member, and nobody gets a digest twice.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, func, insert, literal, literal_column, select, update
from sqlalchemy.exc import SQLAlchemyError

from forum.digests.choosing import Chosen, as_body, choose
from forum.digests.readers import Reader, due_for, gets_any, is_daily, may_be_mailed, reader_of
from forum.digests.rules import DAY, KIND, MAX_WAITING, REST
from forum.digests.times import is_weekly_due, next_moment
from forum.digests.told import read_told, with_told
from forum.infra import clock
from forum.infra.database.core_statements import insert_into, table_of
from forum.infra.database.db import current_settings, session, transaction
from forum.infra.text.messages import say
from forum.models import Digest, Mail, Member
from forum.models.watching.digest import NEEDS_PLAN
from forum.site.queries import pin_snapshot, unpin_snapshot

log = logging.getLogger("forum.digests")

BATCH, MAX_JOB_SECONDS = 100, 8.0
ADDED_AT_ONCE = 500  # rows for members who have none


def can_send() -> bool:
    """Whether the forum sends mail, with links that lead to it."""
    settings = current_settings()
    return bool(settings.mail_url and settings.base_url)


def queue_due() -> int:
    """Queue the digests that are due, those first that have waited longest, and plan new ones; returns how many."""
    if not can_send():
        return 0
    queued, end = 0, time.monotonic() + MAX_JOB_SECONDS
    while ids := due_members() or unplanned_members():
        for member_id in ids:
            if time.monotonic() > end:
                session.rollback()
                return queued
            queued += _handle_safely(member_id)
    return queued


def add_missing() -> None:
    """Make rows for members who can get mail and have none yet: not for each registration, as nothing is urgent."""
    end = time.monotonic() + MAX_JOB_SECONDS
    while can_send() and time.monotonic() < end and _add_missing():
        pass


def _add_missing() -> bool:
    """Make some rows; whether more may be missing."""
    has_row = select(Digest.member_id).where(Digest.member_id == Member.id).exists()
    reached = (Member.email_verified_at.is_not(None), Member.closed_at.is_(None))
    missing = select(Member.id).where(*reached, ~has_row).order_by(Member.id).limit(ADDED_AT_ONCE)
    ids = session.scalars(missing).all()
    session.rollback()
    if ids:
        with transaction():
            rows = [{"member_id": member_id} for member_id in ids]
            session.execute(insert_into(Digest).values(rows).on_conflict_do_nothing())
    return len(ids) == ADDED_AT_ONCE


def unplanned_members() -> Sequence[int]:
    """Some members whose next digest is to be planned anew."""
    needs_plan: ColumnElement[bool] = literal_column(f"digest.{NEEDS_PLAN}")
    return _read(select(Digest.member_id).where(needs_plan).order_by(Digest.member_id).limit(BATCH))


def due_members() -> Sequence[int]:
    """Some members whose digest is due, who have waited longest first; none while many wait in the mail queue."""
    left = MAX_WAITING - _waiting()
    is_due = (Digest.next_at.is_not(None), Digest.next_at <= clock.now())
    due = select(Digest.member_id).where(*is_due).order_by(Digest.next_at).limit(min(left, BATCH))
    return _read(due) if left > 0 else []


def _read(statement: Select[int]) -> Sequence[int]:
    ids = session.scalars(statement).all()
    session.rollback()
    return ids


def _waiting() -> int:
    few = select(Mail.id).where(Mail.kind == KIND, Mail.try_after.is_not(None)).limit(MAX_WAITING).subquery()
    return session.scalar(select(func.count()).select_from(few)) or 0


def _handle_safely(member_id: int) -> bool:
    """Like _handle; a member for whom it fails is tried again a day later, and does not delay the others."""
    try:
        return _handle(member_id)
    except Exception as error:
        session.rollback()
        if isinstance(error, SQLAlchemyError):
            raise
        log.exception("the digest of member %d failed", member_id)
        with transaction():
            later = update(Digest).where(Digest.member_id == member_id)
            session.execute(later.values(next_at=clock.now() + DAY, needs_plan=False))
        return False


def _handle(member_id: int) -> bool:
    """Plan the next digest of a member, and queue the one that is due; whether one was queued."""
    session.rollback()
    pin_snapshot()
    try:
        reader = reader_of(member_id)
        if reader is None:
            return False
        now, due_at = clock.now(), reader.digest.next_at
        is_due = due_at is not None and due_at <= now and _is_still_planned(reader, due_at)
        chosen = _chosen(reader, due_at, now) if is_due and due_at is not None else Chosen()
        next_at = _next_at(reader, now, is_queued=chosen.is_worth)
        return _store(reader, chosen if is_due else None, next_at, now)
    finally:
        unpin_snapshot()


def _is_still_planned(reader: Reader, due_at: datetime) -> bool:
    """Whether a digest that is due is so by what the member has chosen since it was planned, too."""
    just_before = due_at - timedelta(seconds=1)
    return not reader.digest.needs_plan or (
        gets_any(reader) and next_moment(reader.digest, just_before, is_daily=is_daily(reader)) == due_at
    )


def _chosen(reader: Reader, due_at: datetime, now: datetime) -> Chosen:
    if not may_be_mailed(reader.member):
        return Chosen()
    is_weekly = is_weekly_due(reader.digest, due_at, now)
    return choose(reader, due_for(reader, now, is_weekly=is_weekly), now)


def next_moment_for(reader: Reader, now: datetime) -> datetime | None:
    """When a job looks again what is new for a reader; None for never."""
    if not gets_any(reader):
        return None
    rested = reader.digest.last_sent_at + REST if reader.digest.last_sent_at else now
    return next_moment(reader.digest, max(now, rested), is_daily=is_daily(reader))


def _next_at(reader: Reader, now: datetime, *, is_queued: bool) -> datetime | None:
    if is_queued and gets_any(reader):
        return next_moment(reader.digest, now + REST, is_daily=is_daily(reader))
    return next_moment_for(reader, now)


def _store(reader: Reader, chosen: Chosen | None, next_at: datetime | None, now: datetime) -> bool:
    """Store the next moment, and queue what was chosen if it is enough, unless another process has been here."""
    digest, member = reader.digest, reader.member
    values: dict[str, Any] = {"next_at": next_at, "needs_plan": False}
    seen = (Digest.next_at.is_not_distinct_from(digest.next_at), Digest.needs_plan == literal(digest.needs_plan))
    this = update(Digest).where(Digest.member_id == member.id, *seen)
    is_queued = chosen is not None and chosen.is_worth
    if chosen is not None:
        values["looked_at"] = now
    if chosen is not None and is_queued:
        values |= {"last_sent_at": now, "told": _told(reader, chosen, now)}
    letter = {"member_id": member.id, "kind": KIND, "recipient": member.email, "created_at": now, "try_after": now}
    with transaction():
        stored = session.execute(this.values(values), execution_options={"synchronize_session": False})
        if cast("CursorResult[Any]", stored).rowcount != 1:
            return False
        if chosen is not None and is_queued:
            letter |= {"subject": str(say("Digest")), "body": as_body(chosen)}
            session.execute(insert(table_of(Mail)).values(attempts=0, last_error="", **letter))
    return is_queued


def _told(reader: Reader, chosen: Chosen, now: datetime) -> str:
    watched = [(each.thread_id, each.last, each.generation) for each in chosen.watched]
    popular = [(each.thread_id, *chosen.places[each.thread_id]) for each in chosen.popular]
    return with_told(read_told(reader.digest.told), [*watched, *popular], now)
