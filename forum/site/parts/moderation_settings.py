"""The settings of what waits for moderators, and for how long."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class ModerationSettings:
    """Which posts wait for approval, which are refused, and the times of moderators."""

    hold_first_posts: int = 0  # of each member
    hold_links: bool = False  # of new members
    hold_spam: bool = True  # what the filter finds, of new members
    campaign_members: int = 3  # new members whose posts alike are a campaign; 0: nobody looks
    held_words: str = ""
    refused_words: str = ""
    report_hide_weight: int = 0
    remind_hours: int = 24
    appeal_days: int = 184  # at least six months
    notice_hours: int = 72  # within which notices of illegal content are to be decided


MODERATION_SETTINGS = tuple(each.name for each in fields(ModerationSettings))
