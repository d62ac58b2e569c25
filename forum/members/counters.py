"""The only writer of members' stored counters."""

from collections.abc import Collection
from math import inf
from typing import Any

from sqlalchemy import Subquery, Update, and_, bindparam, func, select, update

from forum.infra.database.core_statements import RowUpdate, expire, table_of
from forum.infra.database.db import on_sqlite, session
from forum.infra.database.in_list import in_list
from forum.models import DeleteBackfill, Member, Post, Reaction, ReactionKind, Thread

_MEMBER = Member.__table__.c
_add_messages = RowUpdate(Member, message_count=_MEMBER.message_count + bindparam("by"))


def count_message(member_id: int, by: int) -> None:
    """Add visible posts to a member's count; `by` may be negative."""
    _add_messages(member_id, by=by)


def count_reaction(member_id: int, score: int, by: int) -> None:
    """Add received reactions of a score (+1, 0, −1) to a member's counts; `by` may be negative."""
    if score > 0:
        values = {"positive_reactions": Member.positive_reactions + by}
    elif score < 0:
        values = {"negative_reactions": Member.negative_reactions + by}
    else:
        return
    session.execute(update(Member).where(Member.id == member_id).values(values))


def is_counted(post: Post) -> bool:
    """Whether posts at this post's position count for their authors, if they are public; post.thread must be loaded."""
    above = session.scalar(select(DeleteBackfill.counted_above).where(DeleteBackfill.thread_id == post.thread_id))
    return post.thread.is_public if above is None else post.position > above


def first_counted(threads: Collection[Thread]) -> dict[int, float]:
    """The positions from which on public posts of threads count for their authors; infinite if none do."""
    pending = select(DeleteBackfill.thread_id, DeleteBackfill.counted_above)
    rows = session.execute(pending.where(in_list(DeleteBackfill.thread_id, [thread.id for thread in threads])))
    above = {row.thread_id: row.counted_above for row in rows}
    settled = {thread.id: -inf if thread.is_public else inf for thread in threads}
    return settled | {thread_id: position + 1 for thread_id, position in above.items()}


_PLACE = (Post.thread_id == bindparam("thread"), Post.position.between(bindparam("first"), bindparam("last")))
_SLICE = and_(*_PLACE, Post.is_public)
_AUTHORS = select(Member.id).where(Member.id.in_(select(Post.author_id).where(_SLICE))).order_by(Member.id)
_LOCK_AUTHORS = _AUTHORS.with_for_update(key_share=True)


def _add_tally(tally: Subquery, **counts: str) -> Update:
    """An UPDATE that adds a tally times :sign to the members' counts and returns their ids."""
    values: dict[str, Any] = {
        name: _MEMBER[name] + tally.c[column] * bindparam("sign") for name, column in counts.items()
    }
    return update(table_of(Member)).where(_MEMBER.id == tally.c.author_id).values(values).returning(_MEMBER.id)


_written = select(Post.author_id, func.count().label("messages")).where(_SLICE).group_by(Post.author_id).subquery()
_given = (
    select(
        Post.author_id,
        func.count().filter(ReactionKind.score > 0).label("positive"),
        func.count().filter(ReactionKind.score < 0).label("negative"),
    )
    .select_from(Reaction)
    .join(Post, Post.id == Reaction.post_id)
    .join(ReactionKind, ReactionKind.id == Reaction.kind_id)
    .where(_SLICE)
    .group_by(Post.author_id)
    .subquery()
)
_SLICE_UPDATES = (
    _add_tally(_written, message_count="messages"),
    _add_tally(_given, positive_reactions="positive", negative_reactions="negative"),
)


def count_posts(thread_id: int, first: int, last: int, *, sign: int) -> None:
    """Add the posts at some positions and their reactions to their authors' counts (+1), or subtract them (−1)."""
    values = {"thread": thread_id, "first": first, "last": last}
    if not on_sqlite():
        session.connection().execute(_LOCK_AUTHORS, values)  # rows are locked in one order, to prevent deadlocks
    for statement in _SLICE_UPDATES:
        for member_id in session.connection().scalars(statement, values | {"sign": sign}).all():
            expire(Member, member_id, "message_count", "positive_reactions", "negative_reactions")
