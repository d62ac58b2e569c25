"""Signs of life: who is viewing a thread, kept fresh while it is open and ended when it is left."""

import re

from flask import Blueprint, Response, jsonify, render_template, request

from forum import identity
from forum.models import Thread
from forum.permissions import sees_deleted
from forum.presence import actions
from forum.presence.queries import Viewers
from forum.threads.queries import find_thread

blueprint = Blueprint("viewers", __name__)
PACES = ((500, 20), (50, 10), (0, 5))  # readers from which on, and seconds between signs of life


@blueprint.post("/threads/<int:thread_id>-<slug>/viewers")
@identity.reads_first
@identity.open_to_guests
def sign_of_life(thread_id: int, slug: str) -> Response:
    """Say that the reader is here (or leaves) and answer with the fresh block."""
    thread = find_thread(identity.visitor(), thread_id)
    tab = request.form.get("tab", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,24}", tab):
        tab = ""
    if request.form.get("leave"):
        actions.leave(_place(thread), identity.caller(), tab=tab)
        return Response(status=204)
    viewers = viewers_of(thread, tab=tab)
    html = render_template("thread/_viewers_text.html", viewers=viewers)
    counts = {name: getattr(viewers, name) for name in ("total", "members", "guests", "robots")}
    answer = jsonify(**counts, html=html, again=_again(viewers.total))
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _again(total: int) -> int:
    """Seconds to a reader's next sign of life: among many, nobody needs to know of each who comes at once."""
    return next(seconds for many, seconds in PACES if total >= many)


def viewers_of(thread: Thread, *, tab: str = "") -> Viewers:
    """Note that the reader views a thread, and see who else does; staff see hidden members' names."""
    reader = identity.caller()
    return actions.visit(_place(thread), reader, tab=tab, board=thread.board_id, see_hidden=sees_deleted(reader.member))


def _place(thread: Thread) -> str:
    return f"thread:{thread.id}"
