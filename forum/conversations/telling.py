"""Tell members that somebody wrote to them: once for each conversation until they visit it."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, select, update

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import (
    Conversation,
    ConversationMember,
    ConversationMessage,
    IgnoredMember,
    Member,
    Notification,
    Role,
)
from forum.notifications import bulk
from forum.notifications.actions import forget
from forum.notifications.choices import nearest_wanted
from forum.relations.queries import who_ignore

KIND = "message"


def whom_to_tell(conversation: Conversation, author_id: int) -> Sequence[int]:
    """Those for whom the last message is the first unread one that somebody wrote whom they do not ignore.

    Lines that tell of changes, and what the ignored wrote, are unread as well, but nobody was told of them.
    """
    mine, message = ConversationMember, ConversationMessage
    unread = (
        message.conversation_id == conversation.id,
        message.position > mine.read_position,
        message.position < conversation.last_position,
    )
    heard = (message.event == "", message.author_id != mine.member_id, ~_is_ignored())
    earlier = select(message.id).where(*unread, *heard).correlate(mine)
    present = (mine.conversation_id == conversation.id, mine.left_at.is_(None), mine.member_id != author_id)
    return session.scalars(select(mine.member_id).where(*present, ~earlier.exists())).all()


def _is_ignored() -> ColumnElement[bool]:
    """SQL condition over a message and a member of its conversation: they ignore its author; nobody ignores staff."""
    theirs = (
        IgnoredMember.member_id == ConversationMember.member_id,
        IgnoredMember.ignored_id == ConversationMessage.author_id,
        Member.role == Role.MEMBER,
    )
    ignoring = select(IgnoredMember.member_id).join(IgnoredMember.ignored).where(*theirs)
    return ignoring.correlate(ConversationMember, ConversationMessage).exists()


def tell(conversation: Conversation, author_id: int, member_ids: Collection[int]) -> None:
    """Tell members that somebody wrote, but for those who ignore the author."""
    others = set(member_ids) - who_ignore(author_id, member_ids)
    able = select(Member.id).where(in_list(Member.id, others), Member.password_hash.is_not(None))
    wanted = nearest_wanted(dict.fromkeys(session.scalars(able), (KIND,))) if others else {}
    if wanted:
        forget_for(conversation.id, wanted)
        bulk.add_about(
            KIND, wanted, subject=subject_of(conversation.id), actor_id=author_id, details={"title": conversation.title}
        )


def forget_for(conversation_id: int, member_ids: Collection[int]) -> None:
    """Delete what members were told of a conversation, because they read or left it, or are told of it again."""
    forget(Notification.is_about(subject_of(conversation_id)) & in_list(Notification.member_id, member_ids))


def rename(conversation: Conversation) -> None:
    """Let what members were told say the new title."""
    told = update(Notification).where(Notification.is_about(subject_of(conversation.id)))
    session.execute(told.values(details={"title": conversation.title}))


def subject_of(conversation_id: int) -> str:
    """The subject of notifications about a conversation."""
    return f"conversation:{conversation_id}"
