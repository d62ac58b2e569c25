"""The settings of private conversations: how large they are, and how many somebody starts."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class ConversationSettings:
    """Limits against mass mailing; those of a day have a second one, for new members, of which 0 allows none."""

    conversation_members: int = 20  # who are in a conversation at once
    conversations_per_day: int = 20  # that a member starts
    conversations_per_day_new: int = 3
    recipients_per_day: int = 60  # whom a member writes to first, or invites
    recipients_per_day_new: int = 5


CONVERSATION_SETTINGS = tuple(each.name for each in fields(ConversationSettings))
