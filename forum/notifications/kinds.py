"""Every kind of notification: its words, icon, grouping, and by which channels members get it unless they choose.

A kind is an entry here and the action that tells it; the list, the panel, the API, the page of choices and the settings
follow. Sentences end before the title of a thread or board; `%(name)s` is the newest of those who did it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from forum.infra.text.messages import Message, say, say_many
from forum.models import Channel


class GroupBy(StrEnum):
    """What unseen notifications of a kind must have in common to be shown as one."""

    SUBJECT = "subject"
    THREAD = "thread"
    BOARD = "board"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notification. `alone` is said where no title is known, `many` of several together."""

    name: str
    label: Message  # on the page of choices
    words: Message
    alone: Message
    many: Message | None = None
    icon: str = "bell"
    group_by: GroupBy = GroupBy.SUBJECT
    channels: frozenset[Channel] = frozenset({Channel.SITE})
    is_optional: bool = True
    subject_type: str = "post"  # of what somebody did
    is_for_staff: bool = False

    def leaves_choice(self, channel: Channel) -> bool:
        """Whether members choose if they are told by a channel: what matters is always told on the site."""
        return self.is_optional or channel is not Channel.SITE


_AT_ONCE = frozenset({Channel.SITE, Channel.PUSH})  # of what is about the member themselves
_BY_STAFF = say("A moderator wrote to you about"), say("A moderator wrote to you")
MESSAGE = Kind(
    "message",
    say("Somebody writes to you in a conversation"),
    say("%(name)s wrote to you in"),
    say("%(name)s wrote to you"),
    say_many("%(name)s and %(num)d other wrote to you in", "%(name)s and %(num)d others wrote to you in", 0),
    icon="mail",
    channels=_AT_ONCE,
    subject_type="conversation",
)
_OF_POSTS = (  # nearest cause first: of several that a post has, a member is told the first that they want
    Kind(
        "quote",
        say("Somebody quotes you"),
        say("%(name)s quoted you in"),
        say("%(name)s quoted you"),
        icon="quote",
        channels=_AT_ONCE,
    ),
    Kind(
        "mention",
        say("Somebody mentions you"),
        say("%(name)s mentioned you in"),
        say("%(name)s mentioned you"),
        channels=_AT_ONCE,
    ),
    Kind(
        "reply",
        say("Replies in threads that you started"),
        say("%(name)s replied to"),
        say("%(name)s replied to you"),
        say_many("%(num)d new reply to", "%(num)d new replies to", 0),
        icon="reply",
        group_by=GroupBy.THREAD,
        channels=_AT_ONCE,
    ),
    Kind(
        "watched_thread",
        say("Replies in threads that you watch"),
        say("%(name)s replied in"),
        say("%(name)s replied in a thread that you watch"),
        say_many("%(num)d new reply in", "%(num)d new replies in", 0),
        icon="reply",
        group_by=GroupBy.THREAD,
    ),
    Kind(
        "watched_board",
        say("New threads in boards that you watch"),
        say("%(name)s posted the thread"),
        say("%(name)s posted a thread in a board that you watch"),
        say_many("%(num)d new thread in", "%(num)d new threads in", 0),
        group_by=GroupBy.BOARD,
    ),
    Kind(
        "followed_member",
        say("New threads of members you follow"),
        say("%(name)s, whom you follow, posted the thread"),
        say("%(name)s, whom you follow, posted a thread"),
    ),
    Kind(
        "reaction",
        say("Reactions to your posts"),
        say("%(name)s reacted to your post in"),
        say("%(name)s reacted to your post"),
        say_many(
            "%(name)s and %(num)d other reacted to your post in",
            "%(name)s and %(num)d others reacted to your post in",
            0,
        ),
        icon="react",
        subject_type="reaction",
    ),
)
MESSAGE_REACTION = Kind(
    "message_reaction",
    say("Reactions to your messages in conversations"),
    say("%(name)s reacted to your message in"),
    say("%(name)s reacted to your message"),
    say_many(
        "%(name)s and %(num)d other reacted to your message in",
        "%(name)s and %(num)d others reacted to your message in",
        0,
    ),
    icon="react",
    subject_type="message",
)
_OF_STAFF = (
    Kind(
        "post-approved",
        say("A moderator approves your post"),
        say("A moderator approved your post in"),
        say("A moderator approved your post"),
        channels=_AT_ONCE,
    ),
    Kind(
        "edit-approved",
        say("A moderator approves your edit"),
        say("A moderator approved your edit of a post in"),
        say("A moderator approved your edit of a post"),
        channels=_AT_ONCE,
    ),
    Kind(
        "post-rejected",
        say("A moderator does not approve your post"),
        say("A moderator did not approve your post in"),
        say("A moderator did not approve your post"),
        is_optional=False,
        channels=_AT_ONCE,
    ),
    Kind(
        "report-answered",
        say("A moderator decides about your report"),
        say("A moderator answered your report about"),
        say("A moderator answered your report"),
        channels=_AT_ONCE,
    ),
    Kind(
        "decision",
        say("Warnings and other decisions of moderators about you and your posts"),
        say("A moderator decided something about you in"),
        say("A moderator decided something about you"),
        is_optional=False,
        channels=_AT_ONCE,
    ),
    Kind(
        "appeal-answered",
        say("Your appeal is answered"),
        say("Your appeal was answered, about"),
        say("Your appeal was answered"),
        is_optional=False,
        channels=_AT_ONCE,
    ),
    Kind(
        "title",
        say("You reach a new title"),
        say("Your posts have earned you the title"),
        say("Your posts have earned you a new title"),
    ),
)
_TO_STAFF = (
    Kind(
        "reports",
        say("Members report something that you may decide about"),
        say("Reports wait for a decision"),
        say("Reports wait for a decision"),
        is_for_staff=True,
    ),
    Kind(
        "queue",
        say("Something waits for your approval"),
        say("Posts or members wait for approval"),
        say("Posts or members wait for approval"),
        is_for_staff=True,
    ),
)
KINDS: Mapping[str, Kind] = {
    kind.name: kind for kind in (MESSAGE, *_OF_POSTS, MESSAGE_REACTION, *_OF_STAFF, *_TO_STAFF)
}
NEAREST_FIRST = tuple(KINDS)  # the order of causes
UNKNOWN = Kind("", say("Other"), *_BY_STAFF)  # of a newer version, or of one that told what this one does not
OF_CONVERSATIONS = (MESSAGE.name, MESSAGE_REACTION.name)  # the number of their subject is that of the conversation
BY_BOARD = tuple(kind.name for kind in KINDS.values() if kind.group_by is GroupBy.BOARD)
UNTIL_VISIT = ("reply", "watched_thread", "watched_board")  # those that stand for further replies in a thread
OPTIONAL = tuple(kind for kind in KINDS.values() if kind.is_optional)


def kind_of(name: str) -> Kind:
    """The kind with a name."""
    return KINDS.get(name, UNKNOWN)


def subject_of_post(kind: str, post_id: int) -> str:
    """The subject of a notification about a post, such as "reaction:7"."""
    return f"{kind_of(kind).subject_type}:{post_id}"


def subject_of_message(conversation_id: int, position: int) -> str:
    """The subject of a notification about a message: by its position, which an archive keeps, unlike its id."""
    return f"message-{position}:{conversation_id}"


def group_key(kind: str, subject: str) -> str:
    """What unseen notifications that are shown together have in common.

    Threads and boards do not belong to it, as posts are moved: the list groups by where they are.
    """
    return f"{kind}:{subject}" if kind_of(kind).group_by is GroupBy.SUBJECT else kind
