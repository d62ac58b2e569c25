"""The posts of a thread's page as HTML, cached and shared by all readers who see the same."""

import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import Lock
from typing import NamedTuple

from markupsafe import Markup

from forum import permissions
from forum.infra.database.per_app import PerApp
from forum.infra.paging import positions_on
from forum.markup.plain_text import excerpt
from forum.models import Member, Post, Right
from forum.reactions.queries import own_reactions
from forum.relations.queries import ignored_by
from forum.site.queries import snapshot
from forum.site.terms import must_accept_terms
from forum.threads import queries
from forum.web.fragments.fragment_cache import cached
from forum.web.fragments.ignoring import with_folded_quotes
from forum.web.fragments.post_views import GonePost, post_article, post_views
from forum.web.fragments.view_values import MemberName

MAX_AGE_SECONDS = 5.0  # like guests' pages: names and counts in members' cards may be this stale, posts never are
MAX_CACHED_PAGES = 64  # pages per process: about 3 MB
MAX_VARIANTS = 4  # variants per page: with and without new posts, with a member's own reaction
DESCRIPTION_LENGTH = 160  # characters of the page's description
MAX_AVATARS = 4
# Comments in the structured data for search engines (structured.py). A page of 20 posts may have at most 45,000 bytes:
# if the posts are long only the first ones are included, otherwise all.
POSTS_BYTES = 31_000  # posts and comments together
MIN_COMMENTS = 1
COMMENT_BYTES = 200  # without its text
COMMENT_LENGTH = 100  # characters


@dataclass(frozen=True)
class Comment:
    """A post other than its thread's first, as the structured data describes it."""

    text: str
    author: str
    author_path: str
    path: str
    created_at: datetime
    edited_at: datetime | None


@dataclass(frozen=True)
class Posts:
    """The posts of a page as HTML, and what else the page shows about them."""

    html: Markup
    count: int
    first: int
    last: int
    lead: str
    lead_id: int
    faces: tuple[MemberName, ...]
    authors: frozenset[int]
    reacted: tuple[int, ...]
    mine: Mapping[int, str]
    comments: tuple[Comment, ...] = ()
    lead_edited_at: datetime | None = None


class PageKey(NamedTuple):
    """What all readers of a page share: the versions move with everything that posts and the site's settings show."""

    thread_id: int
    number: int
    thread_version: int
    site_version: int


class Variant(NamedTuple):
    """All that differs between readers on a page without their own posts."""

    is_member: bool
    can_reply: bool
    can_react: bool
    new_after: int | None
    own_reactions: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class _Page:
    """What all readers share, and the HTML variants by what differs between readers."""

    until: float
    authors: frozenset[int]
    reacted: tuple[int, ...]
    variants: dict[Variant, Posts] = field(default_factory=dict)


class _Pages:
    """Pages by thread, number and version; the least recently used are evicted first."""

    def __init__(self, _: object) -> None:
        self._pages: OrderedDict[PageKey, _Page] = OrderedDict()
        self._lock = Lock()

    def find(self, page_key: PageKey) -> _Page | None:
        with self._lock:
            page = self._pages.get(page_key)
            if page is None or page.until < time.monotonic():
                return None
            self._pages.move_to_end(page_key)
            return page

    def keep(self, page_key: PageKey, variant: Variant, posts: Posts) -> None:
        with self._lock:
            page = self._pages.get(page_key)
            if page is None or page.until < time.monotonic():
                page = self._pages[page_key] = _Page(time.monotonic() + MAX_AGE_SECONDS, posts.authors, posts.reacted)
            if len(page.variants) < MAX_VARIANTS:
                page.variants[variant] = posts
            while len(self._pages) > MAX_CACHED_PAGES:
                self._pages.popitem(last=False)


_pages = PerApp(_Pages)


def posts_of(reader: Member | None, opened: queries.ThreadWithReaderState, number: int, *, gone: int = 0) -> Posts:
    """A page of a thread's posts as a reader sees it; `gone` is the position of a deleted post that a link led to."""
    posts = _posts_of(reader, opened, number, gone)
    return replace(posts, html=with_folded_quotes(reader, posts.html)) if ignored_by(reader) else posts


def _posts_of(reader: Member | None, opened: queries.ThreadWithReaderState, number: int, gone: int) -> Posts:
    if gone or permissions.may_see_hidden(reader, opened.thread.board_id):
        return _render(reader, opened, number, gone)
    pages = _pages.here()
    page_key = PageKey(opened.thread.id, number, opened.thread.version, snapshot().version)
    page = pages.find(page_key)
    if page and _is_shared(reader, page.authors):
        cached_posts = page.variants.get(_variant_for(reader, opened, number, own_reactions(reader, page.reacted)))
        if cached_posts is not None:
            return cached_posts
    rendered = _render(reader, opened, number)
    if _is_shared(reader, rendered.authors):
        pages.keep(page_key, _variant_for(reader, opened, number, rendered.mine), rendered)
    return rendered


def _is_shared(reader: Member | None, authors: frozenset[int]) -> bool:
    """Whether others may see the same: own posts contain forms and depend on the edit window, ignored ones fold."""
    return reader is None or (reader.id not in authors and authors.isdisjoint(ignored_by(reader)))


def _variant_for(
    reader: Member | None, opened: queries.ThreadWithReaderState, number: int, mine: Mapping[int, str]
) -> Variant:
    first, last = positions_on(number)
    read = opened.read_position
    is_new = read is not None and read < min(last, opened.thread.last_visible_position)
    new_after = max(first - 1, read or 0) if is_new else None
    can_reply = bool(permissions.may_reply(reader, opened.thread))
    can_react = permissions.has_right(reader, Right.REACT) and not must_accept_terms(reader)
    return Variant(reader is not None, can_reply, can_react, new_after, tuple(mine.items()))


def _render(reader: Member | None, opened: queries.ThreadWithReaderState, number: int, gone: int = 0) -> Posts:
    stored = queries.stored_on_page(reader, opened.thread, number)
    posts = [post for post in stored if post.is_public or permissions.may_see_post(reader, post)]
    views = post_views(reader, posts, opened.read_position)
    faces = {post.author_id: MemberName.of(post.author) for post in posts}
    articles = [(view.position, post_article(view)) for view in views]
    if gone and gone not in {position for position, _ in articles}:
        articles.append((gone, cached(GonePost(gone))))
    html = Markup("").join([html for _, html in sorted(articles)])
    return Posts(
        html=html,
        count=len(posts),
        first=posts[0].position if posts else 1,
        last=posts[-1].position if posts else 0,
        lead=excerpt(posts[0].html, DESCRIPTION_LENGTH) if posts else "",
        lead_id=posts[0].id if posts else 0,
        faces=tuple(faces.values())[:MAX_AVATARS],
        authors=frozenset(post.author_id for post in stored),  # also of posts that only they see
        reacted=tuple(view.id for view in views if view.reactions),
        mine={view.id: view.mine.key for view in views if view.mine},
        comments=() if reader else _comments(posts, POSTS_BYTES - len(html.encode())),
        lead_edited_at=posts[0].edited_at if posts else None,
    )


def waiting_posts(reader: Member | None, opened: queries.ThreadWithReaderState) -> Markup:
    """The posts after the last page that only their author and moderators see, not cached."""
    posts = queries.waiting_posts(reader, opened) if reader is not None else []
    html = Markup("").join(post_article(view) for view in post_views(reader, posts)) if posts else Markup("")
    return with_folded_quotes(reader, html)


def _comments(posts: Iterable[Post], budget: int) -> tuple[Comment, ...]:
    """The posts that contain text, as comments on the first, as many as fit into `budget` bytes."""
    comments = list[Comment]()
    for post in posts:
        if post.position > 1 and (text := excerpt(post.html, COMMENT_LENGTH)):
            budget -= COMMENT_BYTES + len(text.encode())
            if budget < 0 and len(comments) >= MIN_COMMENTS:
                break
            author = post.author
            comments.append(Comment(text, author.username, author.path, post.path, post.created_at, post.edited_at))
    return tuple(comments)
