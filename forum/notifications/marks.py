"""Mark notifications as seen, when the list is opened, and as read, when what they are about is visited."""

from collections.abc import Collection

from sqlalchemy import Update, and_, func, or_, select, update
from sqlalchemy.orm.attributes import set_committed_value

from forum.infra import clock
from forum.infra.database.core_statements import expire
from forum.infra.database.db import best_effort_write, session
from forum.models import Member, Notification, Post, Thread
from forum.models.notifications.notification import split_subject
from forum.notifications.kinds import MESSAGE_REACTION, UNTIL_VISIT, subject_of_message


def mark_all_seen(actor: Member, *, upto: int | None = None) -> None:
    """Mark all notifications as seen, not read, or those up to the newest that was shown."""
    unseen = update(Notification).where(Notification.member_id == actor.id, Notification.read_at.is_(None))
    unseen = unseen.where(Notification.seen_at.is_(None))
    shown = unseen if upto is None else unseen.where(Notification.id <= upto)
    _apply(actor, shown.values(seen_at=clock.now()))


def mark_shown(actor: Member, upto: int) -> None:
    """Mark what a page shows as seen; for the rest of this request nothing is unseen, even if its snapshot is older."""
    mark_all_seen(actor, upto=upto)
    set_committed_value(actor, "unseen_notifications", 0)


def mark_all_read(actor: Member) -> None:
    """Mark all notifications of the member as read."""
    _apply(actor, _read(_unread_of(actor)))


def mark_read(actor: Member, thread: Thread, first: int, last: int) -> None:
    """Mark the notifications about posts at some positions of a thread as read, and what it tells of earlier replies.

    A member who goes to the last page has visited the thread: they are told of the next reply again.
    """
    in_thread = (Post.id == Notification.post_id, Post.thread_id == thread.id)
    is_visited = or_(
        Post.position.between(first, last), and_(Post.position < first, Notification.kind.in_(UNTIL_VISIT))
    )
    visited = select(Post.id).where(*in_thread, is_visited).correlate(Notification).exists()
    _apply(actor, _read(_unread_of(actor).where(visited)))


def mark_subject_read(actor: Member, subject: str) -> None:
    """Mark what the member was told of a subject as read, when they visit its page."""
    _apply(actor, _read(_unread_of(actor).where(Notification.is_about(subject))))


def mark_reactions_read(actor: Member, conversation_id: int, positions: Collection[int] | None = None) -> None:
    """Mark what the member was told of reactions to messages of a conversation as read; nothing is written if all is.

    Without positions, of the whole conversation.
    """
    about = [Notification.kind == MESSAGE_REACTION.name, Notification.subject_id == conversation_id]
    if positions is not None:
        subjects = [split_subject(subject_of_message(conversation_id, each))[0] for each in positions]
        about.append(Notification.subject_type.in_(subjects))
    unread = (Notification.member_id == actor.id, Notification.read_at.is_(None))
    if session.scalar(select(Notification.id).where(*unread, *about).limit(1)) is not None:
        _apply(actor, _read(_unread_of(actor).where(*about)))


def mark_these_read(actor: Member, ids: list[int]) -> None:
    """Mark some notifications of the member as read."""
    _apply(actor, _read(_unread_of(actor).where(Notification.id.in_(ids))))


def _unread_of(actor: Member) -> Update:
    return update(Notification).where(Notification.member_id == actor.id, Notification.read_at.is_(None))


def _read(chosen: Update) -> Update:
    now = clock.now()
    return chosen.values(read_at=now, seen_at=func.coalesce(Notification.seen_at, now))


def _apply(actor: Member, marking: Update) -> None:
    """Mark notifications and recount the unseen ones; best effort, dropped if the database is busy.

    The member is locked after the rows, as by those who tell them something, and counted by a statement that sees all
    that they have told.
    """
    locked = select(Member.id).where(Member.id == actor.id).with_for_update(key_share=True)
    unseen = select(func.count()).where(Notification.member_id == actor.id, Notification.is_unseen())
    counting = update(Member).where(Member.id == actor.id).values(unseen_notifications=unseen.scalar_subquery())
    best_effort_write(marking, locked, counting)
    expire(Member, actor.id, "unseen_notifications")
