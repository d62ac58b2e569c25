"""The first steps of a new admin: what a forum needs before its first members come."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forum.infra.database.db import current_settings
from forum.infra.text.messages import Message, say
from forum.site.appearance import Appearance
from forum.site.queries import Site

SETTINGS = "/admin/settings"


@dataclass(frozen=True)
class Step:
    """A step of setting up a forum, why it matters, and the page on which it is done."""

    text: Message
    why: Message
    path: str
    is_done: bool


REMOVE_DEMONSTRATION = Step(
    say("Remove the demonstration"),
    say("Its threads, members and boards only show what the forum can do."),
    "/admin/demonstration",
    is_done=False,
)


def first_steps(site: Site, demonstration: Mapping[str, Any] | None, *, has_members: bool) -> list[Step]:
    """All steps; a demonstration adds one to remove it, and its name, boards and members are not the forum's own."""
    given = demonstration or {"boards": ()}
    boards = [board for board in site.tree if not board.is_category and board.title not in given["boards"]]
    is_named = site.name not in {Site(version=0).name, given.get("name")}
    return [
        *([REMOVE_DEMONSTRATION] if demonstration else []),
        Step(say("Give the forum a name"), say("It is in the header and in every e-mail."), SETTINGS, is_named),
        *_steps_of_the_settings(site),
        Step(say("Create boards"), say("Members start their threads in them."), "/admin/boards", bool(boards)),
        *_steps_of_the_environment(),
        Step(
            say("Invite your first members"),
            say("Somebody has to start the conversation."),
            "/account/invitations",
            has_members and not demonstration,
        ),
    ]


def _steps_of_the_settings(site: Site) -> list[Step]:
    return [
        Step(
            say("Describe it in a sentence"),
            say("Search engines and link previews show it."),
            SETTINGS,
            bool(site.description),
        ),
        Step(
            say("Write the terms of use"),
            say("They say what is allowed. New members see them."),
            SETTINGS,
            bool(site.terms),
        ),
        Step(
            say("Say how to contact you"),
            say("Those who cannot log in need another way to reach you."),
            SETTINGS,
            bool(site.contact),
        ),
        Step(
            say("Choose a colour and a logo"),
            say("Members see at once that it is your forum."),
            "/admin/appearance",
            site.appearance != Appearance() or bool(site.pictures),
        ),
    ]


def _steps_of_the_environment() -> list[Step]:
    settings = current_settings()
    return [
        Step(
            say("Set up mail: FORUM_MAIL_URL in the environment"),
            say("Without it, members cannot confirm their address or reset a password."),
            "/admin/mail",
            bool(settings.mail_url),
        ),
        Step(
            say("Set the forum's address: FORUM_BASE_URL in the environment"),
            say("Links in e-mails begin with it."),
            "",
            bool(settings.base_url),
        ),
    ]
