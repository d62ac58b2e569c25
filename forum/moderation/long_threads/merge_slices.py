"""Carry out merges of long threads in short transactions; for a job.

Posts go to their places from the last one down: those of the thread that stays never go back, so that the places are
free, but for threads that are not in the order of time, of which posts step aside to a free place meanwhile. Between
two transactions each post is in one place, all counts are right, and both threads have a first post. Each transaction
stores how far it is, so that a killed process leaves nothing half done, and two processes nothing doubled.
"""

import time
from collections.abc import Mapping, Sequence
from itertools import pairwise

from sqlalchemy import delete, select

from forum import page_versions
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import LogEntry, Member, Post, Thread, ThreadMerge, ThreadRead, ThreadWatch
from forum.moderation.long_threads import background, merge_order
from forum.moderation.long_threads.background import Worker, lock_public
from forum.moderation.long_threads.merge_order import Begun, LongOrder
from forum.moderation.regrouping import marks, merging, order, regroup
from forum.moderation.regrouping.order import Move, Order, Place
from forum.watching import carrying

POSTS_AT_ONCE, MARKS_AT_ONCE = 100, 100
LEFT_FOR_THE_END = 100  # posts that the last transaction moves
FIRST_STEP = "begin"
ORDER = (FIRST_STEP, "marks", "posts", "reads", "watches", "end", "")
NEXT_STEP: Mapping[str, str] = dict(pairwise(ORDER))


def run_pending() -> None:
    """Continue unfinished merges; for a job."""
    background.run_pending(ThreadMerge, Work)


class Work(Worker[ThreadMerge]):
    """A merge, and what was read of its threads for the next transactions."""

    model = ThreadMerge

    def __init__(self, entry_id: int) -> None:
        super().__init__(entry_id)
        self._begun: Begun | None = None
        self._order: LongOrder | None = None
        self._marks: list[dict[str, int]] | None = None

    def _forget(self) -> None:
        self._begun = self._order = self._marks = None

    def _read_ahead(self, merge: ThreadMerge) -> None:
        source, into = session.get(Thread, merge.source_id), session.get(Thread, merge.into_id)
        if source is None or into is None:
            return
        if merge.step == "begin":
            self._begun = merge_order.begin(source, into)
        if merge.step == "marks" and self._marks is None:
            self._marks = merge_order.changed_marks(merge, source, into)
        if merge.step in {"posts", "end"} and self._order is None:
            self._order = merge_order.read(merge)

    def _do(self, merge: ThreadMerge, end: float) -> bool:
        threads = lock_public(merge.source_id, merge.into_id)
        if threads is None:
            return False
        source, into = threads
        if merge.step == "begin" and self._begun is not None:
            merge.kept, merge.opening_id, merge.page_posts = self._begun
            _go_to_next(merge)
        elif merge.step == "marks" and self._marks is not None:
            self._store_marks(merge, end)
        elif merge.step == "posts" and self._order is not None:
            self._move(merge, source, into, end)
        elif merge.step == "reads":
            _forget_marks(merge)
        elif merge.step == "watches":
            _move_watches(merge)
        elif merge.step == "end" and self._order is not None:
            _finish(merge, source, into, self._order)
        return True

    def _store_marks(self, merge: ThreadMerge, end: float) -> None:
        member_id = marks.store_from(self._marks or (), merge.cursor, end=end, at_once=MARKS_AT_ONCE)
        if member_id is not None:
            merge.cursor = member_id
            return
        self._marks = None
        _go_to_next(merge)

    def _move(self, merge: ThreadMerge, source: Thread, into: Thread, end: float) -> None:
        order_of_all = self._order
        if order_of_all is None or not _is_as_read(merge, source, into, order_of_all):
            self._order = None
            return
        if not merge.last:
            merge.last, merge.cursor = order_of_all.last, order_of_all.last + 1
        before, moved = regroup.counts_of([source, into]), 0
        while merge.cursor - 1 > merge.kept + LEFT_FOR_THE_END:
            first = max(merge.cursor - POSTS_AT_ONCE, merge.kept + LEFT_FOR_THE_END + 1)
            moved += _move_to(merge, order_of_all.at(first, merge.cursor - 1))
            merge.cursor = first
            if time.monotonic() >= end:
                break
        else:
            _go_to_next(merge, cursor=merge.cursor)
        regroup.count_posts(source, -moved)
        regroup.count_posts(into, moved)
        regroup.count_in_boards(before, regroup.counts_of([source, into]))


def _go_to_next(merge: ThreadMerge, *, cursor: int = 0) -> None:
    merge.step, merge.cursor = NEXT_STEP[merge.step], cursor


def _is_as_read(merge: ThreadMerge, source: Thread, into: Thread, read: LongOrder) -> bool:
    """Whether nothing was published in the threads since their order was read; later it has its place after all."""
    return bool(merge.last) or len(read.ids) == source.last_position + into.last_position - merge.kept


def _move_to(merge: ThreadMerge, places: Mapping[int, int]) -> int:
    """Move posts to their places; returns how many public ones came from the other thread."""
    facts = select(Post.id, Post.thread_id, Post.position, Post.is_public.label("is_public"))
    rows = session.execute(facts.where(in_list(Post.id, places))).all()
    here = select(Post.id).where(Post.thread_id == merge.into_id, in_list(Post.position, places.values()))
    in_the_way = [post_id for post_id in session.scalars(here) if post_id not in places]
    moves = [Move(each, merge.into_id, places[each]) for each in sorted(places, key=places.__getitem__, reverse=True)]
    goes_back = any(row.thread_id == merge.into_id and row.position > places[row.id] for row in rows)
    if in_the_way or goes_back:  # the thread was not in the order of time
        order.put_aside(moves)
        _step_aside(merge, in_the_way, below=min(places.values()))
        order.put_down(merge.into_id)
    else:
        order.put_at_free(moves)
    return sum(row.is_public for row in rows if row.thread_id == merge.source_id)


def _step_aside(merge: ThreadMerge, post_ids: Sequence[int], *, below: int) -> None:
    """Put posts that are in the way at the next free places below, until it is their turn."""
    taken = select(Post.position).where(Post.thread_id == merge.into_id, Post.position.between(merge.kept + 1, below))
    used = set(session.scalars(taken)) if post_ids else set()
    free = (place for place in range(below - 1, max(merge.kept, 1), -1) if place not in used)
    order.put_at_free(Move(post_id, merge.into_id, place) for post_id, place in zip(post_ids, free, strict=False))


def _forget_marks(merge: ThreadMerge) -> None:
    """Delete the next read marks of the thread that goes."""
    theirs = select(ThreadRead.member_id).where(ThreadRead.thread_id == merge.source_id)
    members = session.scalars(theirs.order_by(ThreadRead.member_id).limit(MARKS_AT_ONCE)).all()
    gone = (ThreadRead.thread_id == merge.source_id, in_list(ThreadRead.member_id, members))
    session.execute(delete(ThreadRead).where(*gone).execution_options(synchronize_session=False))
    if len(members) < MARKS_AT_ONCE:
        _go_to_next(merge, cursor=merge.cursor)


def _move_watches(merge: ThreadMerge) -> None:
    """Move the next members who watch the thread that goes to the other."""
    theirs = select(ThreadWatch.member_id).where(ThreadWatch.thread_id == merge.source_id)
    members = session.scalars(theirs.order_by(ThreadWatch.member_id).limit(MARKS_AT_ONCE)).all()
    carrying.move_thread(merge.source_id, merge.into_id, members=members)
    if len(members) < MARKS_AT_ONCE:
        _go_to_next(merge, cursor=merge.cursor)


def _finish(merge: ThreadMerge, source: Thread, into: Thread, read: LongOrder) -> None:
    """Move the last posts, and let the thread go."""
    entry = session.get_one(LogEntry, merge.entry_id)
    actor = session.get(Member, entry.actor_id) if entry.actor_id else None
    before, gained = regroup.counts_of([source, into]), source.reply_count + 1
    places = read.left(merge.cursor)
    opening = _opening(merge, into, places)
    order.move_unplaced(source, into)
    order.put(Move(post_id, into.id, place) for post_id, place in places.items())
    into.view_count += source.view_count
    into.is_being_merged = False
    merge.step, merge.cursor, merge.finished_at = "", 0, clock.now()
    session.flush()
    regroup.count_posts(into, gained)
    regroup.open_with(opening)
    pages, days = merge.page_posts, merge.redirect_days
    merging.finish(actor, source, into, posts=merge.planned, page_posts=pages, redirect_days=days)
    regroup.count_in_boards(before, regroup.counts_of([into]))
    page_versions.invalidate_removed_threads()


def _opening(merge: ThreadMerge, into: Thread, places: dict[int, int]) -> Order:
    """What the thread and the search index learn of the first posts: the new one, if it changes, and the old ones.

    If the post that was to open the thread is not public any more, the one that opens it now does so still.
    """
    ids = [post_id for post_id, place in places.items() if place == 1 and not merge.kept]
    columns = (Post.id, Post.thread_id, Post.position, Post.created_at, Post.author_id, Post.is_public)
    firsts = (Post.position == 1) & Post.thread_id.in_((merge.source_id, merge.into_id))
    found = [Place(*row) for row in session.execute(select(*columns).where(firsts | in_list(Post.id, ids)))]
    first = next((place for place in found if place.post_id in ids), None)
    if first is not None and not first.is_public:
        own = next(place for place in found if (place.thread_id, place.position) == (into.id, 1))
        places[own.post_id], places[first.post_id] = 1, places[own.post_id]
        first = own
    others = [place for place in found if place is not first]
    return Order(into, merge.kept, others if first is None else [first, *others])
