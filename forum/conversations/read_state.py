"""How far members have read, and in how many of their conversations something is unread.

A conversation is unread for a member who is in it and has not read it up to its last position. All that changes this
holds the lock of the conversation; members' rows are locked after it, by their ids.
"""

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm.attributes import set_committed_value

from forum.conversations import telling
from forum.infra.database.core_statements import expire
from forum.infra.database.db import best_effort_write, on_sqlite, session
from forum.models import Conversation, ConversationMember, ConversationMessage, Member
from forum.notifications import marks


def lock_members(ids: Collection[int]) -> None:
    """Lock members' rows until the transaction ends, always by their ids; SQLite has one writer anyway."""
    if not on_sqlite():
        rows = select(Member.id).where(Member.id.in_(ids)).order_by(Member.id)
        session.execute(rows.with_for_update(key_share=True)).all()


def count_unread(ids: Collection[int], number: int) -> None:
    """Change in how many conversations something is unread for some members, whose rows are locked."""
    if ids:
        changed = update(Member).where(Member.id.in_(ids))
        changed = changed.values(unread_conversations=Member.unread_conversations + number)
        session.execute(changed, execution_options={"synchronize_session": False})
        for member_id in ids:
            expire(Member, member_id, "unread_conversations")


def note_new(conversation: Conversation, author_id: int) -> None:
    """Count the message that was just added at the last position; for its author it is read if all before it was."""
    before = conversation.last_position - 1
    had_read = (
        ConversationMember.conversation_id == conversation.id,
        ConversationMember.left_at.is_(None),
        ConversationMember.read_position >= before,
    )
    theirs = select(ConversationMember.member_id).where(*had_read, ConversationMember.member_id != author_id)
    count_unread(list(session.scalars(theirs)), 1)
    own = update(ConversationMember).where(*had_read, ConversationMember.member_id == author_id)
    session.execute(own.values(read_position=conversation.last_position))


def mark_read(actor: Member, conversation: Conversation, position: int) -> None:
    """Mark a conversation as read up to a position; a mark never moves back. Dropped if the database is busy."""
    mine = (
        ConversationMember.conversation_id == conversation.id,
        ConversationMember.member_id == actor.id,
        ConversationMember.left_at.is_(None),
    )
    further = update(ConversationMember).where(*mine, ConversationMember.read_position < position)
    locking = select(Conversation.id).where(Conversation.id == conversation.id).with_for_update(key_share=True)
    one_less = update(Member).where(Member.id == actor.id, _becomes_read(mine, position))
    best_effort_write(
        *(() if on_sqlite() else (locking,)),
        one_less.values(unread_conversations=Member.unread_conversations - 1),
        further.values(read_position=position),
    )
    marks.mark_subject_read(actor, telling.subject_of(conversation.id))
    if position >= conversation.last_position:  # the page says so already
        set_committed_value(actor, "unread_conversations", max(0, actor.unread_conversations - 1))


def _becomes_read(mine: tuple[ColumnElement[bool], ...], position: int) -> ColumnElement[bool]:
    unread = (
        ConversationMember.read_position < Conversation.last_position,
        Conversation.last_position <= position,
        Conversation.id == ConversationMember.conversation_id,
    )
    return exists().where(*mine, *unread)


def mark_reactions_read(actor: Member, messages: Iterable[ConversationMessage]) -> None:
    """Mark what the member was told of reactions to their messages on a page as read; best effort."""
    own = [message for message in messages if message.author_id == actor.id]
    if own:
        marks.mark_reactions_read(actor, own[0].conversation_id, [message.position for message in own])


def set_read(mine: ConversationMember, conversation: Conversation, position: int) -> None:
    """Set how far a member has read, in a locked conversation that they are in."""
    was_unread, is_unread = mine.read_position < conversation.last_position, position < conversation.last_position
    mine.read_position = position
    if was_unread != is_unread:
        lock_members([mine.member_id])
        count_unread([mine.member_id], 1 if is_unread else -1)
    if was_unread and not is_unread:
        telling.forget_for(conversation.id, [mine.member_id])
    session.flush()
