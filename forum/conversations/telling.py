"""Tell members that somebody wrote to them, once for each conversation until they visit it, or reacted to a message."""

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
    MessageReaction,
    Notification,
    Role,
)
from forum.models.notifications.notification import split_subject
from forum.notifications import actions, bulk
from forum.notifications.actions import forget
from forum.notifications.choices import nearest_wanted
from forum.notifications.kinds import MESSAGE_REACTION, subject_of_message
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


def tell_of_reaction(actor: Member, message: ConversationMessage) -> None:
    """Tell the author of a message, if they are still in its conversation and do not ignore the actor."""
    part = session.get(ConversationMember, (message.conversation_id, message.author_id))
    if part is None or part.left_at is not None or who_ignore(actor.id, [message.author_id]):
        return
    subject, title = subject_of_message(message.conversation_id, message.position), message.conversation.title
    kind = MESSAGE_REACTION.name
    actions.tell(message.author_id, kind, subject=subject, actor_id=actor.id, details={"title": title})


def withdraw_reaction(actor: Member, message: ConversationMessage) -> None:
    """Take back that somebody reacted to a message."""
    subject = subject_of_message(message.conversation_id, message.position)
    actions.withdraw(Notification.is_about(subject) & (Notification.actor_id == actor.id))


def forget_reactions(conversation_id: int, positions: Collection[int]) -> None:
    """Delete what members were told of reactions to messages that are deleted."""
    forget(_about_messages(conversation_id, positions))


def _about_messages(conversation_id: int, positions: Collection[int]) -> ColumnElement[bool]:
    subject_types = [split_subject(subject_of_message(conversation_id, each))[0] for each in positions]
    about = Notification.post_id.is_(None) & (Notification.subject_id == conversation_id)
    return about & in_list(Notification.subject_type, subject_types)


def forget_for(conversation_id: int, member_ids: Collection[int]) -> None:
    """Delete what members were told of a conversation, because they read or left it, or are told of it again."""
    forget(Notification.is_about(subject_of(conversation_id)) & in_list(Notification.member_id, member_ids))


def rename(conversation: Conversation) -> None:
    """Let what members were told say the new title."""
    reacted = select(ConversationMessage.position).join(MessageReaction).distinct()
    positions = session.scalars(reacted.where(ConversationMessage.conversation_id == conversation.id)).all()
    for about in (Notification.is_about(subject_of(conversation.id)), _about_messages(conversation.id, positions)):
        session.execute(update(Notification).where(about).values(details={"title": conversation.title}))


def subject_of(conversation_id: int) -> str:
    """The subject of notifications about a conversation."""
    return f"conversation:{conversation_id}"
