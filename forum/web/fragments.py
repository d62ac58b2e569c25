"""Cached fragments around the posts: page header, thread head, sidebar and the empty composer."""

from collections.abc import Hashable

from markupsafe import Markup

from forum.infra.paging import Page
from forum.models import Member, Thread
from forum.notifications.queries import unseen_count
from forum.permissions import Verdict
from forum.web.addresses import back
from forum.web.forms import Form
from forum.web.fragment_cache import part
from forum.web.template_globals import ago, date
from forum.web.thread_posts import Posts

SECTION_PATHS = ("/whats-new", "/members", "/search")  # sections the header links to
FORUM_PATHS = ("/boards", "/threads")


def header(visitor: Member | None, here: str) -> Markup:
    """The header bar; for a member it is the same in all threads until their alert count changes."""
    alerts = unseen_count(visitor) if visitor else 0
    own = (visitor.id, visitor.username, visitor.role, alerts) if visitor else None
    section = "/" if here == "/" or here.startswith(FORUM_PATHS) else next(filter(here.startswith, SECTION_PATHS), "")
    login_query = "" if visitor else back()
    return part(
        "_header.html", own, section, login_query, visitor=visitor, section=section, alerts=alerts, back=login_query
    )


def thread_head(thread: Thread, page: Page, *, can_reply: Verdict, has_unread: bool) -> Markup:
    """Title, starter, counts and pagination of a thread, and its actions apart from the moderators' tools."""
    given = {"page": page, "has_unread": has_unread, "can_reply": bool(can_reply)}
    shown = (*_of_thread(thread), page.number, page.count, has_unread, bool(can_reply))
    return part("thread/_head.html", *shown, thread=thread, can_moderate=False, **given)


def thread_about(thread: Thread, posts: Posts) -> Markup:
    """A thread's statistics and its posters' avatars, for the sidebar."""
    shown = (*_of_thread(thread), date(thread.last_posted_at), posts.count, posts.faces)
    return part("thread/_about.html", *shown, thread=thread, posts=posts)


def empty_composer(place: str) -> Markup:
    """The empty reply form."""
    return part("thread/_composer.html", place, place=place, form=Form())


def _of_thread(thread: Thread) -> tuple[Hashable, ...]:
    about = (
        thread.id,
        thread.title,
        thread.is_pinned,
        thread.is_locked,
        thread.deleted_at,
        thread.last_visible_position,
    )
    people = (thread.starter.id, thread.starter.username, thread.reply_count, thread.view_count)
    return *about, *people, ago(thread.started_at)
