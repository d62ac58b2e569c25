"""Tell many members of one post, for those who watch a thread or a board."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import literal, select, update

from forum.infra import clock
from forum.infra.database.core_statements import insert_into, table_of
from forum.infra.database.db import on_sqlite, session
from forum.infra.database.in_list import in_list
from forum.models import Member, Notification, Post
from forum.notifications.actions import about, values_for
from forum.notifications.mail_queue import queue_mails
from forum.notifications.push_queue import queue_pushes

KINDS = ("watched_thread", "watched_board")
FURTHER = "further"  # in the details: of how many later posts a notification tells, too


def add_many(kind: str, post: Post, member_ids: Sequence[int], *, mailed: Collection[int] = ()) -> None:
    """Tell members of a post in a thread that they watch, or in a board; those in `mailed` by mail, too.

    Until they visit the thread, they have one notification of it, of the first post that they have not read, and
    further posts are only counted. Who was told of the post already is not told again.
    """
    if not member_ids:
        return
    lock_members(member_ids)
    values = values_for(kind, post, post.author_id)
    counted = _count_further(post, member_ids)
    others = [member_id for member_id in member_ids if member_id not in counted]
    unseen = _restored(values, others) | _added(values, others)
    _count_unseen(unseen)
    queue_mails([told for member_id, told in unseen.items() if member_id in mailed])


def add_about(
    kind: str, member_ids: Collection[int], *, subject: str, actor_id: int, details: Mapping[str, object]
) -> None:
    """Tell members, whose rows are locked, what somebody did to a subject that is no post, such as "conversation:7".

    Whom `actor_id` gave notice of it before is not told again, unless that notification was deleted.
    """
    values = {"kind": kind, "actor_id": actor_id, "post_id": None, **about(kind, subject), "details": dict(details)}
    unseen = _added(values, member_ids)
    _count_unseen(unseen)
    queue_mails(unseen.values())


def _count_unseen(member_ids: Collection[int]) -> None:
    if member_ids:
        columns = table_of(Member).c
        more = update(table_of(Member)).where(in_list(columns.id, member_ids))
        session.connection().execute(more.values(unseen_notifications=columns.unseen_notifications + 1))


def further_of(notification: Notification) -> int:
    """Of how many posts a notification tells besides its own."""
    count = notification.details.get(FURTHER)
    return count if isinstance(count, int) and count > 0 and notification.kind in KINDS else 0


def lock_members(member_ids: Sequence[int]) -> None:
    """Lock the members in the order of their ids, as all do who count notifications."""
    if not on_sqlite():
        wanted = select(Member.id).where(in_list(Member.id, member_ids)).order_by(Member.id)
        session.execute(wanted.with_for_update(key_share=True)).all()


def _count_further(post: Post, member_ids: Sequence[int]) -> set[int]:
    """Count the post for those who were told of an earlier one and have not visited the thread since; who they are."""
    columns = (Notification.id, Notification.member_id, Notification.details)
    unread = (Notification.read_at.is_(None), Notification.withdrawn_at.is_(None), Notification.kind.in_(KINDS))
    in_thread = (Post.thread_id == post.thread_id, Post.is_public, Post.id != post.id)
    held = select(*columns).join(Post, Post.id == Notification.post_id).where(*unread, *in_thread)
    rows = {row.member_id: row for row in session.execute(held.where(in_list(Notification.member_id, member_ids)))}
    by_number: dict[int, list[int]] = {}
    for row in rows.values():
        by_number.setdefault(row.details.get(FURTHER, 0), []).append(row.id)
    table = table_of(Notification)
    for number, ids in by_number.items():  # of few numbers, as most have not visited the thread for as long
        counting = update(table).where(in_list(table.c.id, ids)).values(details={FURTHER: number + 1})
        session.connection().execute(counting)
    return set(rows)


def _restored(values: Mapping[str, Any], member_ids: Sequence[int]) -> dict[int, int]:
    """Bring back what was withdrawn; returns by member what counts as unseen."""
    same = [getattr(Notification, name) == values[name] for name in ("subject_type", "subject_id", "actor_id")]
    withdrawn = update(Notification).where(*same, Notification.withdrawn_at.is_not(None))
    withdrawn = withdrawn.where(in_list(Notification.member_id, member_ids)).values(withdrawn_at=None)
    back = withdrawn.returning(Notification.id, Notification.member_id, Notification.seen_at)
    rows = session.execute(back, execution_options={"synchronize_session": False}).all()
    return {row.member_id: row.id for row in rows if row.seen_at is None}


def _added(values: Mapping[str, Any], member_ids: Collection[int]) -> dict[int, int]:
    """Add notifications; returns the new ones by member."""
    table = table_of(Notification)
    whole = {"details": {}, **values, "created_at": clock.now()}
    columns = [literal(value, table.c[name].type) for name, value in whole.items()]
    rows = select(Member.id, *columns).where(in_list(Member.id, member_ids)).order_by(Member.id)
    statement = insert_into(Notification).from_select(["member_id", *whole], rows)
    new = session.execute(statement.on_conflict_do_nothing().returning(Notification.id, Notification.member_id)).all()
    if new:
        queue_pushes(values["kind"], [row.id for row in new])
    return {row.member_id: row.id for row in new}
