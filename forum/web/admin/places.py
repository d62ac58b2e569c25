"""The pages of administration, as the tabs at their top."""

from typing import NamedTuple

from forum import permissions
from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.models import Member, Right


class Place(NamedTuple):
    """A page of administration, and the right that opens it; without one it is for admins alone."""

    name: str
    path: str
    label: Message
    right: Right | None = None


OVERVIEW = Place("dashboard", "/admin", say("Overview"))
PLACES = (
    Place("settings", "/admin/settings", say("Settings"), Right.MANAGE_SETTINGS),
    Place("appearance", "/admin/appearance", say("Appearance"), Right.MANAGE_SETTINGS),
    Place("boards", "/admin/boards", say("Boards"), Right.MANAGE_BOARDS),
    Place("groups", "/admin/groups", say("Groups")),
    Place("members", "/admin/members", say("Members"), Right.MANAGE_MEMBERS),
    Place("reactions", "/admin/reactions", say("Reactions"), Right.MANAGE_LISTS),
    Place("titles", "/admin/titles", say("Member titles"), Right.MANAGE_LISTS),
    Place("smilies", "/admin/smilies", say("Smilies"), Right.MANAGE_LISTS),
    Place("statistics", "/admin/statistics", say("Statistics"), Right.SEE_STATISTICS),
    Place("log", "/moderation/log", say("Log"), Right.SEE_LOG),
)


def admin_places(visitor: Member) -> list[tuple[str, str, str]]:
    """The name, path and label of the pages that a visitor may open, the overview first."""
    return [
        (place.name, place.path, translate(place.label))
        for place in (OVERVIEW, *PLACES)
        if place is OVERVIEW or _may_open(visitor, place)
    ]


def _may_open(visitor: Member, place: Place) -> bool:
    if place.right is None:
        return bool(permissions.may_administer(visitor))
    return bool(permissions.may_use_right(visitor, place.right))
