"""Who gets a digest: a member with what they have chosen, and how they stand."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Select, bindparam, select
from sqlalchemy.orm import load_only, raiseload

from forum.digests.rules import AWAY, DAY, FORGOTTEN, WEEK
from forum.infra.database.db import session
from forum.mail.unsubscribing import gets_mail
from forum.models import Digest, Frequency, Member, ThreadWatch, WatchLevel
from forum.models.watching.digest import DEFAULT_HOUR
from forum.site.queries import snapshot
from forum.watching.queries import Watches, columns_for, parsed


@dataclass(frozen=True)
class Reader:
    """A member, when they get digests, what they watch and mute, and whether some of it is for digests."""

    member: Member
    digest: Digest
    watches: Watches
    has_daily: bool
    has_weekly: bool


class Due(NamedTuple):
    """What a digest tells: of what is watched at some levels, and of what is popular, in a time."""

    levels: tuple[WatchLevel, ...]
    has_popular: bool
    period: timedelta
    seen_at: datetime | None = None  # the last visit: what is popular since then is told


def reader_of(member_id: int) -> Reader | None:
    """A member with their choices, by default none; None if they are gone."""
    fresh = {"populate_existing": True}
    row = session.execute(_reading(), {"me": member_id}, execution_options=fresh).one_or_none()
    if row is None:
        return None
    member, stored, boards, threads, has_daily, has_weekly = row
    digest = stored or blank_digest(member_id)
    member.watches = watches = parsed(boards, threads)
    levels = {choice.level for choice in watches.boards.values()}
    has_daily, has_weekly = has_daily or WatchLevel.DAILY in levels, has_weekly or WatchLevel.WEEKLY in levels
    return Reader(member, digest, watches, has_daily=bool(has_daily), has_weekly=bool(has_weekly))


@cache
def _reading() -> Select[Any]:
    me: BindParameter[int] = bindparam("me")
    watched = select(ThreadWatch.thread_id).where(ThreadWatch.member_id == me).correlate(None)
    has_level = [watched.where(ThreadWatch.level == level.value).exists() for level in _IN_DIGESTS]
    statement = select(Member, Digest, *columns_for(me), *has_level).outerjoin(Digest, Digest.member_id == Member.id)
    return statement.where(Member.id == me).options(load_only(*Member.line(), *_COLUMNS), raiseload("*"))


def blank_digest(member_id: int) -> Digest:
    """The choices of a member who has chosen nothing, not stored."""
    values = {"frequency": "", "hour": DEFAULT_HOUR, "weekday": None, "time_zone": "", "told": "{}"}
    return Digest(member_id=member_id, **values)


_IN_DIGESTS = (WatchLevel.DAILY, WatchLevel.WEEKLY)
_COLUMNS = (
    *(Member.email, Member.email_verified_at, Member.email_stopped_at, Member.password_hash),
    *(Member.closed_at, Member.awaits_approval_at),
    *(Member.joined_at, Member.last_seen_at, Member.read_all_at, Member.is_banned, Member.joined_groups),
    *(Member.ignored_ids, Member.positive_reactions, Member.negative_reactions),
)


def may_be_mailed(member: Member) -> bool:
    """Whether a member can log in, is not banned, does not wait for approval, and takes mail."""
    is_active = bool(member.password_hash) and not member.is_banned and member.awaits_approval_at is None
    return is_active and member.closed_at is None and member.takes_mail and gets_mail(member)


def is_daily(reader: Reader) -> bool:
    """Whether digests of a reader may be due on every day."""
    frequency = reader.digest.frequency
    return frequency == Frequency.DAILY or (frequency != Frequency.OFF and reader.has_daily)


def gets_any(reader: Reader) -> bool:
    """Whether a job looks what is new for a reader at all."""
    frequency = reader.digest.frequency
    if frequency == Frequency.WATCHED:
        return reader.has_daily or reader.has_weekly
    return frequency != Frequency.OFF


def due_for(reader: Reader, now: datetime, *, is_weekly: bool) -> Due:
    """What a digest tells a reader now, on the weekday of their weekly ones or on another."""
    frequency = reader.digest.frequency
    if frequency == Frequency.OFF:
        return Due((), has_popular=False, period=WEEK)
    wants_weekly = frequency == Frequency.WEEKLY or (not frequency and _gets_by_default(reader.member, now))
    of_forum = frequency == Frequency.DAILY or (is_weekly and wants_weekly)
    levels = [WatchLevel.DAILY, *([WatchLevel.WEEKLY] if is_weekly else []), *([WatchLevel.SITE] if of_forum else [])]
    period = DAY if frequency == Frequency.DAILY else WEEK
    return Due(tuple(levels), has_popular=of_forum, period=period, seen_at=reader.member.last_seen_at)


def _gets_by_default(member: Member, now: datetime) -> bool:
    """Whether a member who has chosen nothing gets a digest: those who have not been here for a while."""
    seen_at = member.last_seen_at or member.joined_at
    return snapshot().digest_default == Frequency.WEEKLY and seen_at is not None and AWAY <= now - seen_at < FORGOTTEN
