"""Signs of life: who is viewing a thread, kept fresh while it is open and ended when it is left."""

import re

from flask import Blueprint, Response, jsonify, render_template

from forum.auth import identity
from forum.models import Thread
from forum.permissions import may_see_deleted
from forum.presence import actions
from forum.presence.heartbeat_tickets import ticket_for
from forum.presence.queries import Viewers, viewers
from forum.threads.queries import find_thread
from forum.web.forms import hidden_field
from forum.web.new_replies import alerts_of, mark_seen, parse_position, replies_since
from forum.web.prefetch import is_prefetch

blueprint = Blueprint("viewers", __name__)
HEARTBEAT_SECONDS = ((500, 20), (50, 10), (0, 5))  # readers from which on, and seconds between signs of life


@blueprint.post("/threads/<int:thread_id>-<slug>/viewers")
@identity.reads_first
@identity.open_to_guests
def sign_of_life(thread_id: int, slug: str) -> Response:
    """Say that the reader is here (or leaves) and answer with the fresh block, and with replies that arrived."""
    reader = identity.visitor()
    thread = find_thread(reader, thread_id)
    after, since, read = (parse_position(hidden_field(name)) for name in ("after", "since", "read"))
    tab = _tab()
    if reader is not None and read and not is_prefetch():
        mark_seen(reader, thread, read)
        thread = find_thread(reader, thread_id)
    if hidden_field("leave"):
        actions.leave(_place(thread), identity.caller(), tab=tab)
        return Response(status=204)
    there = viewers_of(thread, tab=tab)
    html = render_template("thread/_viewers_text.html", viewers=there)
    counts = {name: getattr(there, name) for name in ("total", "members", "guests", "robots")}
    news = replies_since(reader, thread, after=after, since=since) | alerts_of(reader)
    answer = jsonify(**counts, html=html, again=_again(there.total), ticket=ticket_for(thread.id), **news)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _tab() -> str:
    tab = hidden_field("tab")
    return tab if re.fullmatch(r"[A-Za-z0-9_-]{0,24}", tab) else ""


def _again(total: int) -> int:
    """Seconds to a reader's next sign of life: among many, nobody needs to know of each who comes at once."""
    return next(seconds for many, seconds in HEARTBEAT_SECONDS if total >= many)


def viewers_of(thread: Thread, *, tab: str = "") -> Viewers:
    """Note that the reader views a thread, and see who else does; staff see hidden members' names."""
    return record_viewer_in(
        _place(thread), tab=tab, board=thread.board_id, see_hidden=may_see_deleted(identity.visitor())
    )


def record_viewer_in(where: str, *, tab: str = "", board: int = 0, see_hidden: bool = False) -> Viewers:
    """Note that the reader is in a place, unless the page is only fetched ahead, and see who else is there."""
    if is_prefetch():
        return viewers(where, None, see_hidden=see_hidden)
    return actions.record_visit(where, identity.caller(), tab=tab, board=board, see_hidden=see_hidden)


def _place(thread: Thread) -> str:
    return f"thread:{thread.id}"
