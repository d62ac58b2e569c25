"""What's new: the threads with the latest posts, all or only the unread ones."""

from flask import Blueprint, Response, render_template

from forum.auth import identity
from forum.threads import read_marks
from forum.threads.lists import new_threads
from forum.web import toasts
from forum.web.addresses import page_number, query_choice, see
from forum.web.fragments.ignoring import parted, starter_of

blueprint = Blueprint("whats_new", __name__)


@blueprint.get("/whats-new")
def show() -> str:
    """List the latest threads of the whole forum."""
    actor = identity.visitor()
    chosen = query_choice("filter", ("all", "unread"))
    rows, page = new_threads(actor, number=page_number(), unread=chosen == "unread")
    parts = parted(actor, rows, starter_of)
    return render_template("whats_new/whats_new.html", **parts._asdict(), page=page, filter=chosen)


@blueprint.post("/whats-new/mark-read")
def mark_read() -> Response:
    """Mark everything as read."""
    read_marks.mark_all_read(identity.member())
    return toasts.with_toast(see("/whats-new"), "marked-read")
