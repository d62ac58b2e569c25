"""What the log keeps, in words: states and decisions, dates as the site writes them, boards by their titles."""

import re
from collections.abc import Mapping
from datetime import date as day
from datetime import datetime

from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.models import Member, Visibility
from forum.permissions import scope_of
from forum.site.queries import snapshot
from forum.web.template_globals import date, written_day

NO_TEXT = "–"
BOARDS = ("origin", "destination", "board", "board_id")  # what names a board by its id
MAY_BE_WORDS = ("act", "decision", "role", "state", "was", "now", "why", "rights", "approval", "audience", "style")
VISIBILITIES: Mapping[int, Message] = {
    Visibility.PUBLIC: say("public"),
    Visibility.HELD: say("waiting for approval"),
    Visibility.DELETED: say("deleted"),
    Visibility.REJECTED: say("not approved"),
}
WORDS: Mapping[str, Message] = {
    "public": VISIBILITIES[Visibility.PUBLIC],
    "held": VISIBILITIES[Visibility.HELD],
    "deleted": VISIBILITIES[Visibility.DELETED],
    "rejected": VISIBILITIES[Visibility.REJECTED],
    # acts on many
    "pin": say("pin"),
    "unpin": say("unpin"),
    "lock": say("lock"),
    "unlock": say("unlock"),
    "delete": say("delete"),
    "undelete": say("restore"),
    "move": say("move"),
    "delete-posts": say("delete posts"),
    "undelete-posts": say("restore posts"),
    "approve-posts": say("approve posts"),
    "spam-posts": say("remove posts as spam"),
    "undo": say("undo"),
    # decisions
    "approve": say("approved"),
    "reject": say("not approved"),
    "spam": say("spam"),
    "fine": say("no spam"),
    "upheld": say("the reports are right"),
    "dismissed": say("the reports are not right"),
    "uphold": say("the decision stays"),
    "reverse": say("the decision is reversed"),
    "closed": say("the account was closed"),
    # roles, and why somebody did not get in
    "member": say("member"),
    "moderator": say("moderator"),
    "admin": say("admin"),
    "banned": say("banned"),
}
_SLUG = re.compile(r"[a-z]+(?:[-_][a-z]+)*")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T[\d:.]+(?:\+00:00|Z)?")


def in_words(actor: Member | None, name: str, value: object) -> str:
    """A kept value in words; a board by its title, if the reader sees it."""
    if name in BOARDS and isinstance(value, int) and not isinstance(value, bool):
        return _board(actor, value)
    if name == "visibility" and isinstance(value, int) and value in VISIBILITIES:
        return translate(VISIBILITIES[value])
    if isinstance(value, list):
        return ", ".join(in_words(actor, name, each) for each in value) or NO_TEXT
    if isinstance(value, dict):
        told = (in_words(actor, key, each) for key, each in value.items() if each)
        return ", ".join(told) or translate(say("yes"))
    return _plain(name, value)


def _board(actor: Member | None, board_id: int) -> str:
    board = snapshot().tree.get(board_id)
    is_seen = board is not None and board_id in scope_of(actor).see
    return board.title if board is not None and is_seen else translate(say("another board"))


def _plain(name: str, value: object) -> str:
    if isinstance(value, bool):
        return translate(say("on") if value else say("off"))
    if value is None or value == "":
        return NO_TEXT
    text = str(value)
    if name in MAY_BE_WORDS and _SLUG.fullmatch(text):
        return translate(WORDS[text]) if text in WORDS else text.replace("-", " ").replace("_", " ")
    return _dated(text)


def _dated(text: str) -> str:
    """A day or moment as the site writes dates; any other text as it is."""
    try:
        if _DAY.fullmatch(text):
            return written_day(day.fromisoformat(text))
        return date(datetime.fromisoformat(text)) if _MOMENT.fullmatch(text) else text
    except ValueError:  # what somebody typed, such as 2027-99-99
        return text
