"""Remove what a member wrote; each part is logged with what was before."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import takewhile
from typing import NamedTuple

from sqlalchemy import Row, select, update
from sqlalchemy.orm import joinedload

from forum import page_versions, permissions
from forum.audit_log import Change, record
from forum.boards.queries import find_board
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.errors import ForumError
from forum.infra.text.messages import one_line
from forum.markup.render import VERSION
from forum.models import Member, Post, PostRevision, Thread, Visibility
from forum.models.discussion.visibility import DELETED
from forum.moderation import tools
from forum.moderation.cleaning import targets
from forum.moderation.cleaning.plan import Plan
from forum.search.index import actions as search
from forum.similar import actions as similar
from forum.threads import counters
from forum.threads.counters import PlacedPost
from forum.threads.rules import REASON_MAX
from forum.threads.writing import render


class Place(NamedTuple):
    """A post in its thread."""

    thread_id: int
    id: int


REMOVED_TEXT = "[deleted]"  # of a first post whose thread stays


def find_thread(thread_id: int) -> Thread | None:
    """A thread with its board, as it is stored now."""
    found = select(Thread).where(Thread.id == thread_id).options(joinedload(Thread.board))
    return session.scalars(found, execution_options={"populate_existing": True}).one_or_none()


def find_threads(thread_ids: Collection[int]) -> dict[int, Thread]:
    """Threads by id, with their boards, locked in the order of their ids."""
    page_versions.lock_threads(thread_ids)
    found = select(Thread).where(in_list(Thread.id, thread_ids)).options(joinedload(Thread.board))
    threads = session.scalars(found.order_by(Thread.id), execution_options={"populate_existing": True})
    return {thread.id: thread for thread in threads}


def remove_next(actor: Member, member: Member, plan: Plan, places: Sequence[Place]) -> tuple[int, Counter[str]]:
    """Remove the posts at the first of these places, by thread and id; returns at how many, and how many of what.

    A thread that goes as a whole is alone in its turn, with all its posts that are named.
    """
    threads = find_threads(sorted({place.thread_id for place in places}))
    own = [thread.id for thread in threads.values() if thread.starter_id == member.id]
    going = targets.whole_threads(member.id, plan).where(in_list(Thread.id, own))
    whole = set(session.scalars(going)) if own else set()
    first = places[0].thread_id
    if first in whole:
        number = sum(place.thread_id == first for place in places)
        return number, _remove_whole(actor, threads[first], plan, number)
    chosen = list(takewhile(lambda place: place.thread_id not in whole, places))
    moderated = {thread_id for thread_id, each in threads.items() if permissions.may_moderate(actor, each)}
    ids = [place.id for place in chosen if place.thread_id in moderated]
    done = Counter(elsewhere=len(chosen) - len(ids))
    if ids:
        done.update(_remove_posts(actor, member, plan, threads, ids))
    return len(chosen), done


def _remove_whole(actor: Member, thread: Thread, plan: Plan, number: int) -> Counter[str]:
    """Delete or move a thread if it is public or held, as was chosen; what is held is deleted in any case."""
    if not permissions.may_moderate(actor, thread):
        return Counter(elsewhere=number)
    if thread.visibility not in targets.states(plan):
        return Counter()
    if plan.board_id is not None and thread.is_public:
        return _move(actor, thread, plan.board_id, number)
    page_versions.bump_board(thread.board_id)
    entry = tools.take_away(actor, thread, reason=plan.reason)
    thread.deleted_at = entry.at
    session.flush()
    return Counter(threads=1)


def _move(actor: Member, thread: Thread, board_id: int, number: int) -> Counter[str]:
    if thread.board_id == board_id:
        return Counter()
    try:
        with session.begin_nested():
            tools.move_thread(actor, thread, board=find_board(actor, board_id))
    except ForumError:  # such as a board that was closed or deleted meanwhile
        return Counter(refused=number)
    return Counter(threads=1)


def _remove_posts(
    actor: Member, member: Member, plan: Plan, threads: Mapping[int, Thread], ids: Collection[int]
) -> Counter[str]:
    """Delete posts in locked threads, as they are now: others may have moved or hidden some; blank first posts."""
    found = select(Post.id, Post.thread_id, Post.position, Post.visibility)
    found = found.where(in_list(Post.id, ids), *targets.own_posts(member.id, plan)).order_by(Post.id)
    rows = [row for row in session.execute(found.with_for_update(of=Post)) if row.thread_id in threads]
    page_versions.lock_boards(*{threads[row.thread_id].board_id for row in rows})
    firsts = [row for row in rows if row.position == 1 and plan.posts]
    blanked = sum(_blank(actor, threads[row.thread_id], row.id) for row in firsts)
    rows = [row for row in rows if row.position != 1]
    if rows:
        _delete_posts(actor, member, plan.reason, threads, rows)
    return Counter(posts=len(rows), first_posts=blanked)


def _delete_posts(
    actor: Member, member: Member, reason: str, threads: Mapping[int, Thread], rows: Sequence[Row[int, int, int, int]]
) -> None:
    now, why = clock.now(), one_line(reason)[:REASON_MAX]
    store(
        [row.id for row in rows],
        visibility=Visibility.DELETED.value,
        deleted_at=now,
        deleted_by_id=actor.id,
        delete_reason=why,
    )
    public = [PlacedPost(row.id, row.thread_id, row.position) for row in rows if row.visibility == Visibility.PUBLIC]
    if public:
        search.remove_posts([post.id for post in public])
        counters.count_deletions(threads, member.id, public, sign=-1)
    for row in rows:
        change = Change({"state": Visibility(row.visibility).name.lower()}, {"state": DELETED})
        record("delete-post", actor=actor, target=f"post:{row.id}", change=change, reason=why).at = now


def store(post_ids: Collection[int], **values: object) -> None:
    """Store values for posts."""
    changed = update(Post).where(in_list(Post.id, post_ids)).values(**values)
    session.execute(changed, execution_options={"synchronize_session": False})
    for post_id in post_ids:
        if (loaded := session.identity_map.get(session.identity_key(Post, post_id))) is not None:
            session.expire(loaded)


def _blank(actor: Member, thread: Thread, post_id: int) -> int:
    """Replace the text of a public first post; the text is kept as that of an edit. Returns 0 if it is so already."""
    post = session.get_one(Post, post_id, populate_existing=True)
    if not post.is_public or post.source == REMOVED_TEXT:
        return 0
    now, edited_at = clock.now(), post.edited_at
    before: dict[str, object] = {"revision": post.revision_count, "editor_id": post.editor_id}
    before["edited_at"] = edited_at.isoformat() if edited_at else None
    post.revision_count += 1
    number, kept = post.revision_count, {"source": post.source, "replaced_at": now, "editor_id": actor.id}
    session.add(PostRevision(post_id=post.id, number=number, **kept))
    post.edited_at, post.editor_id = now, actor.id
    store_text(thread, post, REMOVED_TEXT)
    change = Change(before, {"revision": number})
    record("edit-post", actor=actor, target=f"post:{post.id}", change=change, revision=number)
    return 1


def store_text(thread: Thread, post: Post, source: str) -> None:
    """Store the text of a first post, and what follows from it."""
    post.source, post.html, post.markup_version = source, render(source).html, VERSION
    session.flush()
    search.index_thread(thread.id)
    similar.refresh(thread.id)
    page_versions.bump_board(thread.board_id)  # its feed contains the first posts of threads
