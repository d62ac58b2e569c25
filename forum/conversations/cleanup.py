"""Delete conversations that nobody is in any more, in slices."""

from sqlalchemy import delete, select

from forum.conversations import telling
from forum.infra.database.db import session
from forum.models import Conversation, ConversationMember, ConversationMessage, ReviewItem
from forum.notifications.actions import forget_subjects

SLICE_MESSAGES = 500


def next_empty() -> int | None:
    """The id of a conversation that nobody is in, and of which no reported message waits for moderators."""
    present = select(ConversationMember.member_id).where(
        ConversationMember.conversation_id == Conversation.id, ConversationMember.left_at.is_(None)
    )
    waiting = (
        select(ReviewItem.id)
        .join(ConversationMessage, ConversationMessage.id == ReviewItem.message_id)
        .where(ConversationMessage.conversation_id == Conversation.id, ReviewItem.decided_at.is_(None))
    )
    empty = select(Conversation.id).where(~present.exists(), ~waiting.exists())
    return session.scalar(empty.order_by(Conversation.id).limit(1))


def delete_slice(conversation_id: int) -> None:
    """Delete the next messages of a conversation, and with the last of them the conversation."""
    newest = (
        select(ConversationMessage.id, ConversationMessage.position)
        .where(ConversationMessage.conversation_id == conversation_id)
        .order_by(ConversationMessage.position.desc())
        .limit(SLICE_MESSAGES)
    )
    rows = session.execute(newest).all()
    ids = [row.id for row in rows]
    telling.forget_reactions(conversation_id, [row.position for row in rows])
    session.execute(delete(ConversationMessage).where(ConversationMessage.id.in_(ids)))
    if len(ids) < SLICE_MESSAGES:
        forget_subjects([telling.subject_of(conversation_id)])
        session.execute(delete(Conversation).where(Conversation.id == conversation_id))
