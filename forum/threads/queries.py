"""Read queries for threads and posts."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, func, select
from sqlalchemy.orm import contains_eager, defer, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from forum import permissions
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import Page, page_of, positions_on
from forum.models import (
    BoardRead,
    Draft,
    Member,
    Notification,
    Post,
    PostRevision,
    Thread,
    ThreadRead,
    ThreadWatch,
    WatchLevel,
)
from forum.models.members.member import with_member_name
from forum.site.group_membership import own_id, shows_joined_groups
from forum.threads.approval import unpublished
from forum.verdicts import HIDDEN, YES
from forum.watching.queries import columns_for, parsed

MAX_WAITING_SHOWN = 20  # posts after the last page
MAX_CHECKED_NOTIFICATIONS = 100  # newest unread notifications checked when a thread is opened


@dataclass(frozen=True)
class ThreadWithReaderState:
    """A thread with the reader's state: read position, draft, unread notifications."""

    thread: Thread
    read_position: int | None = None
    draft: str = ""
    has_notifications: bool = False
    watch: str = WatchLevel.OFF  # what the reader has chosen for the thread, or what follows from its board
    has_waiting: bool = False  # posts that were never public: own ones, or those that the reader may approve


def visible_threads(actor: permissions.Actor) -> Select[Thread]:
    """The threads an actor may see, with everything a list shows."""
    return threads_with_names().where(permissions.visible_threads(actor))


@cache
def threads_with_names() -> Select[Thread]:
    """All threads with everything a list shows; the caller decides who may see which."""
    return (
        select(Thread)
        .join(Thread.board)
        .options(contains_eager(Thread.board), with_member_name(Thread.starter), with_member_name(Thread.last_poster))
    )


def open_thread(actor: Member | None, thread_id: int) -> ThreadWithReaderState:
    """A thread with the reader's position, draft and unread notifications, in one query. Raises NotFound."""
    if actor is None:
        return ThreadWithReaderState(find_thread(None, thread_id))
    values = {"thread_id": thread_id, "actor_id": actor.id, "place": f"thread:{thread_id}"}
    row = session.execute(_opened(), values).first()
    if row is None or not permissions.may_see_thread(actor, row[0]):
        raise NotFound
    thread, position, draft, has_notifications, has_own, has_others, level, *chosen = row
    actor.watches = parsed(*chosen)
    watch = level or actor.watches.of_thread_in(thread.board_id)
    has_waiting = has_own or (has_others and permissions.may_see_hidden(actor, thread.board_id))
    return ThreadWithReaderState(thread, position, draft or "", bool(has_notifications), watch, bool(has_waiting))


@cache
def _opened() -> Select[Any]:
    me: BindParameter[int] = bindparam("actor_id")
    return (
        threads_with_names()
        .add_columns(ThreadRead.position, Draft.body, _has_notifications(me), *unpublished.exist_for(me))
        .add_columns(ThreadWatch.level, *columns_for(me))
        .outerjoin(ThreadRead, and_(ThreadRead.thread_id == Thread.id, ThreadRead.member_id == me))
        .outerjoin(ThreadWatch, and_(ThreadWatch.thread_id == Thread.id, ThreadWatch.member_id == me))
        .outerjoin(Draft, and_(Draft.member_id == me, Draft.place == bindparam("place")))
        .where(Thread.id == bindparam("thread_id"))
    )


def _has_notifications(me: BindParameter[int]) -> ColumnElement[bool]:
    """Whether one of the member's MAX_CHECKED_NOTIFICATIONS newest unread notifications is about a post in it."""
    unread = select(Notification.post_id).where(Notification.member_id == me, Notification.read_at.is_(None))
    newest = unread.order_by(Notification.id.desc()).limit(MAX_CHECKED_NOTIFICATIONS).subquery()
    return select(Post.id).join(newest, newest.c.post_id == Post.id).where(Post.thread_id == Thread.id).exists()


def find_thread(actor: Member | None, thread_id: int) -> Thread:
    """A thread that the actor may see; raises NotFound."""
    thread = session.scalars(_thread_by_id(), {"thread_id": thread_id}).first()
    if thread is None or not permissions.may_see_thread(actor, thread):
        raise NotFound
    return thread


def thread_exists(thread_id: int) -> bool:
    """Whether a thread exists, also one that is hidden."""
    return session.scalar(select(Thread.id).where(Thread.id == thread_id)) is not None


@cache
def _thread_by_id() -> Select[Thread]:
    return threads_with_names().where(Thread.id == bindparam("thread_id"))


def find_post(actor: Member | None, post_id: int) -> Post:
    """A post that the actor may see, with its thread, board and author; raises NotFound."""
    statement = (
        select(Post)
        .join(Post.thread)
        .join(Thread.board)
        .where(Post.id == post_id, permissions.visible_posts(actor))
        .options(
            contains_eager(Post.thread).contains_eager(Thread.board), joinedload(Post.author), joinedload(Post.editor)
        )
    )
    post = session.scalars(statement).first()
    if post is None:
        raise NotFound
    return post


def posts_on_page(actor: Member | None, thread: Thread, number: int, *, with_source: bool = False) -> list[Post]:
    """The posts at the positions of a page that the actor may see; the source only on request."""
    stored = stored_on_page(actor, thread, number, with_source=with_source)
    return [post for post in stored if post.is_public or permissions.may_see_post(actor, post)]


def stored_on_page(actor: Member | None, thread: Thread, number: int, *, with_source: bool = False) -> list[Post]:
    """The posts at the positions of a page: all for moderators, for others all that somebody sees in this place.

    The caller decides which of those that are not public the actor may see.
    """
    first, last = positions_on(number)
    sees_hidden = permissions.may_see_hidden(actor, thread.board_id)
    statement = _posts_between(sees_hidden=sees_hidden, with_source=with_source, with_groups=shows_joined_groups())
    posts = list(session.scalars(statement, {"thread_id": thread.id, "first": first, "last": last}))
    for post in posts:
        set_committed_value(post, "thread", thread)
    return posts


def waiting_posts(actor: Member, opened: ThreadWithReaderState) -> list[Post]:
    """The posts of a thread that were never public: the reader's own, or those that they may approve."""
    if not opened.has_waiting:
        return []
    thread = opened.thread
    which = unpublished.shown_to(actor, sees_all=permissions.may_see_hidden(actor, thread.board_id))
    statement = _with_cards(with_groups=shows_joined_groups()).where(Post.thread_id == thread.id, which)
    posts = list(session.scalars(statement.order_by(Post.id.desc()).limit(MAX_WAITING_SHOWN)))[::-1]
    for post in posts:
        set_committed_value(post, "thread", thread)
    return posts


def _with_cards(*, with_groups: bool) -> Select[Post]:
    card = (*Member.card(), Member.joined_groups) if with_groups else Member.card()
    return select(Post).options(joinedload(Post.author).load_only(*card), with_member_name(Post.editor))


@cache
def _posts_between(*, sees_hidden: bool, with_source: bool, with_groups: bool) -> Select[Post]:
    condition = Post.position.between(bindparam("first"), bindparam("last"))
    posts = _with_cards(with_groups=with_groups).where(Post.thread_id == bindparam("thread_id"), condition)
    statement = posts.order_by(Post.position)
    statement = statement if with_source else statement.options(defer(Post.source))
    return statement if sees_hidden else statement.where(~Post.is_deleted)


def visible_after(thread: Thread, position: int, most: int) -> list[tuple[int, int]]:
    """Position and author id of the first `most` publicly visible posts after a position."""
    statement = select(Post.position, Post.author_id).where(
        Post.thread_id == thread.id, Post.position > position, Post.is_public
    )
    return [(at, author) for at, author in session.execute(statement.order_by(Post.position).limit(most))]


def unseen_before(actor: Member, post: Post, *, seen: int) -> tuple[int, int]:
    """The number of others' posts before a member's own post that they have not seen, and the id of the first.

    `seen` is the last position on their screen; 0 (unknown) means their read mark.
    """
    thread = post.thread
    if not seen:
        seen = session.scalar(select(ThreadRead.position).filter_by(member_id=actor.id, thread_id=thread.id)) or 0
    if not 0 < seen < post.position - 1:
        return 0, 0
    others = (Post.author_id != actor.id, Post.is_public, Post.position.between(seen + 1, post.position - 1))
    count, first = session.execute(
        select(func.count(), func.min(Post.position)).where(Post.thread_id == thread.id, *others)
    ).one()
    if not count:
        return 0, 0
    return count, session.scalar(select(Post.id).filter_by(thread_id=thread.id, position=first)) or 0


def latest_posts(thread: Thread, most: int) -> list[Post]:
    """The last publicly visible posts, newest first."""
    statement = select(Post).where(Post.thread_id == thread.id, Post.is_public).options(joinedload(Post.author))
    return list(session.scalars(statement.order_by(Post.position.desc()).limit(most)))


def page_in_thread(actor: Member | None, thread: Thread, number: int) -> Page:
    """A page of a thread's positions up to the last post the actor sees. Raises NotFound past the end."""
    last = _last_readable_position(actor, thread)
    page = Page(number, last)
    if number > page.count:
        page = Page(number, _last_own_position(actor, thread, after=last) or last)
    if not 1 <= number <= page.count:
        raise NotFound
    return page


def last_page(actor: Member | None, thread: Thread) -> int:
    """The number of a thread's last page."""
    return page_of(_last_readable_position(actor, thread))


def _last_readable_position(actor: Member | None, thread: Thread) -> int:
    sees_hidden = permissions.may_see_hidden(actor, thread.board_id)
    return thread.last_position if sees_hidden else thread.last_visible_position


def _last_own_position(actor: Member | None, thread: Thread, *, after: int) -> int | None:
    """The position of the last post after those that everybody sees that its author sees; None for all others."""
    own = (Post.author_id == own_id(actor), ~Post.is_deleted)
    return session.scalar(
        select(func.max(Post.position)).where(Post.thread_id == thread.id, Post.position > after, *own)
    )


def nearest_address(thread: Thread, number: int) -> str:
    """The address of the publicly visible post nearest to a page that has none: after the page, else before."""
    first, last = positions_on(number)
    after = _neighbour(thread, Post.position > last, newest=False)
    position = after or _neighbour(thread, Post.position < first, newest=True)
    return address_at(thread, position) if position else thread.path


def find_deleted_post(actor: Member | None, post_id: int) -> Post:
    """A deleted post in a thread the actor may see, even if they may not see the post. Raises NotFound."""
    statement = (
        select(Post)
        .join(Post.thread)
        .join(Thread.board)
        .where(Post.id == post_id, Post.is_deleted, permissions.visible_threads(actor))
        .options(contains_eager(Post.thread).contains_eager(Thread.board))
    )
    post = session.scalars(statement).first()
    if post is None:
        raise NotFound
    return post


def deleted_address(actor: Member | None, post_id: int) -> str:
    """The address of the neighbour of a deleted post in a thread the actor may see. Raises NotFound."""
    post = find_deleted_post(actor, post_id)
    thread, position = post.thread, post.position
    permissions.require(YES if post.was_published else HIDDEN)
    before = _neighbour(thread, Post.position < position, newest=True)
    neighbour = before or _neighbour(thread, Post.position > position, newest=False) or position
    number = page_of(neighbour)
    return f"{thread.path}?{f'page={number}&' if number > 1 else ''}deleted={position}#post-{position}"


def is_deleted_position(thread: Thread, position: int) -> bool:
    """Whether the post at a position is deleted."""
    deleted = select(Post.id).where(Post.thread_id == thread.id, Post.position == position, Post.is_deleted)
    return session.scalar(deleted) is not None


def address_of(post: Post) -> str:
    """The address of a post: page of the thread and anchor; post.thread must be loaded."""
    place = post.position if post.was_published else post.thread.last_visible_position
    return f"{address_at(post.thread, place).partition('#')[0]}#{post.anchor}"


def unread_address(actor: Member | None, thread: Thread) -> str:
    """The address at which the reader continues: the first post they have not seen, else the last."""
    position = (
        session.scalar(select(ThreadRead.position).filter_by(member_id=actor.id, thread_id=thread.id))
        if actor
        else None
    )
    next_post = None
    if position is not None:
        next_post = _neighbour(thread, Post.position > position, newest=False)
    elif actor is None or not _is_marked_read(actor, thread):
        return thread.path
    post = next_post or _neighbour(thread, Post.position > 0, newest=True)
    return address_at(thread, post) if post else thread.path


def latest_address(thread: Thread) -> str:
    """The address of the thread's last post."""
    post = _neighbour(thread, Post.position > 0, newest=True)
    return address_at(thread, post) if post else thread.path


def _neighbour(thread: Thread, where: ColumnElement[bool], *, newest: bool) -> int | None:
    order = Post.position.desc() if newest else Post.position
    statement = select(Post.position).where(Post.thread_id == thread.id, Post.is_public, where)
    return session.scalar(statement.order_by(order).limit(1))


def address_at(thread: Thread, position: int) -> str:
    """The address of a position in a thread: its page and its anchor."""
    number = page_of(position)
    return f"{thread.path}{f'?page={number}' if number > 1 else ''}#post-{position}"


def _is_marked_read(actor: Member, thread: Thread) -> bool:
    marked = session.scalar(select(BoardRead.read_at).filter_by(member_id=actor.id, board_id=thread.board_id))
    moments = [moment for moment in (marked, actor.read_all_at) if moment is not None]
    return any(thread.last_posted_at <= moment for moment in moments)


def revisions_of(post: Post, newest: int, most: int) -> list[PostRevision]:
    """The old texts of a post, newest first, from revision `newest` + 1, which is needed to diff `newest`."""
    statement = (
        select(PostRevision)
        .where(PostRevision.post_id == post.id, PostRevision.number <= newest + 1)
        .options(joinedload(PostRevision.editor))
    )
    return list(session.scalars(statement.order_by(PostRevision.number.desc()).limit(most)))
