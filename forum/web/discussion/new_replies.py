"""Replies posted while a thread's page is open, as a heartbeat's response reports them."""

from typing import Any

from markupsafe import Markup

from forum.auth import identity
from forum.infra.database.db import session
from forum.infra.paging import page_of, positions_on
from forum.infra.text.messages import say_many
from forum.interfaces import translate
from forum.models import Member, Thread
from forum.notifications import marks as notification_marks
from forum.notifications.queries import unseen_count
from forum.relations.queries import ignored_by
from forum.threads import queries, read_marks
from forum.web.fragments.ignoring import with_folded_quotes
from forum.web.fragments.page_parts import MAX_COUNTED_REPLIES
from forum.web.fragments.post_views import post_article, post_views


def replies_since(reader: Member | None, thread: Thread, *, after: int, since: int) -> dict[str, Any]:
    """Number and text of others' posts after position `since`, and the posts after position `after` as HTML.

    HTML is returned only for posts on the same page as `after`.


    """
    last = thread.last_visible_position
    if not 0 < after < last:
        return {"last": last}
    unseen = ignored_by(reader) | ({reader.id} if reader else set())
    replies = queries.visible_after(thread, since, MAX_COUNTED_REPLIES)
    positions = [position for position, author in replies if author not in unseen]
    text = translate(say_many("%(num)d new reply", "%(num)d new replies", len(positions))) if positions else ""
    url = queries.address_at(thread, positions[0]) if positions else ""
    news = {"count": len(positions), "text": text, "url": url, "html": _new_posts_html(reader, thread, after)}
    return {"last": last, "news": news}


def _new_posts_html(reader: Member | None, thread: Thread, after: int) -> Markup:
    """The posts after a position that are on the same page."""
    number = page_of(after)
    if after >= positions_on(number)[1]:
        return Markup("")
    posts = [post for post in queries.posts_on_page(reader, thread, number) if post.position > after]
    views = post_views(reader, posts, after)
    return with_folded_quotes(reader, Markup("").join(post_article(view) for view in views))


def mark_seen(reader: Member, thread: Thread, position: int) -> None:
    """Mark posts up to a position as read that were shown after rendering: new replies, prefetched pages."""
    if identity.viewed_groups() is not None:  # reading as somebody else is no reading of one's own
        return
    position = min(position, thread.last_visible_position)
    read_marks.mark_read(reader, thread, position)
    if reader.unseen_notifications:
        notification_marks.mark_read(reader, thread, positions_on(page_of(position))[0], position)
    session.rollback()  # ends the transaction, whose snapshot is older than the read marks


def notifications_of(reader: Member | None) -> dict[str, Any]:
    """Count and label of the bell; empty for guests."""
    if reader is None:
        return {}
    count = unseen_count(reader)
    label = translate(say_many("%(num)d new notification", "%(num)d new notifications", count)) if count else ""
    return {"notifications": {"count": count, "label": label}}


def parse_position(text: str) -> int:
    """A position from a request; 0 if it is not a valid number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
