"""Merge threads: the posts of some become posts of another, in the order in which they were written."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete

from forum import page_versions
from forum.audit_log import record
from forum.boards import redirects
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid
from forum.infra.paging import SIZE
from forum.infra.text.messages import say
from forum.members.bans.thread_bans import move_thread_bans
from forum.models import Member, Thread
from forum.moderation.regrouping import followers, order, regroup
from forum.moderation.regrouping.marks import Origin
from forum.moderation.regrouping.order import Order, Place
from forum.search.index import actions as search
from forum.threads import drafts
from forum.watching import carrying

SAME_THREAD = say("This is the same thread. Choose another one.")


def merge_threads(actor: Member, sources: Sequence[Thread], into: Thread, *, redirect_days: int | None = None) -> None:
    """Move all posts of some threads to another and let their addresses lead there. Raises Conflict or Invalid.

    `redirect_days`: for how long the lists of their boards lead there, 0 for good, None not at all.
    """
    if not sources or any(source.id == into.id for source in sources):
        raise Invalid({"into": [SAME_THREAD]})
    threads = [*sources, into]
    regroup.lock(actor, threads)
    regroup.require_lasting(into.board_id)
    _require_complete(sources)
    followers.require_few(sources, into, into.board_id)
    moving = [places for source in sources if (places := order.places_of(source))]
    combined = _combined(into, [place for places in moving for place in places])
    origins = [Origin.of(into, kept=combined.kept), *map(Origin.of, sources)]
    before, gained = regroup.counts_of(threads), sum(source.reply_count + 1 for source in sources)
    for source in sources:
        order.move_unplaced(source, into)
        into.view_count += source.view_count
    session.flush()
    regroup.apply(origins, [combined], {into.id: gained})
    for source, places in zip(sources, moving, strict=True):
        pages = first_of_pages((place.post_id, place.position) for place in places)
        finish(actor, source, into, posts=len(places), page_posts=pages, redirect_days=redirect_days)
    regroup.count_in_boards(before, regroup.counts_of([into]))
    page_versions.invalidate_removed_threads()


def finish(
    actor: Member | None,
    source: Thread,
    into: Thread,
    *,
    posts: int,
    page_posts: Sequence[int],
    redirect_days: int | None,
) -> None:
    """Remove a thread of which all posts are in another, to which its address leads then; record that."""
    record("merge-thread", actor=actor, target=f"thread:{source.id}", name=source.title, into=into.id)
    record("merge-threads", actor=actor, target=f"thread:{into.id}", name=source.title, posts=posts)
    _remove(source, into, page_posts)
    if redirect_days is not None and source.board_id != into.board_id:
        redirects.leave_row(source.board_id, into.id, days=redirect_days)


def _require_complete(sources: Sequence[Thread]) -> None:
    """Refuse threads of which posts are only counted: nobody knows their dates, so they have no place elsewhere."""
    for source in sources:
        if source.base_post_count:
            words = "The first posts of “%(title)s” are not in this forum, so that it can only be merged into."
            raise Conflict(say(words, title=source.title))


def _combined(into: Thread, moving: Sequence[Place]) -> Order:
    """The order of a thread with posts of others: what is older than all of them stays where it is."""
    later = order.places_since(into, min(place.created_at for place in moving))
    kept = later[0].position - 1 if later else into.last_position
    places = order.by_time([*later, *moving])
    order.require_few(places)
    return Order(into, kept, places if kept else order.opening_first(places))


def first_of_pages(posts: Iterable[tuple[int, int]]) -> list[int]:
    """The ids of the first posts of pages, from ids and positions of posts in their order."""
    pages: dict[int, int] = {}
    for post_id, position in posts:
        pages.setdefault((position - 1) // SIZE, post_id)
    return list(pages.values())


def _remove(source: Thread, into: Thread, page_posts: Sequence[int]) -> None:
    """Remove a thread that has no posts any more; its address leads to the other."""
    redirects.leave_for_merged(source, into, page_posts)
    move_thread_bans(source.id, into.id)
    carrying.move_thread(source.id, into.id)
    drafts.move_all(f"thread:{source.id}", f"thread:{into.id}")
    session.execute(delete(Thread).where(Thread.id == source.id).execution_options(synchronize_session=False))
    session.expunge(source)
    search.index_thread(source.id)
