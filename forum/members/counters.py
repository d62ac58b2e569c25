"""The only writer of members' stored counts."""

from sqlalchemy import bindparam, update

from forum.base.core import change, outdate, table_of
from forum.base.db import session
from forum.models import Member

_MEMBER = Member.__table__.c
_MESSAGES = (
    update(table_of(Member))
    .where(_MEMBER.id == bindparam("member"))
    .values(message_count=_MEMBER.message_count + bindparam("by"))
)


def count_message(member_id: int, by: int) -> None:
    """Add posts that everybody sees to a member's count, or take them away."""
    change(_MESSAGES, member=member_id, by=by)
    outdate(Member, member_id, "message_count")


def count_reaction(member_id: int, score: int, by: int) -> None:
    """Add reactions of a score (+1, 0, −1) to what a member was given, or take them away."""
    if score > 0:
        values = {"positive_reactions": Member.positive_reactions + by}
    elif score < 0:
        values = {"negative_reactions": Member.negative_reactions + by}
    else:
        return
    session.execute(update(Member).where(Member.id == member_id).values(values))
