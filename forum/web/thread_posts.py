"""The posts of a thread's page as HTML, made once for all readers who are shown the same."""

import time
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from markupsafe import Markup

from forum import permissions
from forum.infra.ephemeral_store import PerApp
from forum.infra.paging import positions_on
from forum.markup.plain_text import excerpt
from forum.models import Member, Post
from forum.reactions.queries import own_reactions
from forum.site.queries import snapshot
from forum.threads import queries
from forum.web.fragment_cache import macro
from forum.web.post_html import post_article
from forum.web.post_views import post_views

MAX_AGE_SECONDS = 5.0  # as guests' pages are: members' names and counts in the cards may be so old, the posts never are
MAX_CACHED_PAGES = 64  # pages of a process: about 3 MB
MAX_VARIANTS = 4  # in which one of them is kept: with and without what is new, with a member's own reaction
DESCRIPTION_LENGTH = 160  # characters that say what the page is about
MAX_AVATARS = 4
# What search engines are told of a page's posts beside the first (structured.py). A page of 20 posts has at most 45,000
# bytes, so that of long posts the first are told, and of others all.
POSTS_BYTES = 31_000  # of posts and comments together
MIN_COMMENTS = 1
COMMENT_BYTES = 200  # without its text
COMMENT_LENGTH = 100  # characters


@dataclass(frozen=True)
class Comment:
    """A post that is not its thread's first, as search engines are told of it."""

    text: str
    author: str
    author_path: str
    path: str
    created_at: datetime
    edited_at: datetime | None


@dataclass(frozen=True)
class Posts:
    """The posts of a page as HTML, and what their page says of them besides."""

    html: Markup
    count: int
    first: int
    last: int
    lead: str
    faces: tuple[tuple[str, str], ...]
    authors: frozenset[int]
    reacted: tuple[int, ...]
    mine: Mapping[int, str]
    comments: tuple[Comment, ...] = ()
    lead_edited_at: datetime | None = None


@dataclass(frozen=True)
class _Page:
    """What is the same for all readers, and its HTML by what is not."""

    until: float
    authors: frozenset[int]
    reacted: tuple[int, ...]
    ways: dict[Hashable, Posts] = field(default_factory=dict)


class _Pages:
    """Pages by thread, number and version, the least used given up first."""

    def __init__(self, _: object) -> None:
        self._pages: OrderedDict[Hashable, _Page] = OrderedDict()
        self._lock = Lock()

    def find(self, which: Hashable) -> _Page | None:
        with self._lock:
            page = self._pages.get(which)
            if page is None or page.until < time.monotonic():
                return None
            self._pages.move_to_end(which)
            return page

    def keep(self, which: Hashable, how: Hashable, posts: Posts) -> None:
        with self._lock:
            page = self._pages.get(which)
            if page is None or page.until < time.monotonic():
                page = self._pages[which] = _Page(time.monotonic() + MAX_AGE_SECONDS, posts.authors, posts.reacted)
            if len(page.ways) < MAX_VARIANTS:
                page.ways[how] = posts
            while len(self._pages) > MAX_CACHED_PAGES:
                self._pages.popitem(last=False)


_pages = PerApp(_Pages)


def posts_of(reader: Member | None, opened: queries.ThreadWithReaderState, number: int, *, gone: int = 0) -> Posts:
    """A page of a thread's posts, as a reader is shown it; `gone` is where a deleted post that they look for stood."""
    if gone or permissions.may_see_deleted(reader):
        return _render(reader, opened, number, gone)
    pages, which = _pages.here(), (opened.thread.id, number, opened.thread.version, snapshot().version)
    page = pages.find(which)
    if page and (reader is None or reader.id not in page.authors):
        found = page.ways.get(_way(reader, opened, number, own_reactions(reader, page.reacted)))
        if found is not None:
            return found
    made = _render(reader, opened, number)
    if reader is None or reader.id not in made.authors:  # of one's own posts a part is forms, and the time to edit
        pages.keep(which, _way(reader, opened, number, made.mine), made)
    return made


def _way(
    reader: Member | None, opened: queries.ThreadWithReaderState, number: int, mine: Mapping[int, str]
) -> Hashable:
    """All that a page's posts differ by from reader to reader, where none of them is the reader's own."""
    first, last = positions_on(number)
    read = opened.read_position
    is_new = read is not None and read < min(last, opened.thread.last_visible_position)
    new_after = max(first - 1, read or 0) if is_new else None
    return reader is not None, bool(permissions.may_reply(reader, opened.thread)), new_after, tuple(mine.items())


def _render(reader: Member | None, opened: queries.ThreadWithReaderState, number: int, gone: int = 0) -> Posts:
    found = queries.posts_on_page(reader, opened.thread, number)
    views = post_views(reader, found, opened.read_position)
    authors = {post.author_id: (post.author.username, post.author.path) for post in found}
    articles = [(view.post.position, post_article(view, to_member=reader is not None)) for view in views]
    if gone and gone not in {position for position, _ in articles}:
        articles.append((gone, macro("_macros/post.html", "gone_post")(gone)))
    html = Markup("").join([html for _, html in sorted(articles)])
    return Posts(
        html=html,
        count=len(found),
        first=found[0].position if found else 1,
        last=found[-1].position if found else 0,
        lead=excerpt(found[0].html, DESCRIPTION_LENGTH) if found else "",
        faces=tuple(authors.values())[:MAX_AVATARS],
        authors=frozenset(authors),
        reacted=tuple(view.post.id for view in views if view.reactions),
        mine={view.post.id: view.mine.key for view in views if view.mine},
        comments=() if reader else _comments(found, POSTS_BYTES - len(html.encode())),
        lead_edited_at=found[0].edited_at if found else None,
    )


def _comments(posts: Iterable[Post], room: int) -> tuple[Comment, ...]:
    """The posts that have words, as comments on the first, as many as there is room for."""
    found = list[Comment]()
    for post in posts:
        if post.position > 1 and (text := excerpt(post.html, COMMENT_LENGTH)):
            room -= COMMENT_BYTES + len(text.encode())
            if room < 0 and len(found) >= MIN_COMMENTS:
                break
            author = post.author
            found.append(Comment(text, author.username, author.path, post.path, post.created_at, post.edited_at))
    return tuple(found)
