"""Heartbeats: keep a thread's viewers up to date while it is open, and end when the reader leaves."""

import re

from flask import Blueprint, Response, jsonify, render_template

from forum.auth import identity
from forum.models import Right, Thread
from forum.permissions import has_right
from forum.presence import actions
from forum.presence.heartbeat_tickets import ticket_for
from forum.presence.queries import Viewers, viewers
from forum.threads.queries import find_thread
from forum.web.discussion.new_replies import mark_seen, notifications_of, parse_position, replies_since
from forum.web.forms import hidden_field
from forum.web.prefetch import is_prefetch

blueprint = Blueprint("viewers", __name__)
HEARTBEAT_SECONDS = ((500, 20), (50, 10), (0, 5))  # from this many viewers on, seconds between heartbeats


@blueprint.post("/threads/<int:thread_id>-<slug>/viewers")
@identity.defers_write_lock
@identity.open_to_guests
@identity.allowed_while_viewing_as
def sign_of_life(thread_id: int, slug: str) -> Response:
    """Record that the reader is viewing (or leaving) and answer with the current viewers and new replies."""
    reader = identity.visitor()
    thread = find_thread(reader, thread_id)
    after, since, read = (parse_position(hidden_field(name)) for name in ("after", "since", "read"))
    tab = _tab()
    if reader is not None and read and not is_prefetch():
        mark_seen(reader, thread, read)
        thread = find_thread(reader, thread_id)
    if hidden_field("leave"):
        actions.leave(_place(thread), identity.visitor_key(), tab=tab)
        return Response(status=204)
    viewers = viewers_of(thread, tab=tab)
    html = render_template("thread/_viewers_text.html", viewers=viewers)
    counts = {name: getattr(viewers, name) for name in ("total", "members", "guests", "robots")}
    news = replies_since(reader, thread, after=after, since=since) | notifications_of(reader)
    answer = jsonify(**counts, html=html, again=_next_heartbeat(viewers.total), ticket=ticket_for(thread.id), **news)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _tab() -> str:
    tab = hidden_field("tab")
    return tab if re.fullmatch(r"[A-Za-z0-9_-]{0,24}", tab) else ""


def _next_heartbeat(total: int) -> int:
    """Seconds until a reader's next heartbeat; the more viewers, the longer."""
    return next(seconds for count, seconds in HEARTBEAT_SECONDS if total >= count)


def viewers_of(thread: Thread, *, tab: str = "") -> Viewers:
    """Record that the reader views a thread and return all viewers; those with the right see hidden members' names."""
    see_hidden = has_right(identity.visitor(), Right.SEE_HIDDEN_MEMBERS)
    return record_viewer_in(_place(thread), tab=tab, board=thread.board_id, see_hidden=see_hidden)


def record_viewer_in(where: str, *, tab: str = "", board: int = 0, see_hidden: bool = False) -> Viewers:
    """Record that the reader is at a place, unless the page is prefetched, and return all viewers."""
    if is_prefetch():
        return viewers(where, None, see_hidden=see_hidden)
    return actions.record_visit(where, identity.visitor_key(), tab=tab, board=board, see_hidden=see_hidden)


def _place(thread: Thread) -> str:
    return f"thread:{thread.id}"
