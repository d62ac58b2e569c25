"""Who may decide a case, for passing it on and for reminders."""

from sqlalchemy import or_, select

from forum.infra.database.db import session
from forum.models import BoardAccess, BuiltInGroup, GroupMembership, GroupRight, Member, ReviewItem, Right, Role
from forum.moderation import reviews

MOST_MODERATORS = 200


def moderators() -> list[Member]:
    """Those who may moderate somewhere or ban members: staff, and who was put into a group that may.

    Not those who are in such a group by their number of messages: there may be thousands.
    """
    moderating = select(BoardAccess.group_id).where(BoardAccess.moderates)
    banning = select(GroupRight.group_id).where(GroupRight.right == Right.BAN_MEMBERS.value, GroupRight.is_granted)
    groups = moderating.union(banning).subquery()
    joined = select(GroupMembership.member_id).where(
        GroupMembership.group_id.in_(select(groups.c.group_id)), GroupMembership.group_id > max(BuiltInGroup)
    )
    found = select(Member).where(
        or_(Member.role != Role.MEMBER.value, Member.id.in_(joined)), Member.closed_at.is_(None)
    )
    return list(session.scalars(found.order_by(Member.plain_name, Member.id).limit(MOST_MODERATORS)))


def who_may_decide(item: ReviewItem) -> list[Member]:
    """The moderators who may decide a case."""
    return [member for member in moderators() if reviews.may_review(member, item)]
