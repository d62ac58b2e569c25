"""Create alerts and mark them as seen or read."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, delete, func, literal_column, select, update
from sqlalchemy.orm import load_only
from sqlalchemy.orm.attributes import set_committed_value

from forum import permissions
from forum.infra import clock
from forum.infra.database.core_statements import RowUpdate, expire, insert_into
from forum.infra.database.db import best_effort_write, session
from forum.infra.database.in_list import in_list
from forum.models import Member, Notification, Post, Thread
from forum.relations.queries import ignore_author, ignores

MAX_RECIPIENTS = 50  # members alerted by one post
_add_alerts = RowUpdate(Member, unread_alerts=Member.__table__.c.unread_alerts + bindparam("number"))


def alert_for_post(post: Post, *, mentions: Iterable[int], quoted: Iterable[int]) -> None:
    """Alert the members whom a new post mentions or quotes, and the thread's starter, each once."""
    kinds_by_member: dict[int, str] = dict.fromkeys(list(mentions)[:MAX_RECIPIENTS], "mention")
    for author_id in _authors_of(quoted):
        kinds_by_member.setdefault(author_id, "quote")
    if post.position > 1:
        kinds_by_member.setdefault(post.thread.starter_id, "reply")
    for member in _readers(post, kinds_by_member):
        _alert(member.id, kinds_by_member[member.id], post, post.author_id)


def alert_for_edit(post: Post, *, mentions: Iterable[int]) -> None:
    """Alert the members whom an edited post mentions, unless they already have an alert about the post."""
    wanted = dict.fromkeys(list(mentions)[:MAX_RECIPIENTS], "mention")
    before = set(session.scalars(select(Notification.member_id).where(Notification.post_id == post.id)))
    for member in _readers(post, wanted):
        if member.id not in before:
            _alert(member.id, "mention", post, post.author_id)


def alert_for_reaction(actor: Member, post: Post) -> None:
    """Alert the author of a post that somebody reacted whom they do not ignore."""
    if not ignores(post.author_id, actor.id):
        _alert(post.author_id, "reaction", post, actor.id)


def tell(
    member_id: int,
    kind: str,
    *,
    subject: str = "",
    actor_id: int | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Tell a member what happened to something of theirs; of a subject such as "decision:12" once per kind.

    `details` may have the `title` of a thread and a `reason`. Those who cannot log in are told nothing.
    """
    can_log_in = select(Member.id).where(Member.id == member_id, Member.password_hash.is_not(None))
    if session.scalar(can_log_in) is not None:
        about = {"kind": kind, "subject": subject, "actor_id": actor_id, "details": dict(details or {})}
        _add({"member_id": member_id, "created_at": clock.now(), **about})


def forget_reaction(actor: Member, post: Post) -> None:
    """Delete the alert about a reaction that was withdrawn."""
    own = (Notification.kind == "reaction", Notification.post_id == post.id, Notification.actor_id == actor.id)
    deleted = session.execute(
        delete(Notification).where(*own).returning(Notification.member_id, Notification.seen_at)
    ).all()
    for member_id, seen_at in deleted:
        if seen_at is None:
            _add_alerts(member_id, number=-1)


def forget(which: ColumnElement[bool]) -> None:
    """Delete alerts whose posts or actors are removed; `which` is a condition over Notification."""
    deleted = session.execute(delete(Notification).where(which).returning(Notification.member_id, Notification.seen_at))
    unseen = Counter(member_id for member_id, seen_at in deleted.all() if seen_at is None)
    for member_id in sorted(unseen):
        _add_alerts(member_id, number=-unseen[member_id])


def forget_subjects(subjects: Iterable[str]) -> None:
    """Delete what members were told of things that are removed, such as "post:7": another may get the number."""
    is_told = Notification.subject != literal_column("''")  # a literal, so that SQLite uses the index
    forget(is_told & in_list(Notification.subject, subjects))


def mark_all_read(actor: Member) -> None:
    """Mark all alerts of the member as read."""
    unread = update(Notification).where(Notification.member_id == actor.id, Notification.read_at.is_(None))
    _apply_marking(actor, _read(unread))


def mark_all_seen(actor: Member) -> None:
    """Mark all alerts as seen, not read, when their list is opened."""
    unseen = update(Notification).where(Notification.member_id == actor.id, Notification.seen_at.is_(None))
    _apply_marking(actor, unseen.values(seen_at=clock.now()))
    set_committed_value(actor, "unread_alerts", 0)  # even if this transaction's snapshot is older


def mark_read(actor: Member, thread: Thread, first: int, last: int) -> None:
    """Mark the alerts about posts at some positions of a thread as read."""
    visited = select(Post.id).where(Post.thread_id == thread.id, Post.position.between(first, last))
    unread = (Notification.member_id == actor.id, Notification.read_at.is_(None), Notification.post_id.in_(visited))
    _apply_marking(actor, _read(update(Notification).where(*unread)))


def mark_subject_read(actor: Member, subject: str) -> None:
    """Mark what the member was told of a subject as read, when they visit its page."""
    unread = (Notification.member_id == actor.id, Notification.read_at.is_(None), Notification.subject == subject)
    _apply_marking(actor, _read(update(Notification).where(*unread)))


def _read(chosen: Update) -> Update:
    now = clock.now()
    return chosen.values(read_at=now, seen_at=func.coalesce(Notification.seen_at, now))


def _apply_marking(actor: Member, marking: Update) -> None:
    """Mark alerts and recount the unseen ones; best effort, dropped if the database is busy."""
    unseen = select(func.count()).where(Notification.member_id == actor.id, Notification.seen_at.is_(None))
    counting = update(Member).where(Member.id == actor.id).values(unread_alerts=unseen.scalar_subquery())
    best_effort_write(marking, counting)
    expire(Member, actor.id, "unread_alerts")


def _authors_of(post_ids: Iterable[int]) -> list[int]:
    wanted = list(post_ids)[:MAX_RECIPIENTS]
    return list(session.scalars(select(Post.author_id).where(Post.id.in_(wanted)).distinct())) if wanted else []


_READERS = (
    select(Member)
    .where(Member.id.in_(bindparam("wanted", expanding=True)), ~ignore_author(bindparam("author")))
    .order_by(Member.id)
    .options(load_only(*Member.card(), Member.password_hash, Member.is_banned, Member.joined_groups))
)


def _readers(post: Post, kinds_by_member: dict[int, str]) -> list[Member]:
    """The recipients who may see the post and do not ignore its author, in a fixed order to prevent deadlocks."""
    wanted = [member_id for member_id in kinds_by_member if member_id != post.author_id]
    if not wanted:
        return []
    members = session.scalars(_READERS, {"wanted": wanted, "author": post.author_id})
    return [member for member in members if permissions.may_see_post(member, post) and member.password_hash]


def _alert(member_id: int, kind: str, post: Post, actor_id: int) -> None:
    _add({"member_id": member_id, "kind": kind, "post_id": post.id, "actor_id": actor_id, "created_at": clock.now()})


def _add(values: dict[str, Any]) -> None:
    """Add an alert and count it, unless the member has it already."""
    member_id: int = values["member_id"]
    statement = insert_into(Notification).values(**values).on_conflict_do_nothing().returning(Notification.id)
    if session.execute(statement).first() is not None:
        _add_alerts(member_id, number=1)
