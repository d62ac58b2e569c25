"""How much waits for a moderator: the number in the menu, counted for all moderators of a process at once."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import case, func, literal_column, or_, select
from sqlalchemy.orm import aliased

from forum import permissions
from forum.infra.database.db import session
from forum.infra.database.per_app import PerApp
from forum.models import Member, Post, PostFingerprint, ReviewItem, ReviewKind, Right, Thread

MOST_COUNTED = 100  # shown as "99+"
COUNTED_CASES = 1000  # the oldest open cases, which the number in the menu counts
KEPT_SECONDS = 1.0


class _Place(NamedTuple):
    """Where a case is decided: the board of its post, 0 for members; of reports and appeals, whom they are about."""

    board_id: int
    reported_id: int


@dataclass
class _Counted:
    """What a process counted last, and when."""

    places: Mapping[_Place, int] = field(default_factory=dict)
    at: float = float("-inf")


_counted = PerApp(lambda _: _Counted())
_IS_OPEN = ReviewItem.decided_at.is_(None)
_campaign = aliased(ReviewItem)
_IN_CAMPAIGN = (
    select(PostFingerprint.post_id)
    .join(_campaign, _campaign.id == PostFingerprint.campaign_id)
    .where(PostFingerprint.post_id == ReviewItem.post_id, _campaign.decided_at.is_(None))
    .exists()
)
_STANDS_ALONE = or_(ReviewItem.kind != ReviewKind.HELD_POST.value, ~_IN_CAMPAIGN)
_OTHERS_ONLY = ReviewItem.kind.in_((ReviewKind.REPORT.value, ReviewKind.APPEAL.value))
_REPORTED = case((_OTHERS_ONLY, ReviewItem.member_id), else_=literal_column("0"))
_oldest = (
    select(func.coalesce(Thread.board_id, literal_column("0")).label("board_id"), _REPORTED.label("reported_id"))
    .select_from(ReviewItem)
    .outerjoin(Post, Post.id == ReviewItem.post_id)
    .outerjoin(Thread, Thread.id == Post.thread_id)
    .where(_IS_OPEN, _STANDS_ALONE)
    .order_by(ReviewItem.opened_at, ReviewItem.id)
    .limit(COUNTED_CASES)
    .subquery()
)
_BY_PLACE = select(_oldest.c.board_id, _oldest.c.reported_id, func.count()).group_by(
    _oldest.c.board_id, _oldest.c.reported_id
)


def waiting_count(actor: Member | None) -> int | None:
    """How much waits for the actor, at most MOST_COUNTED and at most KEPT_SECONDS old; None if they decide nothing."""
    if actor is None:
        return None
    scope = permissions.scope_of(actor)
    about_members = Right.BAN_MEMBERS in scope.rights
    if not (scope.moderate or about_members) or not permissions.unless_lacking(actor):
        return None
    number = 0
    for (board_id, reported_id), cases in _places().items():
        is_theirs = about_members if board_id == 0 else board_id in scope.moderate
        number += cases if is_theirs and reported_id != actor.id else 0
    return min(number, MOST_COUNTED)


def _places() -> Mapping[_Place, int]:
    counted, now = _counted.here(), time.monotonic()
    if now - counted.at >= KEPT_SECONDS:
        rows = session.connection().execute(_BY_PLACE)
        counted.places, counted.at = {_Place(row[0], row[1]): row[2] for row in rows}, now
    return counted.places


def forget_count() -> None:
    """Count again at the next use, after this process has decided or opened a case."""
    _counted.here().at = float("-inf")
