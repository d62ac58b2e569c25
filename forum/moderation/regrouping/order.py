"""The order of posts when threads are merged or split, and storing their new positions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

from sqlalchemy import bindparam, select, update

from forum.infra.database.core_statements import expire, table_of
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.errors import Conflict
from forum.infra.text.messages import say
from forum.models import Post, Thread

MAX_POSTS = 1000  # posts that get another place at once: other writers wait 0.1 s for them; more need a job
_ASIDE = 1_000_000_000  # added to positions while they change, as they are unique after each statement


class TooMany(Conflict):
    """More posts would get another place than can be moved at once."""


class Place(NamedTuple):
    """A post at its present place."""

    post_id: int
    thread_id: int
    position: int
    created_at: datetime
    author_id: int
    is_public: bool


@dataclass(frozen=True)
class Order:
    """A thread's posts from now on: those up to position `kept` stay where they are, `places` follow them."""

    thread: Thread
    kept: int
    places: Sequence[Place]

    @property
    def has_new_opening(self) -> bool:
        """Whether another post than before, or one of another thread, is now the first."""
        is_first = self.kept == 0 and bool(self.places)
        return is_first and (self.places[0].thread_id, self.places[0].position) != (self.thread.id, 1)


def places_of(thread: Thread, *, first: int = 1) -> list[Place]:
    """A thread's posts from a position on, in order. Raises Conflict if they are more than can move at once."""
    columns = (Post.id, Post.thread_id, Post.position, Post.created_at, Post.author_id, Post.is_public)
    statement = select(*columns).where(Post.thread_id == thread.id, Post.position >= first)
    rows = session.execute(statement.order_by(Post.position).limit(MAX_POSTS + 1))
    places = [Place(*row) for row in rows]
    require_few(places)
    return places


def places_since(thread: Thread, moment: datetime) -> list[Place]:
    """A thread's posts from the first on that is not older than a moment; found from the end. Raises Conflict."""
    columns = (Post.id, Post.thread_id, Post.position, Post.created_at, Post.author_id, Post.is_public)
    statement = select(*columns).where(Post.thread_id == thread.id, Post.position > 0)
    rows = session.execute(statement.order_by(Post.position.desc()).limit(MAX_POSTS + 1))
    newest_first = [Place(*row) for row in rows]
    first = min((place.position for place in newest_first if place.created_at >= moment), default=None)
    places = [] if first is None else list(takewhile(lambda place: place.position >= first, newest_first))
    require_few(places)
    return places[::-1]


def require_few(places: Sequence[Place]) -> None:
    """Raise Conflict if more posts get another place than can be moved at once."""
    if len(places) > MAX_POSTS:
        words = "More than %(num)d posts would get another place. That is more than the forum can move at once."
        raise TooMany(say(words, num=MAX_POSTS))


def by_time(places: Iterable[Place]) -> list[Place]:
    """Posts in the order in which they were written."""
    return sorted(places, key=lambda place: (place.created_at, place.post_id))


def opening_first(places: Sequence[Place]) -> list[Place]:
    """Posts with the first public one in front: a thread's first post is always public."""
    first = next((index for index, place in enumerate(places) if place.is_public), 0)
    return [*places[first : first + 1], *places[:first], *places[first + 1 :]]


_POST = table_of(Post).c
_PUT = (
    update(table_of(Post))
    .where(_POST.id == bindparam("post"))
    .values(thread_id=bindparam("thread"), position=bindparam("place"))
)
_PUT_DOWN = (
    update(table_of(Post))
    .where(_POST.thread_id == bindparam("thread"), _POST.position > _ASIDE)
    .values(position=_POST.position - _ASIDE)
)


def store(orders: Sequence[Order]) -> None:
    """Give all posts their threads and positions; the caller has locked the threads."""
    put(
        Move(place.post_id, order.thread.id, number)
        for order in orders
        for number, place in enumerate(order.places, order.kept + 1)
        if (place.thread_id, place.position) != (order.thread.id, number)
    )


class Move(NamedTuple):
    """A post, and the thread and position that it gets."""

    post_id: int
    thread_id: int
    position: int


def put(moves: Iterable[Move]) -> None:
    """Give posts other places, at which some of these may be now."""
    moves = list(moves)
    put_aside(moves)
    for thread_id in sorted({move.thread_id for move in moves}):
        put_down(thread_id)


def put_aside(moves: Sequence[Move]) -> None:
    """Take posts from their places and put them beyond the end of their new threads, until they are put down."""
    put_at_free(Move(post_id, thread_id, position + _ASIDE) for post_id, thread_id, position in moves)


def put_down(thread_id: int) -> None:
    """Put posts at their places, which are free now."""
    session.connection().execute(_PUT_DOWN, {"thread": thread_id})


def put_at_free(moves: Iterable[Move]) -> None:
    """Give posts other places, one after the other, each of which is free then."""
    rows = [{"post": move.post_id, "thread": move.thread_id, "place": move.position} for move in moves]
    if rows:
        session.connection().execute(_PUT, rows)
    for row in rows:
        expire(Post, row["post"], "thread_id", "position", "thread")


def move_unplaced(origin: Thread, target: Thread, post_ids: Sequence[int] | None = None) -> None:
    """Take along posts that were never public and have no place yet: all of a thread, or some."""
    held = update(table_of(Post)).where(_POST.thread_id == origin.id, _POST.position < 0)
    held = held if post_ids is None else held.where(in_list(_POST.id, post_ids))
    for post_id in session.connection().scalars(held.values(thread_id=target.id).returning(_POST.id)).all():
        expire(Post, post_id, "thread_id", "thread")
