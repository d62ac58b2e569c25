"""What moderators see of a conversation: a reported message and a few around it. Looking is written to the log."""

from sqlalchemy import select

from forum import permissions
from forum.audit_log import record
from forum.conversations.queries import messages_between
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.models import ConversationMessage, Member, ReviewItem
from forum.models.moderation.report import MAX_SEEN_TEXT
from forum.moderation import reviews

AROUND = 5  # messages before and after the reported one


def read_reported(actor: Member, item: ReviewItem) -> list[ConversationMessage]:
    """The reported message of a case and those around it, for who may decide the case. Raises NotFound."""
    permissions.require(reviews.may_review(actor, item))
    at = select(ConversationMessage.conversation_id, ConversationMessage.position)
    found = session.execute(at.where(ConversationMessage.id == item.message_id)).one_or_none()
    if found is None:
        raise NotFound
    conversation_id, position = found
    record("read-reported", actor=actor, target=f"report:{item.id}", conversation=conversation_id)
    return messages_between(conversation_id, max(1, position - AROUND), position + AROUND)


def as_reported(message: ConversationMessage, seen_text: str) -> str | None:
    """What a message said when it was reported, as much as is kept; None if it has not been changed since."""
    return None if message.source[:MAX_SEEN_TEXT] == seen_text else seen_text
