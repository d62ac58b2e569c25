"""Messages as a conversation's page shows them, and quotes of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from flask import request
from flask_babel import gettext as _

from forum.conversations import access, queries
from forum.infra.errors import NotFound
from forum.markup.quote_source import quote
from forum.models import Conversation, ConversationMessage, Member
from forum.reactions.queries import ReactionCount, Reactions, reactions_to_messages
from forum.relations.queries import ignored_by
from forum.site.queries import Kind
from forum.web.fragments.post_views import MemberCard, Reacted

MAX_QUOTES, POSITION_DIGITS = 10, 9


class MessagePermissions(NamedTuple):
    """What the reader may do with a message."""

    edit: bool
    report: bool
    react: bool


@dataclass(frozen=True)
class MessageView(Reacted):
    """A message or an event with its author's card, and what the reader may do with it."""

    message: ConversationMessage
    author: MemberCard
    is_new: bool
    can: MessagePermissions
    is_ignored: bool  # by the reader: shown folded
    reactions: tuple[ReactionCount, ...]
    mine: Kind | None

    @property
    def path(self) -> str:
        """The message's permalink."""
        return self.message.path


def message_views(
    reader: Member, messages: Iterable[ConversationMessage], *, read_before: int | None = None
) -> list[MessageView]:
    """The messages of a page, with one query for the reactions; those after `read_before` that others wrote are new."""
    ignored, messages = ignored_by(reader), list(messages)
    reactions = reactions_to_messages(messages, reader)
    return [
        MessageView(
            message,
            MemberCard.of(message.author),
            is_new=read_before is not None and message.position > read_before and message.author_id != reader.id,
            can=_can(reader, message),
            is_ignored=message.author_id in ignored,
            reactions=found.counts,
            mine=found.mine,
        )
        for message in messages
        for found in [reactions.get(message.id, Reactions())]
    ]


def _can(reader: Member, message: ConversationMessage) -> MessagePermissions:
    return MessagePermissions(
        edit=bool(access.may_edit(reader, message)),
        report=bool(access.may_report(reader, message)),
        react=bool(access.may_react(reader, message)),
    )


def quoted_draft(actor: Member, conversation: Conversation, draft: str) -> str:
    """The draft, followed by quotes of the messages whose positions are in the query string."""
    wanted = request.args.get("quote", "").split(",")[:MAX_QUOTES]
    quotes = [text for position in wanted if (text := _quotation(actor, conversation, position))]
    fresh = [text for text in quotes if text.strip() not in draft]
    return "\n\n".join([*([draft.rstrip()] if draft.strip() else []), *fresh]) + ("\n\n" if fresh else "")


def _quotation(actor: Member, conversation: Conversation, position: str) -> str:
    if not (position.isascii() and position.isdigit() and len(position) <= POSITION_DIGITS):
        return ""
    try:
        message = queries.find_message(actor, conversation.id, int(position))
    except NotFound:
        return ""
    if message.event:
        return ""
    return quote(message.author.username, message.path, message.source, attribution=_("%(name)s said:"))
