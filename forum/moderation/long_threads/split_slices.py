"""Carry out splits of many posts in short transactions; for a job.

The posts go to a new thread from the first one up, and those that stay close the gaps, so that all places are free. The
first posts of both threads move first. If the posts go to a thread that existed, the new thread is merged into it
then, as moderators merge long threads. Between two transactions each post is in one place, and all counts are right.
"""

import time
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from sqlalchemy import func, select

from forum import page_versions
from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Board, LogEntry, Member, Post, Thread, ThreadSplit, ThreadWatch
from forum.moderation.long_threads import background, merges, split_order
from forum.moderation.long_threads.background import Worker, lock_public
from forum.moderation.long_threads.split_order import ChosenPositions, Openings
from forum.moderation.long_threads.splits import FIRST_STEP
from forum.moderation.regrouping import marks, order, regroup
from forum.moderation.regrouping.order import Move, Order
from forum.moderation.regrouping.splitting import new_thread
from forum.site.queries import follow_database, snapshot
from forum.watching import carrying

POSTS_AT_ONCE, MARKS_AT_ONCE, WATCHES_AT_ONCE = 100, 100, 500
ORDER = (FIRST_STEP, "marks", "posts", "watches", "end", "")
NEXT_STEP: Mapping[str, str] = dict(pairwise(ORDER))


def run_pending() -> None:
    """Continue unfinished splits; for a job."""
    background.run_pending(ThreadSplit, Work)


class _Found(NamedTuple):
    """A post of the thread from which others are split off."""

    id: int
    position: int
    is_public: bool


class Work(Worker[ThreadSplit]):
    """A split, and what was read of its thread for the next transactions."""

    model = ThreadSplit

    def __init__(self, entry_id: int) -> None:
        super().__init__(entry_id)
        self._forget()

    def _forget(self) -> None:
        self._openings: Openings | None = None
        self._numbers: dict[int, int] | None = None
        self._marks: list[dict[str, int]] | None = None

    def _read_ahead(self, split: ThreadSplit) -> None:
        if split.step == FIRST_STEP:
            self._openings = split_order.openings(split)
        if split.step in {FIRST_STEP, "posts"} and self._numbers is None:
            self._numbers = split_order.numbers(split)
        source = session.get(Thread, split.source_id)
        into = session.get(Thread, split.into_id) if split.into_id else None
        if split.step == "marks" and self._marks is None and source is not None and into is not None:
            self._marks = split_order.changed_marks(split, source, into)

    def _do(self, split: ThreadSplit, end: float) -> bool:
        ids = (split.source_id, split.into_id, split.target_id)
        threads = lock_public(*(each for each in ids if each is not None), other_boards=[split.board_id])
        if threads is None:
            return False
        source = threads[0]
        if split.step == FIRST_STEP:
            self._open(split, source)
            return True
        into = threads[1]
        if split.step == "marks" and self._marks is not None:
            self._store_marks(split, end)
        elif split.step == "posts" and self._numbers is not None:
            self._move(split, source, into, end)
        elif split.step == "watches":
            _copy_watches(split, source, into)
        elif split.step == "end":
            _finish(split, source, into)
        return True

    def _open(self, split: ThreadSplit, source: Thread) -> None:
        """Begin the new thread with its first post, and let another open the old one if its first goes."""
        if self._openings is None:
            _cancel(split, source)
            return
        openings, numbers = self._openings, self._numbers or {}
        if not _are_public(openings, source):
            self._forget()  # one was deleted meanwhile
            return
        before = regroup.counts_of([source])
        into = new_thread(source, _board_of(split, source), split.title, openings.into)
        into.is_being_merged, split.into_id = True, into.id
        going = openings.going
        moves = [Move(each.post_id, into.id, numbers[each.post_id]) for each in going[1:]]
        stays = [Move(openings.stays.post_id, source.id, 1)] if openings.stays else []
        order.put([Move(openings.into.post_id, into.id, 1), *moves, *stays])
        split.first_moves = [[place.post_id, place.position] for place in openings.places]
        regroup.count_posts(source, -len(going))
        regroup.count_posts(into, len(going))
        regroup.open_with(Order(into, 0, going))
        if openings.stays is not None:
            regroup.open_with(Order(source, 0, [openings.stays]))
        regroup.count_in_boards(before, regroup.counts_of([source, into]))
        self._forget()
        _go_to_next(split)

    def _store_marks(self, split: ThreadSplit, end: float) -> None:
        member_id = marks.store_from(self._marks or (), split.cursor, end=end, at_once=MARKS_AT_ONCE)
        if member_id is None:
            self._marks = None
            _go_to_next(split, cursor=max(split.kept, 1))  # the first post is where it will be
        else:
            split.cursor = member_id

    def _move(self, split: ThreadSplit, source: Thread, into: Thread, end: float) -> None:
        before, moved, is_left = regroup.counts_of([source, into]), 0, True
        while is_left:
            posts = _posts_above(source, split.cursor)
            moved += self._move_some(split, posts)
            split.cursor = posts[-1].position if posts else split.cursor
            is_left = len(posts) == POSTS_AT_ONCE
            if is_left and time.monotonic() >= end:
                break
        regroup.count_posts(source, -moved)
        regroup.count_posts(into, moved)
        regroup.count_in_boards(before, regroup.counts_of([source, into]))
        if not is_left:
            _go_to_next(split)

    def _move_some(self, split: ThreadSplit, posts: Sequence[_Found]) -> int:
        """Move posts to the new thread, or up behind those that have gone; returns how many public ones went."""
        chosen, moves, public = ChosenPositions(split.chosen), [], 0
        free = _free_from(split)
        for post in posts:
            if post.position in chosen:
                moves.append(Move(post.id, split.into_id or 0, (self._numbers or {})[post.id]))
                public += post.is_public
            else:
                moves += [Move(post.id, split.source_id, free)] if post.position != free else []
                free += 1
        order.put_at_free(moves)
        return public


def _go_to_next(split: ThreadSplit, *, cursor: int = 0) -> None:
    split.step, split.cursor = NEXT_STEP[split.step], cursor


def _cancel(split: ThreadSplit, source: Thread) -> None:
    """End a split before it has begun: all that was to go, or all that was to stay, has been deleted meanwhile."""
    source.is_being_merged = False
    if split.target_id is not None:
        session.get_one(Thread, split.target_id).is_being_merged = False
    split.step, split.cursor, split.finished_at = "", 0, clock.now()


def _are_public(openings: Openings, source: Thread) -> bool:
    ids = [place.post_id for place in openings.places]
    public = select(func.count()).where(in_list(Post.id, ids), Post.thread_id == source.id, Post.is_public)
    return session.scalar(public) == len(ids)


def _board_of(split: ThreadSplit, source: Thread) -> Board:
    """The board of the new thread; that of the old one if it has been deleted meanwhile, or is going to be."""
    follow_database()
    node = snapshot().tree.get(split.board_id)
    board = None if node is None or node.is_being_deleted else session.get(Board, split.board_id)
    return board or session.get_one(Board, source.board_id)


def _posts_above(source: Thread, position: int) -> Sequence[_Found]:
    above = select(Post.id, Post.position, Post.is_public).where(Post.thread_id == source.id, Post.position > position)
    return [_Found(*row) for row in session.execute(above.order_by(Post.position).limit(POSTS_AT_ONCE))]


def _free_from(split: ThreadSplit) -> int:
    """The lowest place behind the posts that stay and have moved up already."""
    passed = select(func.max(Post.position)).where(Post.thread_id == split.source_id, Post.position <= split.cursor)
    return max(session.scalar(passed) or 0, split.kept) + 1


def _copy_watches(split: ThreadSplit, source: Thread, into: Thread) -> None:
    """Let the next members who watch the old thread watch that with the posts, too; the cursor is the last of them.

    If that existed before, what they chose for it stays, as in a split at once.
    """
    theirs = select(ThreadWatch.member_id).where(ThreadWatch.thread_id == source.id)
    next_ones = theirs.where(ThreadWatch.member_id > split.cursor).order_by(ThreadWatch.member_id)
    members = session.scalars(next_ones.limit(WATCHES_AT_ONCE)).all()
    carrying.copy_thread(source.id, split.target_id or into.id, is_new=split.target_id is None, members=members)
    if len(members) < WATCHES_AT_ONCE:
        _go_to_next(split)
    else:
        split.cursor = members[-1]


def _finish(split: ThreadSplit, source: Thread, into: Thread) -> None:
    """Let the threads be used again, or merge the new one into that to which the posts go."""
    entry = session.get_one(LogEntry, split.entry_id)
    actor = session.get(Member, entry.actor_id) if entry.actor_id else None
    order.move_unplaced(source, into, split.unplaced)
    source.is_being_merged = into.is_being_merged = False
    session.flush()
    regroup.count_posts(source, 0)
    regroup.count_posts(into, 0)
    record("split-thread", actor=actor, target=f"thread:{source.id}", posts=split.planned, into=into.id)
    record("split-posts", actor=actor, target=f"thread:{into.id}", name=source.title, posts=split.planned)
    if split.target_id is not None:
        target = session.get_one(Thread, split.target_id)
        split.merge_id = merges.begin(actor, into, target, None).entry_id
    split.step, split.cursor, split.finished_at = "", 0, clock.now()
    page_versions.invalidate_removed_threads()
