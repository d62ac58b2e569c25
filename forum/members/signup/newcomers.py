"""Who counts as a new member, until their posts and days lift the stricter limits."""

from datetime import timedelta

from forum.infra import clock
from forum.infra.text.messages import Message, say, say_many
from forum.models import Member
from forum.site.queries import snapshot


def is_new(member: Member) -> bool:
    """Whether the stricter limits for new members apply: too few public posts, or not here for long enough."""
    return member.message_count < snapshot().new_member_posts or _days_left(member) > 0


def _days_left(member: Member) -> int:
    """How many days a member is still new for, rounded up."""
    if not snapshot().new_member_days or member.joined_at is None:
        return 0
    left = member.joined_at + timedelta(days=snapshot().new_member_days) - clock.now()
    return -(-left // timedelta(days=1))


def until_known(member: Member) -> Message | None:
    """What is missing until a member is no longer new, for members and moderators alike; None if they are not new."""
    posts, days = max(0, snapshot().new_member_posts - member.message_count), max(0, _days_left(member))
    if posts and days:
        return say("%(posts)d more public posts, and %(days)d more days.", posts=posts, days=days)
    if posts:
        return say_many("%(num)d more public post.", "%(num)d more public posts.", posts)
    return say_many("%(num)d more day.", "%(num)d more days.", days) if days else None
