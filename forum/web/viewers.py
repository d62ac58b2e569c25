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
    answer = jsonify(
        total=viewers.total, members=viewers.members, guests=viewers.guests, robots=viewers.robots, html=html
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def viewers_of(thread: Thread, *, tab: str = "") -> Viewers:
    """Note that the reader views a thread, and see who else does; staff see hidden members' names."""
    reader = identity.caller()
    return actions.visit(_place(thread), reader, tab=tab, board=thread.board_id, see_hidden=sees_deleted(reader.member))


def _place(thread: Thread) -> str:
    return f"thread:{thread.id}"
