"""What alerts say that staff caused, and where they lead; they name no moderator."""

from collections.abc import Mapping
from typing import NamedTuple

from forum.infra.text.messages import Message, say
from forum.models import Decision, Notification


class Words(NamedTuple):
    """What an alert says, before the title of a thread if it has one, and without."""

    with_title: Message
    alone: Message


WORDS: Mapping[str, Words] = {
    "post-approved": Words(say("A moderator approved your post in"), say("A moderator approved your post")),
    "edit-approved": Words(
        say("A moderator approved your edit of a post in"), say("A moderator approved your edit of a post")
    ),
    "post-rejected": Words(
        say("A moderator did not approve your post in"), say("A moderator did not approve your post")
    ),
    "report-answered": Words(say("A moderator answered your report about"), say("A moderator answered your report")),
    "decision": Words(
        say("A moderator decided something about you in"), say("A moderator decided something about you")
    ),
    "appeal-answered": Words(say("Your appeal was answered, about"), say("Your appeal was answered")),
}
DECISIONS: Mapping[str, Words] = {  # by what was done
    "post-deleted": Words(say("A moderator deleted your post in"), say("A moderator deleted your post")),
    "thread-deleted": Words(say("A moderator deleted your thread"), say("A moderator deleted your thread")),
    "post-edited": Words(say("A moderator edited your post in"), say("A moderator edited your post")),
    "title-edited": Words(
        say("A moderator changed the title of your thread"), say("A moderator changed the title of your thread")
    ),
    "post-rejected": WORDS["post-rejected"],
    "edit-rejected": Words(
        say("A moderator did not approve your edit of a post in"),
        say("A moderator did not approve your edit of a post"),
    ),
    "warning": Words(say("A moderator warned you for your post in"), say("A moderator warned you")),
    "cleaned": Words(
        say("A moderator removed what you wrote as spam"), say("A moderator removed what you wrote as spam")
    ),
    "ban": Words(say("A moderator banned you"), say("A moderator banned you")),
    "hold": Words(
        say("All that you write waits for approval for now"),
        say("All that you write waits for approval for now"),
    ),
    "thread-ban": Words(say("A moderator banned you from the thread"), say("A moderator banned you from a thread")),
    "mute": Words(say("A moderator muted you"), say("A moderator muted you")),
}
OTHER = Words(say("A moderator wrote to you about"), say("A moderator wrote to you"))
ADDRESSES: Mapping[str, str] = {  # by the type of the subject
    "post": "/posts/{}",
    "decision": "/account/decisions/{}",
    "report": "/account/reports?about={0}#report-{0}",
}


def words_of(alert: Notification) -> Message:
    """What an alert without an actor says; it ends before the title of a thread, if it has one."""
    words = WORDS.get(alert.kind, OTHER)
    if alert.kind == "decision":
        words = DECISIONS.get(str(alert.details.get("decision")), words)
    return words.with_title if alert.details.get("title") else words.alone


def words_of_decision(decision: Decision, title: str) -> Message:
    """What was done; it ends before the title of a thread, if it is known."""
    words = DECISIONS[decision.kind]
    return words.with_title if title else words.alone


def address_of(alert: Notification) -> str | None:
    """Where an alert about a subject leads, if its type has a page."""
    kind, _, number = alert.subject.partition(":")
    pattern = ADDRESSES.get(kind)
    return pattern.format(number) if pattern and number.isdecimal() else None
