"""What a merge and a split have in common: locks, refusals, and everything that follows from a new order of posts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import func, select

from forum import page_versions, permissions
from forum.infra.database.db import session
from forum.infra.errors import Conflict, NotFound
from forum.infra.text.messages import say
from forum.models import DeleteBackfill, Member, Post, Thread
from forum.moderation.regrouping import marks, order
from forum.moderation.regrouping.marks import Origin
from forum.moderation.regrouping.order import Order
from forum.search.index import actions as search
from forum.similar import actions as similar
from forum.site.queries import follow_database, snapshot
from forum.threads import counters
from forum.verdicts import BEING_DELETED


class _Counts(NamedTuple):
    """What threads count for in their boards."""

    threads: Counter[int]
    posts: Counter[int]


def lock(actor: Member, threads: Sequence[Thread], *other_boards: int) -> None:
    """Lock threads by id, then their boards, and require that the actor may regroup their posts."""
    for thread in sorted(threads, key=lambda thread: thread.id):
        page_versions.lock_thread(thread)
    for thread in threads:
        permissions.require(permissions.may_moderate(actor, thread))
        _require_settled(thread)
    page_versions.lock_boards(*{thread.board_id for thread in threads}, *other_boards)
    follow_database()


def _require_settled(thread: Thread) -> None:
    if not thread.is_public:
        raise Conflict(say("“%(title)s” is deleted or not approved. Restore it first.", title=thread.title))
    if session.get(DeleteBackfill, thread.id) is not None:
        words = "“%(title)s” was restored just now, and its posts are still being counted. Try again in a minute."
        raise Conflict(say(words, title=thread.title))


def require_lasting(board_id: int) -> None:
    """Refuse a board that is being deleted, or merged into another."""
    node = snapshot().tree.get(board_id)
    if node is None:
        raise NotFound
    if node.is_being_deleted:
        permissions.require(BEING_DELETED)


def counts_of(threads: Sequence[Thread]) -> _Counts:
    """What threads count for in their boards now."""
    posts: Counter[int] = Counter()
    for thread in threads:
        posts[thread.board_id] += thread.reply_count + 1
    return _Counts(Counter(thread.board_id for thread in threads), posts)


def apply(origins: Sequence[Origin], orders: Sequence[Order], gained: Mapping[int, int]) -> None:
    """Store the new order of posts in all threads concerned, with their facts, read marks, and the search index.

    `gained` says for each thread how many public posts it got from others, or lost.
    """
    order.store(orders)
    for each in orders:
        last_position = each.kept + len(each.places)
        counters.count_regrouped(each.thread, posts=gained[each.thread.id], last_position=last_position)
        _take_opening(each)
    session.flush()
    marks.remap(origins, orders)
    _index(orders)


def open_with(order: Order) -> None:
    """Let a thread begin with the first of these posts, if that is new, and index those that were the first."""
    _take_opening(order)
    _index([order])


def _take_opening(each: Order) -> None:
    if each.has_new_opening:
        opening = each.places[0]
        each.thread.starter_id, each.thread.started_at = opening.author_id, opening.created_at
        session.flush()
        session.expire(each.thread, ["starter"])


def _index(orders: Sequence[Order]) -> None:
    """Index the posts that became the first of a thread, or are no longer."""
    changed = [each for each in orders if each.has_new_opening]
    openings = {each.places[0].post_id for each in changed}
    for each in orders:
        for place in each.places:
            if place.position == 1 and place.post_id not in openings:
                search.index_post(place.post_id)
    for each in changed:
        search.remove_post(each.places[0].post_id)
        search.index_thread(each.thread.id)
        similar.refresh(each.thread.id)


def count_posts(thread: Thread, posts: int) -> None:
    """Count public posts that a thread got from others, or lost, wherever its last one is now."""
    highest = session.scalar(select(func.max(Post.position)).where(Post.thread_id == thread.id)) or 0
    counters.count_regrouped(thread, posts=posts, last_position=highest)


def count_in_boards(before: _Counts, after: _Counts) -> None:
    """Let boards count what threads count for after a change in place of what they counted for before."""
    boards = {*before.posts, *after.posts}
    threads = {board_id: after.threads[board_id] - before.threads[board_id] for board_id in boards}
    counters.count_in_boards(threads, {board_id: after.posts[board_id] - before.posts[board_id] for board_id in boards})
