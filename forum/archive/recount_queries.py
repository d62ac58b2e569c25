"""The correct value of every stored counter, recounted from posts, reactions and notifications.

Each function returns one statement over all rows of a table, for both SQLite and PostgreSQL. A post counts for its
author and its board while it and its thread are public; a hidden thread keeps its own counters. When a thread
is deleted or restored, its authors' counters follow later, as far as its thread_settling row says. Counts imported
without their rows (`base_…`) are added. threads/counters.py applies the same rules incrementally.
"""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, Subquery, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from forum.models import (
    Board,
    Conversation,
    ConversationMember,
    ConversationMessage,
    DeleteBackfill,
    Member,
    Notification,
    Post,
    PostRevision,
    Reaction,
    ReactionKind,
    ReviewItem,
    ReviewKind,
    Thread,
)


def _or_zero(column: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.coalesce(column, 0)


def posts_of_threads() -> Subquery:
    """For each thread with posts: counts of all and visible posts; first, last and last visible position."""
    is_visible = Post.is_public
    return (
        select(
            Post.thread_id,
            func.count().label("held"),
            func.count().filter(is_visible).label("seen"),
            func.min(Post.position).label("first"),
            func.max(Post.position).label("last"),
            func.max(Post.position).filter(is_visible).label("last_seen"),
        )
        .where(Post.position > 0)  # the others were never public
        .group_by(Post.thread_id)
        .subquery()
    )


def threads() -> Select[Any]:
    """One row per thread: its counts and its last post."""
    posts, last = posts_of_threads(), aliased(Post)
    highest = _or_zero(posts.c.last)
    return (
        select(
            Thread.id,
            (Thread.base_post_count + _or_zero(posts.c.seen) - 1).label("reply_count"),
            case((highest > Thread.base_post_count, highest), else_=Thread.base_post_count).label("last_position"),
            func.coalesce(last.position, Thread.base_post_count).label("last_visible_position"),
            last.id.label("last_post_id"),
            func.coalesce(last.author_id, Thread.base_last_poster_id, Thread.starter_id).label("last_poster_id"),
            func.coalesce(last.created_at, Thread.base_last_posted_at, Thread.started_at).label("last_posted_at"),
            Thread.board_id,
            Thread.is_public.label("is_public"),
        )
        .outerjoin(posts, posts.c.thread_id == Thread.id)
        .outerjoin(last, and_(last.thread_id == Thread.id, last.position == posts.c.last_seen))
    )


def boards() -> Select[Any]:
    """One row per board: its counts and its latest thread; in a tie, the stored thread is accepted."""
    alive = _alive_threads()
    counts = _counts_of_boards(alive)
    latest, stored = _latest_threads(alive, counts), aliased(alive)
    is_as_late = and_(
        stored.c.id == Board.last_thread_id,
        stored.c.board_id == Board.id,
        stored.c.last_posted_at == counts.c.last_posted_at,
    )
    columns = (
        Board.id,
        _or_zero(counts.c.threads).label("thread_count"),
        _or_zero(counts.c.posts).label("post_count"),
        func.coalesce(stored.c.id, latest.c.id).label("last_thread_id"),
        counts.c.last_posted_at.label("last_posted_at"),
    )
    with_counts = select(*columns).outerjoin(counts, counts.c.board_id == Board.id)
    return with_counts.outerjoin(latest, latest.c.board_id == Board.id).outerjoin(stored, is_as_late)


def _alive_threads() -> CTE:
    every = threads().cte("every_thread")
    return select(every).where(every.c.is_public).cte("alive_thread")


def _counts_of_boards(alive: CTE) -> CTE:
    return (
        select(
            alive.c.board_id,
            func.count().label("threads"),
            func.sum(alive.c.reply_count + 1).label("posts"),
            func.max(alive.c.last_posted_at).label("last_posted_at"),
        )
        .group_by(alive.c.board_id)
        .cte("board_counts")
    )


def _latest_threads(alive: CTE, counts: CTE) -> CTE:
    is_latest = and_(counts.c.board_id == alive.c.board_id, counts.c.last_posted_at == alive.c.last_posted_at)
    return (
        select(alive.c.board_id, func.max(alive.c.id).label("id"))
        .join(counts, is_latest)
        .group_by(alive.c.board_id)
        .cte("latest_thread")
    )


def members() -> Select[Any]:
    """One row per member: messages, reactions received, unseen notifications and unread conversations."""
    posts, reactions, unseen = _posts_of_authors(), _reactions_to_authors(), _unseen_notifications()
    conversations = _unread_conversations()
    columns = (
        Member.id,
        (Member.base_message_count + _or_zero(posts.c.posts)).label("message_count"),
        (Member.base_positive_reactions + _or_zero(reactions.c.positive)).label("positive_reactions"),
        (Member.base_negative_reactions + _or_zero(reactions.c.negative)).label("negative_reactions"),
        _or_zero(unseen.c.unseen).label("unseen_notifications"),
        _or_zero(conversations.c.unread).label("unread_conversations"),
    )
    with_posts = select(*columns).outerjoin(posts, posts.c.author_id == Member.id)
    with_reactions = with_posts.outerjoin(reactions, reactions.c.author_id == Member.id)
    with_unseen = with_reactions.outerjoin(unseen, unseen.c.member_id == Member.id)
    return with_unseen.outerjoin(conversations, conversations.c.member_id == Member.id)


def _is_counted() -> ColumnElement[bool]:
    """Whether a post counts for its author; for Post joined to Thread and outer-joined to DeleteBackfill."""
    settled = and_(DeleteBackfill.thread_id.is_(None), Thread.is_public)
    return and_(Post.is_public, or_(settled, Post.position > DeleteBackfill.counted_above))


def _posts_of_authors() -> Subquery:
    posts = select(Post.author_id, func.count().label("posts")).join(Thread, Thread.id == Post.thread_id)
    posts = posts.outerjoin(DeleteBackfill, DeleteBackfill.thread_id == Thread.id)
    return posts.where(_is_counted()).group_by(Post.author_id).subquery()


def _reactions_to_authors() -> Subquery:
    positive = func.count().filter(ReactionKind.score > 0).label("positive")
    negative = func.count().filter(ReactionKind.score < 0).label("negative")
    return (
        select(Post.author_id, positive, negative)
        .select_from(Reaction)
        .join(ReactionKind, ReactionKind.id == Reaction.kind_id)
        .join(Post, Post.id == Reaction.post_id)
        .join(Thread, Thread.id == Post.thread_id)
        .outerjoin(DeleteBackfill, DeleteBackfill.thread_id == Thread.id)
        .where(_is_counted())
        .group_by(Post.author_id)
        .subquery()
    )


def _unseen_notifications() -> Subquery:
    unseen = select(Notification.member_id, func.count().label("unseen")).where(Notification.is_unseen())
    return unseen.group_by(Notification.member_id).subquery()


def _unread_conversations() -> Subquery:
    last = _last_positions()
    unread = select(ConversationMember.member_id, func.count().label("unread"))
    unread = unread.join(last, last.c.conversation_id == ConversationMember.conversation_id)
    is_unread = and_(ConversationMember.left_at.is_(None), ConversationMember.read_position < last.c.last)
    return unread.where(is_unread).group_by(ConversationMember.member_id).subquery()


def _last_positions() -> Subquery:
    last = func.max(ConversationMessage.position).label("last")
    at = func.max(ConversationMessage.created_at).label("at")
    columns = (ConversationMessage.conversation_id, last, at)
    return select(*columns).group_by(ConversationMessage.conversation_id).subquery()


def conversations() -> Select[Any]:
    """One row per conversation: its last position, and when its last message was written."""
    last = _last_positions()
    columns = (
        Conversation.id,
        _or_zero(last.c.last).label("last_position"),
        func.coalesce(last.c.at, Conversation.started_at).label("last_message_at"),
    )
    return select(*columns).outerjoin(last, last.c.conversation_id == Conversation.id)


def posts() -> Select[Any]:
    """One row per post that has revisions or a waiting edit, or says so: their number, and whether one waits."""
    revisions = select(PostRevision.post_id, func.count().label("number")).group_by(PostRevision.post_id).subquery()
    of_edit = (ReviewItem.kind == ReviewKind.HELD_EDIT.value, ReviewItem.decided_at.is_(None))
    waiting = select(ReviewItem.post_id).where(*of_edit).subquery()
    has_edit = waiting.c.post_id.is_not(None)
    return (
        select(Post.id, _or_zero(revisions.c.number).label("revision_count"), has_edit.label("has_held_edit"))
        .outerjoin(revisions, revisions.c.post_id == Post.id)
        .outerjoin(waiting, waiting.c.post_id == Post.id)
        .where((Post.revision_count != 0) | revisions.c.number.is_not(None) | Post.has_held_edit | has_edit)
    )


def gaps() -> Select[Any]:
    """Threads whose post positions are not contiguous from base_post_count + 1 to the last, or that have none.

    A thread that is being merged has a gap, but begins with its first post and ends with its last one.
    """
    posts = posts_of_threads()
    first, last = (
        func.coalesce(posts.c.first, Thread.base_post_count + 1),
        func.coalesce(posts.c.last, Thread.base_post_count),
    )
    return (
        select(
            Thread.id,
            _or_zero(posts.c.held).label("held"),
            (Thread.base_post_count + 1).label("first"),
            last.label("last"),
        )
        .outerjoin(posts, posts.c.thread_id == Thread.id)
        .where(
            (first != Thread.base_post_count + 1)
            | ((_or_zero(posts.c.held) != last - Thread.base_post_count) & ~Thread.is_being_merged)
            | (last == 0)
        )
        .order_by(Thread.id)
    )
