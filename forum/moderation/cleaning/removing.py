"""Remove what a member wrote in one thread; each part is logged with what was before."""

from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.orm import joinedload

from forum import page_versions, permissions
from forum.audit_log import Change, record
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.text.messages import one_line
from forum.markup.render import VERSION
from forum.models import Board, Member, Post, PostRevision, Thread, Visibility
from forum.models.discussion.visibility import DELETED
from forum.moderation import tools
from forum.moderation.cleaning import targets
from forum.moderation.cleaning.plan import Plan
from forum.search.index import actions as search
from forum.similar import actions as similar
from forum.threads import counters
from forum.threads.rules import REASON_MAX
from forum.threads.writing import render

REMOVED_TEXT = "[deleted]"  # of a first post whose thread stays
_FACTS = (Post.id, Post.position, Post.visibility)


def find_thread(thread_id: int) -> Thread | None:
    """A thread with its board, as it is stored now."""
    found = select(Thread).where(Thread.id == thread_id).options(joinedload(Thread.board))
    return session.scalars(found, execution_options={"populate_existing": True}).one_or_none()


def remove_in_thread(
    actor: Member, member: Member, plan: Plan, thread_id: int, post_ids: Collection[int]
) -> Counter[str]:
    """Remove the thread if it goes as a whole, else these posts; returns how many of what."""
    done = Counter[str]()
    thread = find_thread(thread_id)
    if thread is None:
        return done
    page_versions.lock_thread(thread)
    if not permissions.may_moderate(actor, thread):
        done["elsewhere"] = len(post_ids)
    elif session.scalar(targets.whole_threads(member.id, plan).where(Thread.id == thread_id)) is not None:
        _remove_whole(actor, thread, plan, done)
    else:
        _remove_posts(actor, thread, plan, _chosen(member, plan, thread_id, post_ids), done)
    return done


def _remove_whole(actor: Member, thread: Thread, plan: Plan, done: Counter[str]) -> None:
    """Delete or move a thread if it is public or held, as was chosen; what is held is deleted in any case."""
    if thread.visibility not in targets.states(plan):
        return
    if plan.board_id is not None and thread.is_public:
        board = session.get(Board, plan.board_id)
        if board is not None and thread.board_id != board.id:
            tools.move_thread(actor, thread, board=board)
            done["threads"] = 1
        return
    page_versions.bump_board(thread.board_id)
    entry = tools.take_away(actor, thread, reason=plan.reason)
    thread.deleted_at = entry.at
    session.flush()
    done["threads"] = 1


def _chosen(member: Member, plan: Plan, thread_id: int, post_ids: Collection[int]) -> Sequence[Row[Any]]:
    """The posts as they are now that nobody else can change them: others may have moved or hidden some."""
    found = select(*_FACTS).where(
        Post.thread_id == thread_id, in_list(Post.id, post_ids), *targets.own_posts(member.id, plan)
    )
    return session.execute(found.order_by(Post.id).with_for_update(of=Post)).all()


def _remove_posts(actor: Member, thread: Thread, plan: Plan, rows: Sequence[Row[Any]], done: Counter[str]) -> None:
    for row in rows:
        if row.position == 1 and plan.posts:
            done["first_posts"] += _blank(actor, thread, row.id)
    rows = [row for row in rows if row.position != 1]
    if not rows:
        return
    now, reason = clock.now(), one_line(plan.reason)[:REASON_MAX]
    values = {"deleted_at": now, "deleted_by_id": actor.id, "delete_reason": reason}
    store(rows, visibility=Visibility.DELETED.value, **values)
    public = {row.id: row.position for row in rows if row.visibility == Visibility.PUBLIC}
    if public:
        search.remove_posts(public)
        counters.count_deletions(thread, author_of(rows), public, sign=-1)
    for row in rows:
        change = Change({"state": Visibility(row.visibility).name.lower()}, {"state": DELETED})
        record("delete-post", actor=actor, target=f"post:{row.id}", change=change, reason=reason).at = now
    done["posts"] = len(rows)


def author_of(rows: Sequence[Row[Any]]) -> int:
    """The author of posts, who is the same."""
    return session.scalars(select(Post.author_id).where(Post.id == rows[0].id)).one()


def store(rows: Collection[Row[Any]], **values: object) -> None:
    """Store values for posts."""
    changed = update(Post).where(in_list(Post.id, [row.id for row in rows])).values(**values)
    session.execute(changed, execution_options={"synchronize_session": False})
    for row in rows:
        if (loaded := session.identity_map.get(session.identity_key(Post, row.id))) is not None:
            session.expire(loaded)


def _blank(actor: Member, thread: Thread, post_id: int) -> int:
    """Replace the text of a public first post; the text is kept as that of an edit. Returns 0 if it is so already."""
    post = session.get_one(Post, post_id, populate_existing=True)
    if not post.is_public or post.source == REMOVED_TEXT:
        return 0
    now, edited_at = clock.now(), post.edited_at
    before = {"revision": post.revision_count, "editor_id": post.editor_id}
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
