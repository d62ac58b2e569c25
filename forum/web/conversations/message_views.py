"""Messages as a conversation's page shows them, and quotes of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import request
from flask_babel import gettext as _

from forum.conversations import access, queries
from forum.infra.errors import NotFound
from forum.markup.quote_source import quote
from forum.models import Conversation, ConversationMessage, Member
from forum.relations.queries import ignored_by
from forum.web.fragments.post_views import MemberCard

MAX_QUOTES, POSITION_DIGITS = 10, 9


@dataclass(frozen=True)
class MessageView:
    """A message or an event with its author's card, and what the reader may do with it."""

    message: ConversationMessage
    author: MemberCard
    is_new: bool
    can_edit: bool
    can_report: bool
    is_ignored: bool  # by the reader: shown folded


def message_views(
    reader: Member, messages: Iterable[ConversationMessage], *, read_before: int | None = None
) -> list[MessageView]:
    """The messages of a page; those after `read_before` that others wrote are new."""
    ignored = ignored_by(reader)
    return [
        MessageView(
            message,
            MemberCard.of(message.author),
            is_new=read_before is not None and message.position > read_before and message.author_id != reader.id,
            can_edit=bool(access.may_edit(reader, message)),
            can_report=bool(access.may_report(reader, message)),
            is_ignored=message.author_id in ignored,
        )
        for message in messages
    ]


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
