"""Split posts off a thread: into a new one, or into another that exists."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from forum import page_versions, permissions
from forum.audit_log import record
from forum.boards.redirects import next_thread_id
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid
from forum.infra.text.messages import say
from forum.models import Board, Member, Post, Thread
from forum.moderation import tools
from forum.moderation.regrouping import choosing, followers, order, regroup
from forum.moderation.regrouping.choosing import Choice
from forum.moderation.regrouping.marks import Origin
from forum.moderation.regrouping.order import Order, Place
from forum.threads import rules
from forum.watching import carrying

NONE_PUBLIC = say("Choose at least one post that is not deleted.")
NONE_LEFT = say("At least one post must stay. To put all of them elsewhere, merge the thread.")
SAME_THREAD = say("The posts are in this thread already. Choose another one.")


class Destination(NamedTuple):
    """Where posts go: to a new thread with a title in a board, or to a thread."""

    title: str = ""
    board: Board | None = None
    into: Thread | None = None

    @property
    def board_id(self) -> int:
        """The board in which the posts will be; 0 if there is none."""
        board = self.into.board_id if self.into is not None else self.board and self.board.id
        return board or 0


def split_posts(actor: Member, thread: Thread, post_ids: Collection[int], to: Destination) -> Thread:
    """Move posts to another thread, in the order in which they were written; returns it.

    If the first post goes, the next public one opens the thread. Raises Invalid at `post_ids`, `title`, `board` or
    `into`, or Conflict.
    """
    known = [each for each in (thread, to.into) if each is not None]
    if to.into is not None and to.into.id == thread.id:
        raise Invalid({"into": [SAME_THREAD]})
    regroup.lock(actor, known, *([to.board.id] if to.board else []))
    title = checked_destination(actor, to)
    followers.require_few([thread], to.into, to.board_id)
    places = order.places_of(thread, first=choosing.find(thread, Choice(post_ids)).first)
    chosen = [place for place in places if place.post_id in post_ids]
    rest = [place for place in places if place.post_id not in post_ids]
    _require_some_left(thread, chosen, rest, kept=places[0].position - 1)
    before = regroup.counts_of(known)
    target = to.into or new_thread(thread, to.board, title, order.opening_first(order.by_time(chosen))[0])
    orders = [_rest(thread, places[0].position - 1, rest), _joined(target, chosen, is_new=to.into is None)]
    origins = [Origin.of(thread, kept=orders[0].kept)]
    origins += [Origin.of(target, kept=orders[1].kept)] if to.into else []
    order.move_unplaced(thread, target, list(post_ids))
    public = sum(place.is_public for place in chosen)
    regroup.apply(origins, orders, {thread.id: -public, target.id: public})
    regroup.count_in_boards(before, regroup.counts_of([thread, target]))
    carrying.copy_thread(thread.id, target.id, is_new=to.into is None)
    page_versions.invalidate_removed_threads()
    record("split-thread", actor=actor, target=f"thread:{thread.id}", posts=len(chosen), into=target.id)
    record("split-posts", actor=actor, target=f"thread:{target.id}", name=thread.title, posts=len(chosen))
    return target


def checked_destination(actor: Member, to: Destination) -> str:
    """The title of the new thread as it is stored; empty if there is none."""
    if to.into is not None:
        regroup.require_lasting(to.into.board_id)
        return ""
    title = rules.checked_title(to.title)
    if to.board is None or not permissions.may_see_board(actor, to.board):
        raise Invalid({"board": [say("There is no such board.")]})
    if to.board.is_category:
        raise Invalid({"board": [say("Categories cannot hold threads. Choose a board.")]})
    regroup.require_lasting(to.board.id)
    if not tools.may_move_to(actor, to.board):
        raise Forbidden(say("You cannot move posts to this board, because you cannot start threads in it."))
    return title


def _require_some_left(thread: Thread, chosen: Sequence[Place], rest: Sequence[Place], *, kept: int) -> None:
    if not any(place.is_public for place in chosen):
        raise Invalid({"post_ids": [NONE_PUBLIC]})
    public_before = kept > thread.base_post_count  # the first post of all is always public
    if not public_before and not any(place.is_public for place in rest):
        raise Invalid({"post_ids": [NONE_LEFT]})


def new_thread(origin: Thread, board: Board | None, title: str, opening: Place | Post) -> Thread:
    """Add a thread, without posts yet, that a post opens which is from another thread."""
    thread = Thread(board=board, title=title, starter_id=opening.author_id, started_at=opening.created_at)
    thread.id = next_thread_id()  # type: ignore[assignment]  # None: the database's next
    thread.reply_count, thread.view_count, thread.last_position, thread.last_visible_position = -1, 0, 0, 0
    thread.base_post_count = 0
    thread.last_poster_id, thread.last_posted_at = origin.last_poster_id, origin.last_posted_at
    session.add(thread)
    session.flush()
    return thread


def _rest(thread: Thread, kept: int, rest: Sequence[Place]) -> Order:
    return Order(thread, kept, rest if kept else order.opening_first(rest))


def _joined(target: Thread, chosen: Sequence[Place], *, is_new: bool) -> Order:
    later = [] if is_new else order.places_since(target, min(place.created_at for place in chosen))
    kept = 0 if is_new else later[0].position - 1 if later else target.last_position
    places = order.by_time([*later, *chosen])
    order.require_few(places)
    return Order(target, kept, places if kept else order.opening_first(places))
