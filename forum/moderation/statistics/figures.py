"""The figures of a time: counted by ranges of indexed moments; times and error rates are of the newest MOST_TIMED."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, case, func, select, union_all

from forum.infra.database.db import session
from forum.models import Decision, IllegalNotice, Member, Report, ReviewItem, ReviewKind
from forum.models.moderation.appeal import REVERSE
from forum.models.moderation.report import DISMISSED, UPHELD
from forum.threads.approval.reasons import SPAM

MOST_TIMED, MOST_MODERATORS = 10_000, 200
_IS_KNOWN = ReviewItem.kind.in_([kind.value for kind in ReviewKind])  # so that the index by kind is used


class Span(NamedTuple):
    """A time: from a moment up to another, which is no longer in it."""

    first: datetime
    end: datetime


class Times(NamedTuple):
    """How long something took: half of them at most `median`, nine of ten at most `p90`; None without any."""

    median: timedelta | None = None
    p90: timedelta | None = None


class Notices(NamedTuple):
    """Notices of illegal content that came in a time, and what became of them."""

    received: int
    decided: int
    right: int
    in_time: int
    had_deadline: int  # of those decided


@dataclass(frozen=True)
class Figures:
    """What came and what was decided in a time. What was decided may have come before."""

    reports: Mapping[str, int]  # by their kind
    opened: Mapping[str, int]  # cases, by kind
    decided: Mapping[tuple[str, str], int]  # cases, by kind and decision
    response: Times  # of cases of reports: until a moderator did something
    resolution: Times  # until the first decision
    waiting: Times  # of held posts, until the first decision
    appeal_time: Times
    notice_time: Times
    held_by_filter: tuple[int, int]  # decided held posts that the spam filter had found; how many were approved
    hidden_by_reports: tuple[int, int]  # decided posts that reports had hidden; of how many the reports were not right
    decisions: Mapping[str, int]  # what was done to members and their posts, by kind
    notices: Notices

    def of(self, kind: str, *decisions: str) -> int:
        """How many cases of a kind were decided, all or in some ways."""
        return sum(
            number
            for (found, decision), number in self.decided.items()
            if found == kind and (not decisions or decision in decisions)
        )

    @property
    def upheld_rate(self) -> float | None:
        """Of how many decided cases the reports were right."""
        return share(self.of(ReviewKind.REPORT, UPHELD), self.of(ReviewKind.REPORT, UPHELD, DISMISSED))

    @property
    def reversed_rate(self) -> float | None:
        """Of how many decided appeals the decision was reversed."""
        return share(self.of(ReviewKind.APPEAL, REVERSE), self.of(ReviewKind.APPEAL))


def share(part: int, whole: int) -> float | None:
    """A part of a whole, from 0 to 1; None of nothing."""
    return part / whole if whole else None


def figures_of(span: Span) -> Figures:
    """The figures of a time, of the whole forum; seven statements."""
    newest = session.execute(_newest(span)).all()
    reports = [row for row in newest if row.kind == ReviewKind.REPORT]
    return Figures(
        reports=_counts(Report.kind, Report.created_at, span),
        opened=_opened(span),
        decided=_decided(span),
        response=_times(row.responded_at - row.opened_at for row in reports if row.responded_at),
        resolution=_times(row.first_decided_at - row.opened_at for row in reports),
        waiting=_times_of(newest, ReviewKind.HELD_POST),
        appeal_time=_times_of(newest, ReviewKind.APPEAL),
        notice_time=_notice_times(span),
        held_by_filter=_wrong([row for row in newest if _is_spam(row.held_for)], "approve"),
        hidden_by_reports=_wrong([row for row in newest if row.has_hidden], DISMISSED),
        decisions=_counts(Decision.kind, Decision.at, span),
        notices=_notices(span),
    )


def _within(moment: Any, span: Span) -> ColumnElement[bool]:
    return and_(moment >= span.first, moment < span.end)


def _counts(kind: Any, moment: Any, span: Span) -> dict[str, int]:
    rows = session.execute(select(kind, func.count()).where(_within(moment, span)).group_by(kind))
    return {str(name): number for name, number in rows}


def _decided(span: Span) -> dict[tuple[str, str], int]:
    ways = (ReviewItem.kind, ReviewItem.decision)
    counted = select(*ways, func.count()).where(_IS_KNOWN, _within(ReviewItem.decided_at, span)).group_by(*ways)
    return {(kind, decision): number for kind, decision, number in session.execute(counted)}


def _opened(span: Span) -> dict[str, int]:
    """How many cases were opened, by kind: those that are open still, and those decided since."""
    in_time = _within(ReviewItem.opened_at, span)
    still_open = select(ReviewItem.kind.label("kind")).where(in_time, ReviewItem.decided_at.is_(None))
    decided = select(ReviewItem.kind).where(in_time, _IS_KNOWN, ReviewItem.decided_at >= span.first)
    each = union_all(still_open, decided).subquery()
    counted = select(each.c.kind, func.count().label("number")).group_by(each.c.kind)
    return {row.kind: row.number for row in session.execute(counted)}


def _newest(span: Span) -> Any:
    """The newest first decisions, of which the times and the programs' errors are."""
    columns = (ReviewItem.kind, ReviewItem.opened_at, ReviewItem.responded_at, ReviewItem.first_decided_at)
    more = (ReviewItem.decision, ReviewItem.held_for, ReviewItem.has_hidden)
    newest = select(*columns, *more).where(
        _within(ReviewItem.first_decided_at, span), ReviewItem.decided_at.is_not(None)
    )
    return newest.order_by(ReviewItem.first_decided_at.desc()).limit(MOST_TIMED)


def _is_spam(held_for: str) -> bool:
    """Whether the spam filter was a reason to hold a post."""
    return any(line.startswith(f"{SPAM}:") for line in held_for.splitlines())


def _notice_times(span: Span) -> Times:
    decided = (_within(IllegalNotice.created_at, span), IllegalNotice.decided_at.is_not(None))
    newest = select(IllegalNotice.created_at, IllegalNotice.decided_at).where(*decided)
    rows = session.execute(newest.order_by(IllegalNotice.created_at.desc()).limit(MOST_TIMED))
    return _times(decided_at - created_at for created_at, decided_at in rows if decided_at)


def _times_of(rows: Iterable[Row[Any]], kind: ReviewKind) -> Times:
    return _times(row.first_decided_at - row.opened_at for row in rows if row.kind == kind)


def _times(spans: Iterable[timedelta]) -> Times:
    seconds = sorted(span.total_seconds() for span in spans)
    if not seconds:
        return Times()
    p90 = seconds[(len(seconds) * 9 + 9) // 10 - 1]
    return Times(timedelta(seconds=median(seconds)), timedelta(seconds=p90))


def _wrong(rows: list[Row[Any]], decision: str) -> tuple[int, int]:
    """How many there are, and how many were decided in a way that says that the program was wrong."""
    return len(rows), sum(row.decision == decision for row in rows)


def _notices(span: Span) -> Notices:
    is_decided, due = IllegalNotice.decided_at.is_not(None), IllegalNotice.due_at
    counted = (
        func.count(),
        *(
            func.coalesce(func.sum(case((condition, 1), else_=0)), 0)
            for condition in (
                is_decided,
                and_(is_decided, IllegalNotice.was_right),
                and_(is_decided, IllegalNotice.decided_at <= due),
                and_(is_decided, due.is_not(None)),
            )
        ),
    )
    row = session.execute(select(*counted).where(_within(IllegalNotice.created_at, span))).one()
    return Notices(*(int(number) for number in row))


def by_moderator(span: Span) -> list[tuple[str, dict[str, int]]]:
    """How many cases of each kind each moderator decided, who decided most first; for admins."""
    counted = select(Member.username, ReviewItem.kind, func.count().label("number"))
    counted = counted.join(Member, Member.id == ReviewItem.decided_by_id).where(
        _IS_KNOWN, _within(ReviewItem.decided_at, span)
    )
    found: dict[str, dict[str, int]] = {}
    for name, kind, number in session.execute(counted.group_by(Member.id, Member.username, ReviewItem.kind)):
        found.setdefault(name, {})[kind] = number
    return sorted(found.items(), key=lambda item: (-sum(item[1].values()), item[0]))[:MOST_MODERATORS]
