"""Prepare posts for storing: render Markdown with the forum's members and smilies, and enforce posting limits."""

import math
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import func, select

from forum.infra import clock
from forum.infra.database.db import current_settings, on_sqlite, session
from forum.infra.errors import Invalid, TooSoon
from forum.infra.text.messages import say, say_many
from forum.markup.render import SafeHtml
from forum.markup.render import render as render_markup
from forum.markup.render_context import Lookup
from forum.members.bans.checks import require_may_post
from forum.members.queries import paths_of_names
from forum.members.signup import newcomers
from forum.models import Member, Post, Right, Thread
from forum.permissions import has_right, may_moderate
from forum.site.queries import snapshot
from forum.threads import rules


@dataclass(frozen=True)
class PreparedPost:
    """A post ready to be stored: source, safe HTML, ids of mentioned members and of quoted posts."""

    source: str
    html: SafeHtml
    mentions: tuple[int, ...]
    quoted: tuple[int, ...]


def prepare_body(body: str) -> PreparedPost:
    """Validate and render a body, for preview and storing alike. Raises Invalid."""
    return render_visible(rules.checked_body(body))


def render_visible(source: str) -> PreparedPost:
    """Render a source. Raises Invalid if nothing of it is visible."""
    written = render(source)
    rules.check_visible(written.html)
    return written


def render(source: str) -> PreparedPost:
    """Render a source without checks, for stored posts and archives."""
    site, paths = snapshot(), dict[str, str]()
    host = urlsplit(current_settings().base_url).hostname

    def members(names: frozenset[str]) -> dict[str, str]:
        paths.update(paths_of_names(names))
        return paths

    smilies = {**site.text_smilies, **site.smilies}
    lookup = Lookup(smilies, members, frozenset([host] if host else []), site.remote_images)
    rendered = render_markup(source, lookup)
    ids = (int(paths[name].split("/")[2].split("-")[0]) for name in rendered.mentions if name in paths)
    return PreparedPost(source, rendered.html, tuple(dict.fromkeys(ids)), rendered.quoted_posts)


def prepare_post(actor: Member, body: str, *, in_thread: Thread | None) -> PreparedPost:
    """Validate, rate-limit and render a member's post. Raises Invalid, TooSoon or, for a blocked address, Blocked."""
    source = rules.checked_body(body)
    is_limited = not has_right(actor, Right.POST_WITHOUT_LIMITS)
    is_new = newcomers.is_new(actor) and is_limited
    if is_new:
        require_may_post(actor.email)
    if current_settings().limits and is_limited:
        _check_pace(actor, source, in_thread, is_new=is_new)
    written = render_visible(source)
    if is_new and current_settings().limits:
        rules.check_new_member(written.html, len(written.mentions), limits=snapshot())
    return written


def check_slow_mode(actor: Member, thread: Thread) -> None:
    """Raise TooSoon if the thread is in slow mode and the member has written in it, also what is deleted since."""
    if not thread.slow_minutes or may_moderate(actor, thread):
        return
    pause = timedelta(minutes=thread.slow_minutes)
    recent = select(func.max(Post.created_at)).where(Post.author_id == actor.id, Post.created_at > clock.now() - pause)
    last = session.scalar(recent.where(Post.thread_id == thread.id))
    if last is not None:
        left = math.ceil((last + pause - clock.now()).total_seconds())
        told = say_many(
            "This thread is in slow mode. You can write in it again in %(num)d minute.",
            "This thread is in slow mode. You can write in it again in %(num)d minutes.",
            math.ceil(left / 60),
        )
        raise TooSoon(told, retry_after=max(left, 1))


def _check_pace(actor: Member, source: str, thread: Thread | None, *, is_new: bool) -> None:
    if not on_sqlite():  # serialize concurrent posts of one member; SQLite has one writer anyway
        session.execute(select(Member.id).where(Member.id == actor.id).with_for_update(key_share=True))
    now, seconds = clock.now(), rules.flood_seconds(snapshot().flood_seconds, is_new=is_new)
    since = now - max(rules.REPEAT_WINDOW, timedelta(seconds=seconds))
    recent = session.execute(
        select(Post.created_at, Post.thread_id, Post.source)
        .where(Post.author_id == actor.id, Post.created_at > since)
        .order_by(Post.created_at.desc())
        .limit(60)
    ).all()
    if any(row.source == source and row.created_at > now - rules.REPEAT_WINDOW for row in recent):
        raise Invalid({"body": [say("You have just posted the same text.")]})
    rules.check_flood(recent[0].created_at if recent else None, now, seconds=seconds)
    if thread is None:
        _check_threads_today(actor)


def _check_threads_today(actor: Member) -> None:
    since = clock.now() - timedelta(days=1)
    today = session.scalar(select(func.count()).where(Thread.starter_id == actor.id, Thread.started_at > since)) or 0
    if today >= rules.THREADS_A_DAY:
        words = say("You can start at most %(num)d threads a day.", num=rules.THREADS_A_DAY)
        raise TooSoon(words, retry_after=3600)
