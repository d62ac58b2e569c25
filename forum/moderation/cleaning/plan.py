"""What a moderator chooses for a cleaning, and who may clean whom."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from forum import permissions
from forum.infra import clock
from forum.members import sanctions
from forum.models import Member
from forum.verdicts import Verdict

OLD_FROM_POSTS, OLD_FROM_DAYS = 20, 30  # members with as many posts, or who joined so long ago, are asked about twice
MAX_LISTED = 20  # link domains, and as many addresses, that one cleaning blocks


class Period(StrEnum):
    """The period from which what a member wrote and gave is removed."""

    ALL = "all"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


LENGTHS: Mapping[Period, timedelta] = {
    Period.HOUR: timedelta(hours=1),
    Period.DAY: timedelta(days=1),
    Period.WEEK: timedelta(days=7),
}


class BanChoice(StrEnum):
    """Whether the member is banned, and for how long."""

    NONE = "none"
    UNTIL = "until"
    FOR_GOOD = "for-good"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a cleaning does; `since` is stored when it begins, so that its end does not move.

    With `board_id`, threads are moved to that board in place of being deleted.
    """

    posts: bool = True
    pending: bool = True
    reactions: bool = True
    period: Period = Period.ALL
    since: datetime | None = None
    board_id: int | None = None
    ban: BanChoice = BanChoice.FOR_GOOD
    ban_until: datetime | None = None
    reason: str = ""
    rule: str = ""
    teach: bool = True
    addresses: bool = False
    links: tuple[str, ...] = ()
    block_days: int = 0  # of the addresses and links
    newest_post: int = 0  # when it began

    def at(self, moment: datetime) -> Self:
        """The plan with the beginning of its period, as of a moment."""
        length = LENGTHS.get(self.period)
        return replace(self, since=moment - length if length else None)

    def stored(self) -> dict[str, Any]:
        """The plan as JSON can hold it."""
        moments = {name: value.isoformat() for name, value in asdict(self).items() if isinstance(value, datetime)}
        return asdict(self) | {"links": list(self.links)} | moments

    @classmethod
    def from_stored(cls, kept: Mapping[str, Any]) -> Self:
        """A plan that was stored."""
        moments = {name: datetime.fromisoformat(kept[name]) for name in ("since", "ban_until") if kept[name]}
        named = {"period": Period(kept["period"]), "ban": BanChoice(kept["ban"]), "links": tuple(kept["links"])}
        return cls(**{**kept, **moments, **named})


def may_clean(actor: Member | None, member: Member) -> Verdict:
    """Whether the actor may clean up after a member: who may ban them, whatever they have written."""
    return sanctions.may_ban(actor, member)


def cleaned_boards(actor: Member) -> list[int]:
    """The boards in which an actor cleans: those that they moderate."""
    return sorted(permissions.scope_of(actor).moderate)


def is_old(member: Member) -> bool:
    """Whether a member has been here for long, so that their name must be typed before they are cleaned."""
    joined_at = member.joined_at
    is_long_ago = joined_at is not None and clock.now() - joined_at >= timedelta(days=OLD_FROM_DAYS)
    return is_long_ago or member.message_count >= OLD_FROM_POSTS
