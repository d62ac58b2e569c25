"""Replies that arrive while a thread's page is open: what a heartbeat's answer says of them."""

from typing import Any

from markupsafe import Markup

from forum.infra.db import session
from forum.infra.messages import say_many
from forum.infra.paging import page_of, positions_on
from forum.interfaces import translate
from forum.models import Member, Thread
from forum.notifications import actions as notifications
from forum.notifications.queries import unseen_count
from forum.threads import queries, read_marks
from forum.web.post_html import post_article
from forum.web.post_views import post_views

MAX_COUNTED_REPLIES = 100


def replies_since(reader: Member | None, thread: Thread, *, after: int, since: int) -> dict[str, Any]:
    """What others posted after position `since`, in words, and the posts after position `after` as HTML.

    Only posts on the page of `after` come as HTML: later ones stand on a page of their own.
    """
    last = thread.last_visible_position
    if not 0 < after < last:
        return {"last": last}
    me = reader.id if reader else None
    of_others = [place for place, author in queries.visible_after(thread, since, MAX_COUNTED_REPLIES) if author != me]
    text = translate(say_many("%(num)d new reply", "%(num)d new replies", len(of_others))) if of_others else ""
    url = queries.address_at(thread, of_others[0]) if of_others else ""
    news = {"count": len(of_others), "text": text, "url": url, "html": _articles(reader, thread, after)}
    return {"last": last, "news": news}


def _articles(reader: Member | None, thread: Thread, after: int) -> Markup:
    """The posts after a position, as far as they stand on its page."""
    number = page_of(after)
    if after >= positions_on(number)[1]:
        return Markup("")
    posts = [post for post in queries.posts_on_page(reader, thread, number) if post.position > after]
    views = post_views(reader, posts, after)
    return Markup("").join(post_article(view, to_member=reader is not None) for view in views)


def mark_seen(reader: Member, thread: Thread, position: int) -> None:
    """Posts up to a position have been on the screen since their page was made: they arrived, or it was prefetched."""
    position = min(position, thread.last_visible_position)
    read_marks.mark_read(reader, thread, position)
    if reader.unread_alerts:
        notifications.mark_read(reader, thread, positions_on(page_of(position))[0], position)
    session.rollback()  # what was read so far is older than the marks


def alerts_of(reader: Member | None) -> dict[str, Any]:
    """What the bell shows; nothing for guests."""
    if reader is None:
        return {}
    count = unseen_count(reader)
    label = translate(say_many("%(num)d new alert", "%(num)d new alerts", count)) if count else ""
    return {"alerts": {"count": count, "label": label}}


def parse_position(text: str) -> int:
    """A position as a page sends it; 0 if it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0
