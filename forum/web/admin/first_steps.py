"""The first steps of a new admin: what a forum needs before its first members come."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forum.infra.database.db import current_settings
from forum.infra.text.messages import Message, say
from forum.site.queries import Site


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


def first_steps(site: Site, demonstration: Mapping[str, Any] | None) -> list[Step]:
    """All steps; a demonstration adds one to remove it, and its name and boards are not the forum's own."""
    given = demonstration or {"boards": ()}
    boards = [board for board in site.tree if not board.is_category and board.title not in given["boards"]]
    is_named = site.name not in {Site(version=0).name, given.get("name")}
    settings_page = "/admin/settings"
    steps = [
        Step(say("Give the forum a name"), say("It is in the header and in every e-mail."), settings_page, is_named),
        Step(
            say("Describe it in a sentence"),
            say("Search engines and link previews show it."),
            settings_page,
            bool(site.description),
        ),
        Step(say("Create boards"), say("Members start their threads in them."), "/admin/boards", bool(boards)),
        Step(
            say("Write the terms of use"),
            say("They say what is allowed. New members see them."),
            settings_page,
            bool(site.terms),
        ),
        Step(
            say("Say how to contact you"),
            say("Those who cannot log in need another way to reach you."),
            settings_page,
            bool(site.contact),
        ),
    ]
    return [*([REMOVE_DEMONSTRATION] if demonstration else []), *steps, *_steps_of_the_environment()]


def _steps_of_the_environment() -> list[Step]:
    settings = current_settings()
    return [
        Step(
            say("Set up mail: FORUM_MAIL_URL in the environment"),
            say("Without it, members cannot confirm their address or reset a password."),
            "",
            bool(settings.mail_url),
        ),
        Step(
            say("Set the forum's address: FORUM_BASE_URL in the environment"),
            say("Links in e-mails begin with it."),
            "",
            bool(settings.base_url),
        ),
    ]
