"""How often members were right with their reports, and what their reports weigh."""

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import case, func, select

from forum import permissions
from forum.infra.database.db import session
from forum.members.signup.newcomers import is_new
from forum.models import Member, Report, ReviewItem, Right, Role
from forum.models.moderation.report import DISMISSED, UPHELD

MOST_WEIGHT = 3.0  # of one member, so that a setting above it always takes two


class TrackRecord(NamedTuple):
    """How many reports of a member were decided, and how many of these were right."""

    right: int = 0
    decided: int = 0

    @property
    def weight(self) -> float:
        """What a report weighs: 1 without a history, more the oftener the member was right, less if often wrong."""
        return min(MOST_WEIGHT, (1 + self.right) / (1 + self.decided - self.right))


def track_records(member_ids: Collection[int]) -> dict[int, TrackRecord]:
    """The records of members who have reported something that was decided, by their ids."""
    right = func.sum(case((ReviewItem.decision == UPHELD, 1), else_=0))
    rows = session.execute(
        select(Report.member_id, right, func.count())
        .join(Report.item)
        .where(Report.member_id.in_(member_ids), ReviewItem.decision.in_((UPHELD, DISMISSED)))
        .group_by(Report.member_id)
    )
    return {member_id: TrackRecord(int(right), decided) for member_id, right, decided in rows}


def weight_of_reports(item_id: int) -> float:
    """What all reports of a case weigh together.

    Those of members who are banned or muted weigh nothing, nor do those of new members who were never right: accounts
    are made quickly.
    """
    members = session.scalars(
        select(Member).join(Report, Report.member_id == Member.id).where(Report.item_id == item_id)
    )
    counted = [member for member in members if not (member.is_banned or member.is_muted or member.closed_at)]
    records = track_records([member.id for member in counted])
    return sum(_weight(member, records.get(member.id, TrackRecord())) for member in counted)


def _weight(member: Member, record: TrackRecord) -> float:
    return 0.0 if is_new(member) and not record.right else record.weight


def is_staff(member: Member, board_id: int) -> bool:
    """Whether reports never hide posts of a member: of moderators of the board and of everybody who may ban."""
    scope = permissions.scope_despite_ban(member)
    return member.role != Role.MEMBER or board_id in scope.moderate or Right.BAN_MEMBERS in scope.rights
