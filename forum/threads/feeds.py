"""Content of feeds: posts as guests see them, and the time of the last change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from forum.infra.database.db import session
from forum.markup.plain_text import excerpt, without_spoilers
from forum.models import Board, Post, Thread

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


def changed_at(entries: Iterable[Entry], boards: Sequence[Board]) -> datetime | None:
    """When a feed of threads in some boards last changed, by a post, an edit or a deleted thread."""
    deleted = aliased(Thread)
    newest = select(func.max(deleted.deleted_at)).where(deleted.board_id == Board.id, ~deleted.is_public)
    rows = session.scalars(select(newest.scalar_subquery()).where(Board.id.in_([board.id for board in boards])))
    moments = [moment for entry in entries for moment in (entry.thread.last_posted_at, entry.edited_at)]
    return _latest([*moments, *rows])


def posts_changed_at(thread: Thread, posts: Sequence[Post]) -> datetime | None:
    """When a feed of a thread's latest posts last changed, by a post, an edit or a deletion."""
    lowest = posts[-1].position if posts else 1
    deleted = select(func.max(Post.deleted_at)).where(Post.thread_id == thread.id, Post.position >= lowest)
    moments = [moment for post in posts for moment in (post.created_at, post.edited_at)]
    return _latest([*moments, session.scalar(deleted)])


def _latest(moments: Iterable[datetime | None]) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)
