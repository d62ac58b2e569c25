"""Banners of groups, shown beside their members' names."""

from collections.abc import Iterable, Set
from typing import NamedTuple

from forum.models import BuiltInGroup
from forum.site.appearance import DARK_SCHEME, LIGHT_SCHEME

STAFF_GROUPS: Set[int] = {BuiltInGroup.MODERATORS, BuiltInGroup.ADMINS}


class Banner(NamedTuple):
    """A group's banner; without a colour it has the forum's accent colour."""

    group_id: int
    text: str
    colour: str = ""

    @property
    def style(self) -> str:
        """The CSS class of its colours."""
        return f"mark-g{self.group_id}" if self.colour else "mark-new"

    @property
    def is_staff(self) -> bool:
        """Whether it stands for moderators or admins, and so in place of their mark."""
        return self.group_id in STAFF_GROUPS

    @property
    def css(self) -> str:
        """The rule for its colour; that of the dark scheme follows from it."""
        if not self.colour:
            return ""
        light, dark = self.colour, DARK_SCHEME.nearest_readable(self.colour)
        tints = f"light-dark({LIGHT_SCHEME.tint(light)},{DARK_SCHEME.tint(dark)})"
        return f".{self.style}{{color:light-dark({light},{dark});background:{tints}}}"


def shown_banner(banners: Iterable[Banner], groups: Set[int]) -> Banner | None:
    """The banner of somebody in some groups: the first in the order of the admins.

    Of the built-in groups only the highest counts: a moderator is in Members too.
    """
    ours = [banner for banner in banners if banner.group_id in groups]
    highest = max((banner.group_id for banner in ours if banner.group_id in set(BuiltInGroup)), default=0)
    return next((each for each in ours if each.group_id == highest or each.group_id not in set(BuiltInGroup)), None)
