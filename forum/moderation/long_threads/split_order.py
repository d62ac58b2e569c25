"""The order of posts that a job splits off, and of those that stay: read without holding up writers.

It follows from what is stored at any moment: posts above the cursor are still where they were, and times and ids never
change.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, or_, select

from forum.infra.database.db import session
from forum.models import Post, Thread, ThreadSplit
from forum.moderation.regrouping import marks, order
from forum.moderation.regrouping.marks import Origin, Rearranged
from forum.moderation.regrouping.order import Place

COLUMNS = (Post.id, Post.thread_id, Post.position, Post.created_at, Post.author_id, Post.is_public)


class ChosenPositions:
    """Says whether the post at a position is split off."""

    def __init__(self, spans: Sequence[Sequence[int]]) -> None:
        self._firsts = [first for first, _ in spans]
        self._lasts = [last for _, last in spans]

    def __contains__(self, position: object) -> bool:
        index = bisect_right(self._firsts, position) - 1 if isinstance(position, int) else -1
        return index >= 0 and position <= self._lasts[index]  # type: ignore[operator]  # it is an int


@dataclass(frozen=True)
class Openings:
    """The posts that move first, so that both threads have a first post at any moment.

    `into` opens the new thread. If the thread's own first post goes, `stays` opens it from now on.
    """

    into: Place
    first: Place | None = None
    stays: Place | None = None

    @property
    def going(self) -> list[Place]:
        """Those that go to the new thread, the one that opens it first."""
        return [self.into] if self.first in {None, self.into} else [self.into, self.first]

    @property
    def places(self) -> list[Place]:
        """All of them."""
        return self.going if self.stays is None else [*self.going, self.stays]


def numbers(split: ThreadSplit) -> dict[int, int]:
    """The positions in the new thread of all posts that go, those that have gone already included, by their ids."""
    chosen, passed = ChosenPositions(split.chosen), split.cursor if split.step == "posts" else 0
    here = and_(Post.thread_id == split.source_id, Post.position > max(split.kept, passed), Post.position <= split.last)
    there = and_(Post.thread_id == split.into_id, Post.position > 0)
    columns = (Post.id, Post.thread_id, Post.position, Post.created_at)
    rows = session.execute(select(*columns).where(or_(here, there)).execution_options(yield_per=10_000))
    going = [
        (not (thread_id == split.into_id and position == 1), created_at, post_id)
        for post_id, thread_id, position, created_at in rows
        if thread_id == split.into_id or position in chosen
    ]
    return {post_id: number for number, (_, _, post_id) in enumerate(sorted(going), 1)}


def openings(split: ThreadSplit) -> Openings | None:
    """Which posts open the two threads, before any has moved; None if no public ones are left for both."""
    places = _places(split)
    chosen, rest = _parted(split, places)
    into = next((place for place in order.by_time(chosen) if place.is_public), None)
    if into is None:
        return None
    if split.kept:
        return Openings(into)
    stays = next((place for place in rest if place.is_public), None)
    return None if stays is None else Openings(into, places[0], stays)


def changed_marks(split: ThreadSplit, source: Thread, into: Thread) -> list[dict[str, int]]:
    """How far members will have read both threads, of whom that changes, by their members."""
    places = _places(split)
    chosen, rest = _parted(split, places)
    first_posts = select(Post.thread_id, Post.id).where(Post.position == 1, Post.thread_id.in_((source.id, into.id)))
    opens = dict(session.execute(first_posts).all())
    last = max((place for place in places if place.is_public), key=lambda place: place.position, default=None)
    was_posted_at = source.last_posted_at if last is None else last.created_at
    origin = Origin(source.id, source.board_id, was_posted_at, split.kept)
    threads = [
        _rearranged(source, split.kept, rest if split.kept else _opened_by(rest, opens[source.id])),
        _rearranged(into, 0, _opened_by(order.by_time(chosen), opens[into.id])),
    ]
    rows = [row for each in marks.changed_marks([origin], threads) for row in each]
    return sorted(rows, key=lambda row: (row["member_id"], row["thread_id"]))


def _places(split: ThreadSplit) -> list[Place]:
    """The posts from the first chosen one on, with the positions that they had at the beginning."""
    moved = {move[0]: move[1] for move in split.first_moves}
    here = and_(Post.thread_id == split.source_id, Post.position > split.kept, Post.position <= split.last)
    found = select(*COLUMNS).where(or_(here, Post.id.in_(moved))).execution_options(yield_per=10_000)
    places = [Place(*row) for row in session.execute(found)]
    was = (
        place._replace(thread_id=split.source_id, position=moved.get(place.post_id, place.position)) for place in places
    )
    return sorted(was, key=lambda place: place.position)


def _parted(split: ThreadSplit, places: Sequence[Place]) -> tuple[list[Place], list[Place]]:
    """The posts that go, and those that stay."""
    chosen = ChosenPositions(split.chosen)
    goes = [place for place in places if place.position in chosen]
    return goes, [place for place in places if place.position not in chosen]


def _opened_by(places: Sequence[Place], post_id: int) -> list[Place]:
    return sorted(places, key=lambda place: place.post_id != post_id)  # the others stay in their order


def _rearranged(thread: Thread, kept: int, places: Sequence[Place]) -> Rearranged:
    """A thread as it will be, with its last public post at the end."""
    before = select(Post.position, Post.created_at).where(Post.thread_id == thread.id, Post.is_public)
    before = before.where(Post.position <= kept).order_by(Post.position.desc()).limit(1)
    row = session.execute(before).first()
    end, posted_at = (kept, thread.last_posted_at) if row is None else row
    for number, place in enumerate(places, kept + 1):
        if place.is_public:
            end, posted_at = number, place.created_at
    return Rearranged(thread.id, thread.board_id, posted_at, end, kept, places)
