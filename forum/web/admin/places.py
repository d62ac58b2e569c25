"""The pages of administration, as listed beside each of them."""

from collections.abc import Callable
from typing import NamedTuple

from forum import permissions
from forum.admin.groups.request_actions import may_answer_some
from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.models import Member, Right
from forum.moderation.reviews import may_review_some
from forum.verdicts import Verdict


class Place(NamedTuple):
    """A page of administration, and the right or the verdict that opens it; the overview is opened by any of them."""

    name: str
    path: str
    label: Message
    right: Right | None = None
    verdict: Callable[[Member | None], Verdict] | None = None


def _may_ban(actor: Member | None) -> Verdict:
    return permissions.may_use_right(actor, Right.BAN_MEMBERS)


OVERVIEW = Place("dashboard", "/admin", say("Overview"))
SECTIONS: tuple[tuple[Message, tuple[Place, ...]], ...] = (
    (
        say("Forum"),
        (
            OVERVIEW,
            Place("settings", "/admin/settings", say("Settings"), Right.MANAGE_SETTINGS),
            Place("appearance", "/admin/appearance", say("Appearance"), Right.MANAGE_SETTINGS),
            Place("boards", "/admin/boards", say("Boards"), Right.MANAGE_BOARDS),
            Place("notices", "/admin/notices", say("Notices"), Right.MANAGE_NOTICES),
        ),
    ),
    (
        say("Members"),
        (
            Place("members", "/admin/members", say("Members"), Right.MANAGE_MEMBERS),
            Place("groups", "/admin/groups", say("Groups"), Right.MANAGE_GROUPS),
            Place("requests", "/admin/groups/requests", say("Requests to join"), verdict=may_answer_some),
            Place("invitations", "/admin/invitations", say("Invitations"), Right.MANAGE_MEMBERS),
        ),
    ),
    (
        say("Moderation"),
        (
            Place("moderation", "/moderation", say("What waits"), verdict=may_review_some),
            Place("reports", "/moderation/reports", say("Reports"), verdict=may_review_some),
            Place("appeals", "/moderation/appeals", say("Appeals"), verdict=may_review_some),
            Place("queue", "/moderation/queue", say("Approval queue"), verdict=may_review_some),
            Place("member-warnings", "/moderation/warnings", say("Warnings"), verdict=may_review_some),
            Place("bans", "/moderation/bans", say("Bans"), verdict=_may_ban),
            Place("newcomers", "/moderation/newcomers", say("New members"), verdict=_may_ban),
            Place("links", "/moderation/links", say("Blocked links"), verdict=_may_ban),
            Place("figures", "/moderation/statistics", say("Work of moderators"), verdict=may_review_some),
            Place("spam", "/admin/spam", say("Services against spam"), Right.MANAGE_SETTINGS),
            Place("log", "/moderation/log", say("Moderation log"), Right.SEE_LOG),
        ),
    ),
    (
        say("Lists"),
        (
            Place("reactions", "/admin/reactions", say("Reactions"), Right.MANAGE_LISTS),
            Place("titles", "/admin/titles", say("Member titles"), Right.MANAGE_LISTS),
            Place("smilies", "/admin/smilies", say("Smilies"), Right.MANAGE_LISTS),
            Place("reasons", "/admin/reasons", say("Prepared reasons"), Right.MANAGE_LISTS),
            Place("warnings", "/admin/warnings", say("Kinds of warnings"), Right.MANAGE_LISTS),
            Place("thresholds", "/admin/thresholds", say("Thresholds of warnings"), Right.MANAGE_LISTS),
        ),
    ),
    (
        say("Operation"),
        (
            Place("statistics", "/admin/statistics", say("Statistics"), Right.SEE_STATISTICS),
            Place("mail", "/admin/mail", say("Mail"), Right.MANAGE_MAIL),
            Place("backups", "/admin/backups", say("Backups"), Right.MANAGE_BACKUPS),
            Place("health", "/admin/health", say("Health"), Right.SEE_HEALTH),
            Place("jobs", "/admin/jobs", say("Jobs"), Right.RUN_JOBS),
            Place("search-index", "/admin/search-index", say("Search index"), Right.RUN_JOBS),
        ),
    ),
)
PLACES = tuple(place for _, places in SECTIONS for place in places if place is not OVERVIEW)


def admin_places(visitor: Member | None) -> list[tuple[str, list[Place]]]:
    """The sections with the pages that a visitor may open, the overview first."""
    sections = [
        (translate(label), [place for place in places if _may_open(visitor, place)]) for label, places in SECTIONS
    ]
    return [(label, places) for label, places in sections if places]


def _may_open(visitor: Member | None, place: Place) -> bool:
    if place.verdict is not None:
        return bool(place.verdict(visitor))
    if place is OVERVIEW:
        return bool(permissions.may_open_administration(visitor))
    return place.right is None or bool(permissions.may_use_right(visitor, place.right))
