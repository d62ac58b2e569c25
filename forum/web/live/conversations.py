"""Open conversations: their members are told that there are new messages, and fetch them; who left is told no more."""

from collections.abc import Collection

from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Conversation, ConversationMember
from forum.web.live.events import END, Told, event, mark_of
from forum.web.live.readers import Reader


def tell_conversations(readers: Collection[Reader]) -> Told:
    """Which conversations have new messages; one query for all."""
    theirs = [reader for reader in readers if reader.conversation_id and reader.view is not None]
    if not theirs:
        return []
    rows = (
        select(ConversationMember.conversation_id, ConversationMember.member_id, Conversation.last_position)
        .join(ConversationMember.conversation)
        .where(ConversationMember.left_at.is_(None))
        .where(in_list(Conversation.id, list({reader.conversation_id for reader in theirs})))
    )
    last = {(row.conversation_id, row.member_id): row.last_position for row in session.execute(rows)}
    told: Told = []
    for reader in theirs:
        position = last.get((reader.conversation_id, reader.member_id))
        if position is None:
            told.append((reader, END))
        elif position > reader.after:
            reader.after = position
            told.append((reader, event("stale", {"version": 0, "within": 0}, mark=mark_of(0, position))))
    return told
