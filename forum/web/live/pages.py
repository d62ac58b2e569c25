"""A page of a thread as it is now: for the readers who see the same, and for one reader."""

import zlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, union

from forum.infra.database.db import session
from forum.infra.paging import Page, positions_on
from forum.models import Member, Post, Reaction, Thread
from forum.permissions import may_see_post
from forum.threads import queries
from forum.web.fragments.page_parts import thread_counts
from forum.web.fragments.post_views import post_article, post_views
from forum.web.fragments.thread_posts import MAX_AVATARS
from forum.web.fragments.view_values import MemberName, ThreadView

MAX_NEW = 100  # new posts that are named
AROUND = 0  # stands for what surrounds the posts, where posts have their ids


@dataclass(frozen=True)
class PageState:
    """The posts of a page, rendered, by their ids in the order of the page."""

    version: int
    last: int
    head: int
    around: str
    articles: dict[int, str]

    @property
    def digests(self) -> dict[int, int]:
        """A hash of each post, and of what surrounds them."""
        return {AROUND: hash(self.around)} | {post_id: hash(html) for post_id, html in self.articles.items()}


def head_mark(thread: Thread) -> int:
    """A number that changes with what a thread's pages say around the posts, but for what changes with each reply."""
    lock = (thread.is_locked, thread.lock_reason, thread.locks_at, thread.locked_until, thread.slow_minutes)
    state = (thread.is_pinned, thread.visibility, thread.is_being_merged, bool(thread.reply_count))
    return zlib.crc32(repr((thread.title, thread.board_id, lock, state)).encode())


def page_state(reader: Member | None, thread: Thread, number: int) -> PageState:
    """A page as a reader sees it who has neither written nor reacted on it; no post is marked as new."""
    stored = queries.stored_on_page(reader, thread, number)
    posts = [post for post in stored if post.is_public or may_see_post(reader, post)]
    articles = {view.id: str(post_article(view)) for view in post_views(reader, posts)}
    faces = tuple({post.author_id: MemberName.of(post.author) for post in posts}.values())[:MAX_AVATARS]
    around = thread_counts(ThreadView.of(thread), Page(number, thread.last_visible_position), len(posts), faces)
    return PageState(thread.version, thread.last_visible_position, head_mark(thread), str(around), articles)


def involved_in(thread: Thread, number: int, member_ids: Collection[int]) -> set[int]:
    """Those of some members who have written or reacted on a page: they see something else there than others."""
    first, last = positions_on(number)
    on_page = (Post.thread_id == thread.id, Post.position.between(first, last))
    reacted = select(Reaction.member_id).join(Post, Post.id == Reaction.post_id).where(*on_page)
    found = session.scalars(union(select(Post.author_id).where(*on_page), reacted)) if member_ids else ()
    return set(found).intersection(member_ids)


def news(thread: Thread, after: int, *, but: Collection[int] = ()) -> list[list[Any]]:
    """Position and address of the first posts after a position, without those of some authors."""
    if after >= thread.last_visible_position:
        return []
    rows = queries.visible_after(thread, after, MAX_NEW)
    return [[position, queries.address_at(thread, position)] for position, author in rows if author not in but]


def values_of(state: PageState, changed: Collection[int], new: list[list[Any]]) -> dict[str, Any]:
    """What a page is told: which posts it has now, and those that are new or changed as HTML."""
    articles = [state.articles[post_id] for post_id in changed if post_id != AROUND]
    return {
        "version": state.version,
        "last": state.last,
        "head": state.head,
        "ids": list(state.articles),
        "html": "".join(articles),
        "new": new,
    } | ({"around": state.around} if AROUND in changed else {})
