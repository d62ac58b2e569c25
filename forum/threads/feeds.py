"""Content of feeds: posts as guests see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from sqlalchemy import select

from forum.infra.database.db import session
from forum.markup.plain_text import excerpt, without_spoilers
from forum.models import Post, Thread

MAX_HTML_CHARS = 20_000  # characters of a post's HTML in a feed; a longer one is cut to an excerpt
EXCERPT_CHARS = 2000


@dataclass(frozen=True)
class Entry:
    """A thread in a feed; `html` is its first post, empty if the archive does not hold it."""

    thread: Thread
    html: str = ""
    edited_at: datetime | None = None


def feed_html(html: str) -> str:
    """A post's HTML for a feed: without spoilers, and as an excerpt if it is very long."""
    shown = without_spoilers(html)
    return shown if len(shown) <= MAX_HTML_CHARS else f"<p>{escape(excerpt(html, EXCERPT_CHARS), quote=False)}</p>"


def entries_of(threads: Sequence[Thread]) -> list[Entry]:
    """Threads with their first posts, in one query."""
    columns = (Post.thread_id, Post.html, Post.edited_at)
    firsts = select(*columns).where(Post.position == 1, Post.is_public)
    rows = session.execute(firsts.where(Post.thread_id.in_([thread.id for thread in threads])))
    texts = {row.thread_id: (feed_html(row.html), row.edited_at) for row in rows} if threads else {}
    return [Entry(thread, *texts.get(thread.id, ())) for thread in threads]
