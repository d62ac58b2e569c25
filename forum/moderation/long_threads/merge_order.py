"""The order of the posts of two long threads that are being merged: read without holding up writers.

It follows from what is stored, before the first post has moved and after any of them: times and ids never change, and
what is written or published meanwhile comes after the last position.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, func, or_, select

from forum.infra.database.db import session
from forum.models import Post, Thread, ThreadMerge
from forum.moderation.regrouping import followers, marks, order
from forum.moderation.regrouping.marks import Origin, Rearranged
from forum.moderation.regrouping.merging import first_of_pages
from forum.moderation.regrouping.order import Place


@dataclass(frozen=True)
class LongOrder:
    """The ids of posts at the positions that follow `kept`, and the first posts of both threads, which move last.

    So both threads have a first post at any moment.
    """

    kept: int
    ids: Sequence[int]
    waiting: frozenset[int]

    @property
    def last(self) -> int:
        """The last position."""
        return self.kept + len(self.ids)

    def at(self, first: int, last: int) -> dict[int, int]:
        """The positions of the posts from a position to another that move before the end, by their ids."""
        between = self.ids[first - self.kept - 1 : last - self.kept]
        return {post_id: place for place, post_id in enumerate(between, first) if post_id not in self.waiting}

    def left(self, below: int) -> dict[int, int]:
        """The positions of the posts below a position, and of those that wait, by their ids."""
        waiting = {each: self.ids.index(each) + self.kept + 1 for each in self.waiting if each in self.ids}
        return self.at(self.kept + 1, below - 1) | waiting


class Begun(NamedTuple):
    """What is found out of two threads before any post moves."""

    kept: int
    opening_id: int | None
    page_posts: list[int]


def begin(source: Thread, into: Thread) -> Begun:
    """What stays where it is, which post opens the thread, and where the pages of the source began."""
    theirs = (Post.thread_id == source.id, Post.position > 0)
    moment = session.scalar(select(func.min(Post.created_at)).where(*theirs))
    later = select(func.min(Post.position)).where(Post.thread_id == into.id, Post.position > 0)
    first = session.scalar(later.where(Post.created_at >= moment))
    kept = into.last_position if first is None else first - 1
    public = select(Post.id).where(_moving(source.id, into.id, kept), Post.is_public)
    opening_id = None if kept else session.scalar(public.order_by(Post.created_at, Post.id).limit(1))
    positions = session.execute(select(Post.id, Post.position).where(*theirs).order_by(Post.position))
    return Begun(kept, opening_id, first_of_pages((post_id, position) for post_id, position in positions))


def read(merge: ThreadMerge) -> LongOrder:
    """The order of a merge whose posts have begun to move, or will next."""
    moving = _moving(merge.source_id, merge.into_id, merge.kept, merge.last)
    found = select(Post.id).where(moving).order_by(Post.created_at, Post.id)
    ids = array("q", session.scalars(found.execution_options(yield_per=10_000)))
    if merge.opening_id is not None:
        ids.remove(merge.opening_id)
        ids.insert(0, merge.opening_id)
    firsts = select(Post.id).where(Post.thread_id.in_((merge.source_id, merge.into_id)), Post.position == 1)
    return LongOrder(merge.kept, ids, frozenset(session.scalars(firsts)))


def changed_marks(merge: ThreadMerge, source: Thread, into: Thread) -> list[dict[str, int]]:
    """How far members will have read the thread, of whom that changes; before any post has moved."""
    places = _places(merge)
    ends = ((number, place) for number, place in enumerate(places, merge.kept + 1) if place.is_public)
    end, last_posted_at = into.last_visible_position, into.last_posted_at
    for number, place in ends:
        end, last_posted_at = number, place.created_at
    origins = [Origin.of(into, kept=merge.kept), Origin.of(source)]
    result = Rearranged(into.id, into.board_id, last_posted_at, end, merge.kept, places)
    return next(iter(marks.changed_marks(origins, [result])))


def _places(merge: ThreadMerge) -> list[Place]:
    columns = (Post.id, Post.thread_id, Post.position, Post.created_at, Post.author_id, Post.is_public)
    found = select(*columns).where(_moving(merge.source_id, merge.into_id, merge.kept))
    rows = session.execute(found.order_by(Post.created_at, Post.id).execution_options(yield_per=10_000))
    places = [Place(*row) for row in rows]
    opening = next((place for place in places if place.post_id == merge.opening_id), None)
    return places if opening is None else [opening, *(place for place in places if place is not opening)]


def _moving(source_id: int, into_id: int, kept: int, last: int = 0) -> ColumnElement[bool]:
    """The posts that get another place; once they move, those of the thread up to the last place."""
    own = and_(Post.thread_id == into_id, Post.position > kept)
    own = and_(own, Post.position <= last) if last else own
    return or_(and_(Post.thread_id == source_id, Post.position > 0), own)


def is_long(source: Thread, into: Thread) -> bool:
    """Whether merging threads moves so many posts, watches or read marks that a job does it."""
    if followers.are_many(source, into, into.board_id):
        return True
    places = select(Post.created_at).where(Post.thread_id == source.id, Post.position > 0)
    moments = session.scalars(places.limit(order.MAX_POSTS + 1)).all()
    if len(moments) > order.MAX_POSTS:
        return True
    return bool(moments) and follow(into, min(moments), more_than=order.MAX_POSTS - len(moments))


def follow(thread: Thread, moment: datetime, *, more_than: int) -> bool:
    """Whether more posts than so many follow the first that is not older than a moment."""
    newest = select(Post.created_at).where(Post.thread_id == thread.id, Post.position > 0)
    moments = session.scalars(newest.order_by(Post.position.desc()).limit(order.MAX_POSTS + 1)).all()
    since = [number for number, each in enumerate(moments, 1) if each >= moment]
    return bool(since) and since[-1] > more_than
