"""How much waits for a moderator: the number in the menu, counted for all moderators of a process at once."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import and_, case, func, literal_column, select, union_all
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
    begun_in: int  # of a post of an open campaign that began in another board: that board, else 0


@dataclass
class _Counted:
    """What a process counted last, and when."""

    places: Mapping[_Place, int] = field(default_factory=dict)
    at: float = float("-inf")


_counted = PerApp(lambda _: _Counted())
_IS_OPEN = ReviewItem.decided_at.is_(None)
_campaign, _oldest_post, _begun = aliased(ReviewItem), aliased(Post), aliased(Thread)
_IS_HELD_POST = ReviewItem.kind == ReviewKind.HELD_POST.value
_CAMPAIGN_OF_POST = (
    select(_begun.board_id)
    .select_from(PostFingerprint)
    .join(_campaign, _campaign.id == PostFingerprint.campaign_id)
    .join(_oldest_post, _oldest_post.id == _campaign.post_id)
    .join(_begun, _begun.id == _oldest_post.thread_id)
    .where(PostFingerprint.post_id == ReviewItem.post_id, _campaign.decided_at.is_(None))
    .correlate(ReviewItem)
)
_own_post, _own_thread = aliased(Post), aliased(Thread)
_OWN_BOARD = (
    select(_own_thread.board_id)
    .join(_own_post, _own_post.thread_id == _own_thread.id)
    .where(_own_post.id == ReviewItem.post_id)
    .correlate(ReviewItem)
)
_IN_OWN_BOARD = _begun.board_id == _OWN_BOARD.scalar_subquery()
_IN_CAMPAIGN = and_(_IS_HELD_POST, _CAMPAIGN_OF_POST.exists())
IN_CAMPAIGN_OF_ITS_BOARD = and_(_IS_HELD_POST, _CAMPAIGN_OF_POST.where(_IN_OWN_BOARD).exists())  # never shown alone
_OTHERS_ONLY = ReviewItem.kind.in_((ReviewKind.REPORT.value, ReviewKind.APPEAL.value))
_REPORTED = case((_OTHERS_ONLY, ReviewItem.member_id), else_=literal_column("0"))
_BOARD = func.coalesce(Thread.board_id, literal_column("0")).label("board_id")
_oldest = (
    select(_BOARD, _REPORTED.label("reported_id"), literal_column("0").label("begun_in"))
    .select_from(ReviewItem)
    .outerjoin(Post, Post.id == ReviewItem.post_id)
    .outerjoin(Thread, Thread.id == Post.thread_id)
    .where(_IS_OPEN, ~_IN_CAMPAIGN)
    .order_by(ReviewItem.opened_at, ReviewItem.id)
    .limit(COUNTED_CASES)
    .subquery()
)
_elsewhere = (  # posts of campaigns that began in another board: for who moderates theirs and not that one
    select(_BOARD, literal_column("0").label("reported_id"), _begun.board_id.label("begun_in"))
    .select_from(_campaign)
    .join(_oldest_post, _oldest_post.id == _campaign.post_id)
    .join(_begun, _begun.id == _oldest_post.thread_id)
    .join(PostFingerprint, PostFingerprint.campaign_id == _campaign.id)
    .join(ReviewItem, and_(ReviewItem.post_id == PostFingerprint.post_id, _IS_HELD_POST, _IS_OPEN))
    .join(Post, Post.id == ReviewItem.post_id)
    .join(Thread, Thread.id == Post.thread_id)
    .where(_campaign.kind == ReviewKind.CAMPAIGN.value, _campaign.decided_at.is_(None))
    .where(Thread.board_id != _begun.board_id)
    .limit(COUNTED_CASES)
    .subquery()
)
_both = union_all(select(*_oldest.c), select(*_elsewhere.c)).subquery()
_BY_PLACE = select(*_both.c, func.count()).group_by(*_both.c)


def waiting_count(actor: Member | None) -> int | None:
    """How much waits for the actor, at most MOST_COUNTED and at most KEPT_SECONDS old; None if they decide nothing."""
    if actor is None:
        return None
    scope = permissions.scope_of(actor)
    about_members = Right.BAN_MEMBERS in scope.rights
    if not (scope.moderate or about_members) or not permissions.unless_lacking(actor):
        return None
    number = 0
    for (board_id, reported_id, begun_in), cases in _places().items():
        is_theirs = about_members if board_id == 0 else board_id in scope.moderate and begun_in not in scope.moderate
        number += cases if is_theirs and reported_id != actor.id else 0
    return min(number, MOST_COUNTED)


def _places() -> Mapping[_Place, int]:
    counted, now = _counted.here(), time.monotonic()
    if now - counted.at >= KEPT_SECONDS:
        rows = session.connection().execute(_BY_PLACE)
        counted.places, counted.at = {_Place(*row[:3]): row[3] for row in rows}, now
    return counted.places


def forget_count() -> None:
    """Count again at the next use, after this process has decided or opened a case."""
    _counted.here().at = float("-inf")
