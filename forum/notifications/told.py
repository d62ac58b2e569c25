"""What notifications say that staff caused, and where they lead; they name no moderator."""

from collections.abc import Mapping
from typing import NamedTuple

from forum.infra.text.messages import Message, say
from forum.models import Decision, Notification
from forum.notifications.kinds import kind_of


class Words(NamedTuple):
    """What is said of a decision, before the title of a thread if it has one, and without."""

    with_title: Message
    alone: Message


DECISIONS: Mapping[str, Words] = {  # by what was done
    "post-deleted": Words(say("A moderator deleted your post in"), say("A moderator deleted your post")),
    "thread-deleted": Words(say("A moderator deleted your thread"), say("A moderator deleted your thread")),
    "post-edited": Words(say("A moderator edited your post in"), say("A moderator edited your post")),
    "title-edited": Words(
        say("A moderator changed the title of your thread"), say("A moderator changed the title of your thread")
    ),
    "post-rejected": Words(
        say("A moderator did not approve your post in"), say("A moderator did not approve your post")
    ),
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
DECISION = "decision"  # the kind
ADDRESSES: Mapping[str, str] = {  # by the type of the subject
    "post": "/posts/{}",
    "conversation": "/conversations/{}",
    "decision": "/account/decisions/{}",
    "report": "/account/reports?about={0}#report-{0}",
}


def words_of(notification: Notification, *, has_title: bool) -> Message:
    """What is said of a decision; it ends before the title of a thread, if it has one."""
    kind = kind_of(notification.kind)
    words = DECISIONS.get(str(notification.details.get("decision"))) or Words(kind.words, kind.alone)
    return words.with_title if has_title else words.alone


def words_of_decision(decision: Decision, title: str) -> Message:
    """What was done; it ends before the title of a thread, if it is known."""
    words = DECISIONS[decision.kind]
    return words.with_title if title else words.alone


def address_of(notification: Notification) -> str | None:
    """Where a notification about a subject leads, if its type has a page."""
    subject_type, _, position = notification.subject_type.partition("-")
    if subject_type == "message" and position.isdigit():
        return f"/conversations/{notification.subject_id}/messages/{position}"
    pattern = ADDRESSES.get(notification.subject_type)
    return pattern.format(notification.subject_id) if pattern and notification.subject_id else None
