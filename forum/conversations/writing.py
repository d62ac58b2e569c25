"""Prepare messages for storing: the limits of posts, and stricter ones for new members who write to strangers."""

import re
from datetime import timedelta

from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import current_settings, session
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.markup.render import SafeHtml
from forum.members.bans.checks import require_may_post
from forum.members.signup import newcomers
from forum.models import ConversationMessage, Member, Right
from forum.permissions import has_right
from forum.site.queries import snapshot
from forum.spam.blocked_links import first_blocked
from forum.threads import rules
from forum.threads.writing import render_visible

_LINK = re.compile(r'<a href="https?:')
MAX_RECENT = 60  # messages of the last minutes that are compared


def prepare(actor: Member, body: str, *, is_first: bool = False) -> tuple[str, SafeHtml]:
    """Validate, rate-limit and render a message; returns its source and HTML. Raises Invalid, TooSoon or Blocked."""
    source = rules.checked_body(body)
    is_limited = not has_right(actor, Right.POST_WITHOUT_LIMITS) and current_settings().limits
    is_new = newcomers.is_new(actor) and is_limited
    if is_new:
        require_may_post(actor.email)
    if is_limited:
        _check_pace(actor, source, is_new=is_new)
    return source, rendered(source, is_new=is_new, is_first=is_first)


def rendered(source: str, *, is_new: bool, is_first: bool = False) -> SafeHtml:
    """Render a source. Raises Invalid for what new members may not write, and for links that are blocked."""
    written = render_visible(source)
    if is_new and is_first and _LINK.search(written.html):
        raise Invalid({"body": [say("New members cannot begin a conversation with a link.")]})
    if is_new:
        rules.check_new_member(written.html, len(written.mentions), limits=snapshot())
    if domain := first_blocked(written.html):
        raise Invalid({"body": [say("Links to %(domain)s are blocked at present.", domain=domain)]})
    return written.html


def _check_pace(actor: Member, source: str, *, is_new: bool) -> None:
    now, seconds = clock.now(), rules.flood_seconds(snapshot().flood_seconds, is_new=is_new)
    since = now - max(rules.REPEAT_WINDOW, timedelta(seconds=seconds))
    message = ConversationMessage
    recent = session.execute(
        select(message.created_at, message.source)
        .where(message.author_id == actor.id, message.created_at > since, message.event == "")
        .order_by(message.created_at.desc())
        .limit(MAX_RECENT)
    ).all()
    if any(row.source == source and row.created_at > now - rules.REPEAT_WINDOW for row in recent):
        raise Invalid({"body": [say("You have just posted the same text.")]})
    rules.check_flood(recent[0].created_at if recent else None, now, seconds=seconds)
