"""Tell many members of one post, for those who watch a thread or a board."""

from collections.abc import Sequence

from sqlalchemy import JSON, bindparam, literal, select, update

from forum.infra import clock
from forum.infra.database.core_statements import insert_into, table_of
from forum.infra.database.db import UtcDateTime, on_sqlite, session
from forum.infra.database.in_list import in_list
from forum.models import Member, Notification, Post

COUNT = "count"  # in the details: of how many posts it tells, if of more than one


def add_many(kind: str, post: Post, member_ids: Sequence[int]) -> None:
    """Tell members of a post in a thread that they watch, or in a board.

    Until they visit the thread, they have one notification of it, of the first post that they have not read, and
    further posts are only counted. Who was told of the post already is not told again.
    """
    if not member_ids:
        return
    _lock(member_ids)
    counted = _count_further(kind, post, member_ids)
    added = _add(kind, post, [member_id for member_id in member_ids if member_id not in counted])
    if added:
        columns = table_of(Member).c
        more = update(table_of(Member)).where(in_list(columns.id, added))
        session.connection().execute(more.values(unseen_notifications=columns.unseen_notifications + 1))


def _lock(member_ids: Sequence[int]) -> None:
    """Lock the members in the order of their ids, as all do who count notifications."""
    if not on_sqlite():
        wanted = select(Member.id).where(in_list(Member.id, member_ids)).order_by(Member.id)
        session.execute(wanted.with_for_update(key_share=True)).all()


def _group_key(kind: str, post: Post) -> str:
    return f"{kind}:{post.thread_id}"


def _count_further(kind: str, post: Post, member_ids: Sequence[int]) -> set[int]:
    """Count the post for those who were told of an earlier one and have not visited the thread since; who they are."""
    held = (
        select(Notification.id, Notification.member_id, Notification.details)
        .join(Post, Post.id == Notification.post_id)
        .where(in_list(Notification.member_id, member_ids), Notification.read_at.is_(None))
        .where(Notification.group_key == _group_key(kind, post), Notification.withdrawn_at.is_(None))
        .where(Post.thread_id == post.thread_id, Post.is_public, Post.id != post.id)
    )
    rows = {row.member_id: row for row in session.execute(held.order_by(Notification.id.desc()))}
    if rows:
        table = table_of(Notification)
        counting = update(table).where(table.c.id == bindparam("row_id")).values(details=bindparam("counted"))
        changed = [
            {"row_id": row.id, "counted": row.details | {COUNT: number_of(row.details) + 1}} for row in rows.values()
        ]
        session.connection().execute(counting, changed)
    return set(rows)


def number_of(details: dict[str, object]) -> int:
    """Of how many posts a notification tells, by its details."""
    count = details.get(COUNT)
    return count if isinstance(count, int) and count > 0 else 1


def _add(kind: str, post: Post, member_ids: Sequence[int]) -> list[int]:
    """Add notifications; returns who has a new one."""
    values = {
        "kind": literal(kind),
        "subject_type": literal("post"),
        "subject_id": literal(post.id),
        "post_id": literal(post.id),
        "actor_id": literal(post.author_id),
        "group_key": literal(_group_key(kind, post)),
        "details": literal({}, JSON()),
        "created_at": literal(clock.now(), UtcDateTime()),
    }
    rows = select(Member.id, *values.values()).where(in_list(Member.id, member_ids)).order_by(Member.id)
    statement = insert_into(Notification).from_select(["member_id", *values], rows)
    return list(session.scalars(statement.on_conflict_do_nothing().returning(Notification.member_id)))
