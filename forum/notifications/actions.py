"""Tell members of something, once, and take it back when its cause goes."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, select, update
from sqlalchemy.orm import load_only

from forum import permissions
from forum.infra import clock
from forum.infra.database.core_statements import RowUpdate, insert_into
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Member, Notification, Post, ThreadWatch, WatchLevel
from forum.models.notifications.notification import split_subject
from forum.notifications.choices import nearest_wanted
from forum.notifications.kinds import NEAREST_FIRST, group_key, subject_of_post
from forum.notifications.mail_queue import queue_mails
from forum.notifications.push_queue import queue_pushes
from forum.relations.queries import ignore_author

MAX_RECIPIENTS = 50  # members whom one post mentions, and as many whom it quotes
_add_unseen = RowUpdate(Member, unseen_notifications=Member.__table__.c.unseen_notifications + bindparam("number"))
Causes = Mapping[int, Sequence[str]]  # by member, the kinds for which they may be told, the nearest first


def notify_of_post(post: Post, *, mentions: Iterable[int], quoted: Iterable[int]) -> None:
    """Tell the members whom a new post mentions or quotes, and the thread's starter, each once."""
    found: dict[int, set[str]] = {}
    for member_id in list(mentions)[:MAX_RECIPIENTS]:
        found.setdefault(member_id, set()).add("mention")
    for author_id in _authors_of(quoted):
        found.setdefault(author_id, set()).add("quote")
    if post.position > 1:
        found.setdefault(post.thread.starter_id, set()).add("reply")
    _notify(post, post.author_id, {member: sorted(kinds, key=NEAREST_FIRST.index) for member, kinds in found.items()})


def notify_of_edit(post: Post, *, mentions: Iterable[int]) -> None:
    """Tell the members whom an edited post mentions, unless they were told of the post already."""
    _notify(post, post.author_id, dict.fromkeys(list(mentions)[:MAX_RECIPIENTS], ("mention",)))


def notify_of_reaction(actor: Member, post: Post) -> None:
    """Tell the author of a post that somebody reacted."""
    _notify(post, actor.id, {post.author_id: ("reaction",)})


def tell(
    member_id: int,
    kind: str,
    *,
    subject: str,
    actor_id: int | None = None,
    post: Post | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Tell a member what happened to something of theirs; of a subject such as "decision:12" once per kind.

    With a post it is shown while they see that. `details` may have the `title` of a thread and a `reason`. Those who
    cannot log in are told nothing.
    """
    can_log_in = select(Member.id).where(Member.id == member_id, Member.password_hash.is_not(None))
    if session.scalar(can_log_in) is None or not nearest_wanted({member_id: (kind,)}):
        return
    told = {"kind": kind, "actor_id": actor_id, "details": dict(details or {}), "post_id": post.id if post else None}
    queue_mails([_add({"member_id": member_id, **told, **about(kind, subject)})])


def withdraw_reaction(actor: Member, post: Post) -> None:
    """Take back that somebody reacted; it returns, seen or not, if they react again."""
    withdraw(
        (Notification.kind == "reaction") & (Notification.post_id == post.id) & (Notification.actor_id == actor.id)
    )


def withdraw(which: ColumnElement[bool]) -> None:
    """Take notifications back whose cause is gone but may return; `which` is a condition over Notification."""
    active = update(Notification).where(which, Notification.withdrawn_at.is_(None)).values(withdrawn_at=clock.now())
    returned = active.returning(Notification.member_id, Notification.seen_at)
    rows = session.execute(returned, execution_options={"synchronize_session": False}).all()
    _count_less(member_id for member_id, seen_at in rows if seen_at is None)


def forget(which: ColumnElement[bool]) -> None:
    """Delete notifications whose posts or actors are removed; `which` is a condition over Notification."""
    columns = (Notification.member_id, Notification.seen_at, Notification.withdrawn_at)
    rows = session.execute(delete(Notification).where(which).returning(*columns)).all()
    _count_less(member_id for member_id, seen_at, withdrawn_at in rows if seen_at is None and withdrawn_at is None)


def forget_subjects(subjects: Iterable[str]) -> None:
    """Delete what members were told of things that are removed, such as "post:7": another may get the number."""
    ids_by_type: dict[str, list[int]] = {}
    for subject_type, subject_id in map(split_subject, subjects):
        ids_by_type.setdefault(subject_type, []).append(subject_id)
    for subject_type, ids in ids_by_type.items():
        is_told = Notification.post_id.is_(None) & (Notification.subject_type == subject_type)
        forget(is_told & in_list(Notification.subject_id, ids))


def _count_less(members: Iterable[int]) -> None:
    unseen = Counter(members)
    for member_id in sorted(unseen):
        _add_unseen(member_id, number=-unseen[member_id])


def _authors_of(post_ids: Iterable[int]) -> list[int]:
    wanted = list(post_ids)[:MAX_RECIPIENTS]
    return list(session.scalars(select(Post.author_id).where(Post.id.in_(wanted)).distinct())) if wanted else []


_READERS = (
    select(Member, ThreadWatch.level)
    .outerjoin(ThreadWatch, and_(ThreadWatch.member_id == Member.id, ThreadWatch.thread_id == bindparam("thread")))
    .where(Member.id.in_(bindparam("wanted", expanding=True)), ~ignore_author(bindparam("actor")))
    .order_by(Member.id)
    .options(load_only(*Member.card(), Member.password_hash, Member.is_banned, Member.joined_groups))
)


def _readers(post: Post, actor_id: int, causes: Causes) -> dict[int, str]:
    """The kind that each recipient is told, of the causes they have: all whom a post concerns pass here.

    Without the actor, those who ignore them, may not see the post or have muted its thread, and those who do not want
    to be told; ordered by id, to prevent deadlocks.
    """
    wanted = [member_id for member_id in causes if member_id != actor_id]
    if not wanted:
        return {}
    found = session.execute(_READERS, {"wanted": wanted, "thread": post.thread_id, "actor": actor_id}).all()
    able = [row for row in found if row[0].password_hash and permissions.may_see_post(row[0], post)]
    return nearest_wanted({member.id: _left_by(level, causes[member.id]) for member, level in able})


def _left_by(level: str | None, kinds: Sequence[str]) -> Sequence[str]:
    """The kinds of which a member is told whatever they chose for a thread: none if they muted it."""
    if level == WatchLevel.MUTED:
        return ()
    return [kind for kind in kinds if kind != "reply"] if level == WatchLevel.OFF else kinds


def _notify(post: Post, actor_id: int, causes: Causes) -> None:
    told = _readers(post, actor_id, causes).items()
    queue_mails([_add({"member_id": member_id, **values_for(kind, post, actor_id)}) for member_id, kind in told])


def values_for(kind: str, post: Post, actor_id: int) -> dict[str, Any]:
    """The columns of a notification about a post but for its member."""
    subject = subject_of_post(kind, post.id)
    return {"kind": kind, "post_id": post.id, "actor_id": actor_id, **about(kind, subject)}


def about(kind: str, subject: str) -> dict[str, Any]:
    """The columns that say what a notification is about, and with which others it is grouped."""
    subject_type, subject_id = split_subject(subject)
    return {"subject_type": subject_type, "subject_id": subject_id, "group_key": group_key(kind, subject)}


def _add(values: dict[str, Any]) -> int | None:
    """Add a notification and count it; its id. What was withdrawn returns; who was told already, is not told again."""
    row = {**values, "created_at": clock.now()}
    added = insert_into(Notification).values(**row).on_conflict_do_nothing().returning(Notification.id)
    added_id = session.scalar(added)
    if added_id is not None:
        queue_pushes(values["kind"], [added_id])
    unseen = added_id or _restore(values)
    if unseen is not None:
        _add_unseen(values["member_id"], number=1)
    return unseen


def _restore(values: Mapping[str, Any]) -> int | None:
    """Bring back what was withdrawn, if it is that; its id if it counts as unseen."""
    key = ("member_id", "subject_type", "subject_id", "actor_id" if values.get("actor_id") else "kind")
    same = [getattr(Notification, name) == values[name] for name in key]
    back = {"withdrawn_at": None, "kind": values["kind"], "group_key": values["group_key"]}
    back |= {"details": values["details"]} if values.get("details") else {}
    withdrawn = update(Notification).where(*same, Notification.withdrawn_at.is_not(None)).values(back)
    restored = withdrawn.returning(Notification.id, Notification.seen_at)
    row = session.execute(restored, execution_options={"synchronize_session": False}).first()
    return row.id if row is not None and row.seen_at is None else None
