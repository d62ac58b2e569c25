"""What a cleaning is about: the threads, posts, reactions and cases of a member in the boards that are cleaned.

A thread of theirs goes as a whole if it was started in the period and nobody else has written in it; of all others
only their own posts go.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from forum.infra.database.in_list import in_list
from forum.models import Post, Reaction, ReviewItem, ReviewKind, Thread, Visibility
from forum.moderation.cleaning.plan import Plan

SETTLED_KINDS = (ReviewKind.HELD_POST.value, ReviewKind.HELD_EDIT.value, ReviewKind.REPORT.value)


def states(plan: Plan) -> list[int]:
    """The visibilities of what is removed: of what is public, and of what waits, if each was chosen."""
    public = [Visibility.PUBLIC.value] if plan.posts else []
    return public + ([Visibility.HELD.value] if plan.pending else [])


def _in_period(plan: Plan, column: InstrumentedAttribute[datetime]) -> list[ColumnElement[bool]]:
    return [column >= plan.since] if plan.since is not None else []


def own_posts(member_id: int, plan: Plan) -> list[ColumnElement[bool]]:
    """Conditions over Post: theirs, of the period, and public or held as chosen, or the first of a held thread."""
    is_in_state: ColumnElement[bool] = in_list(Post.visibility, states(plan))
    if plan.pending and not plan.posts:  # the first post of a held thread has the visibility of any other
        held = select(Thread.id).where(Thread.starter_id == member_id, Thread.visibility == Visibility.HELD.value)
        is_in_state = or_(is_in_state, and_(Post.position == 1, Post.thread_id.in_(held)))
    return [Post.author_id == member_id, is_in_state, *_in_period(plan, Post.created_at)]


def whole_threads(member_id: int, plan: Plan) -> Select[int]:
    """The ids of the threads that go as a whole, whatever their visibility."""
    first, other = aliased(Post), aliased(Post)
    is_public = other.visibility == Visibility.PUBLIC.value
    others = exists().where(other.thread_id == Thread.id, other.author_id != member_id, is_public).correlate(Thread)
    started = (first.thread_id == Thread.id, first.position == 1, first.author_id == member_id)
    opened = select(Thread.id).join(first, and_(*started)).where(*_in_period(plan, first.created_at))
    return opened.where(Thread.starter_id == member_id, Thread.base_post_count == 0, ~others).correlate(None)


def in_boards(boards: Collection[int]) -> ColumnElement[bool]:
    """The condition over Thread that it is in one of some boards."""
    return in_list(Thread.board_id, boards)


def posts_after(member_id: int, plan: Plan, *, thread_id: int, post_id: int) -> Select[int, int]:
    """The next of their posts by thread and id, as (thread id, post id); whatever the board."""
    later = or_(Post.thread_id > thread_id, and_(Post.thread_id == thread_id, Post.id > post_id))
    found = select(Post.thread_id, Post.id).where(*own_posts(member_id, plan), later)
    return found.order_by(Post.thread_id, Post.id)


def own_reactions(member_id: int, plan: Plan) -> list[ColumnElement[bool]]:
    """Conditions over Reaction: given by them, in the period."""
    return [Reaction.member_id == member_id, *_in_period(plan, Reaction.created_at)]


def reactions_after(member_id: int, plan: Plan, *, thread_id: int, post_id: int) -> Select[int, int]:
    """The next posts by thread and id to which they reacted, as (thread id, post id); whatever the board."""
    later = or_(Post.thread_id > thread_id, and_(Post.thread_id == thread_id, Post.id > post_id))
    found = select(Post.thread_id, Post.id).join(Reaction, Reaction.post_id == Post.id)
    return found.where(*own_reactions(member_id, plan), later).order_by(Post.thread_id, Post.id)


def open_cases(member_id: int, plan: Plan) -> Select[int]:
    """The ids of the open cases about them or their posts of the period, over ReviewItem joined to Post and Thread."""
    ids = select(ReviewItem.id).outerjoin(Post, Post.id == ReviewItem.post_id)
    ids = ids.outerjoin(Thread, Thread.id == Post.thread_id).where(ReviewItem.member_id == member_id)
    ids = ids.where(ReviewItem.decided_at.is_(None), ReviewItem.kind.in_(SETTLED_KINDS))
    ids, in_period = ids.correlate(None), _in_period(plan, Post.created_at)
    return ids.where(or_(ReviewItem.post_id.is_(None), *in_period)) if in_period else ids
