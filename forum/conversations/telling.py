"""Tell members that somebody wrote to them: once for each conversation until they visit it."""

from collections.abc import Collection

from sqlalchemy import select, update

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Conversation, Member, Notification
from forum.notifications import bulk
from forum.notifications.actions import forget
from forum.notifications.choices import nearest_wanted
from forum.relations.queries import who_ignore

KIND = "message"


def tell(conversation: Conversation, author_id: int, member_ids: Collection[int]) -> None:
    """Tell members for whom a message is the first that they have not read, but for those who ignore its author."""
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
