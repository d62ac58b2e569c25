"""The index page: all boards and their latest threads."""

from flask import Blueprint, render_template

from forum import permissions
from forum.auth import identity
from forum.boards import queries as boards
from forum.interfaces import CacheableGuestPage, allow_guest_caching
from forum.web.discussion.viewers import record_viewer_in

blueprint = Blueprint("index", __name__)
VIEWERS_TEMPLATE = "_online.html"


@blueprint.get("/")
def show() -> str:
    """Show the index page."""
    actor = identity.visitor()
    tree = boards.tree(actor)
    latest = boards.latest_of(actor, tree)
    online = record_viewer_in("forum")
    if actor is None:
        allow_guest_caching(
            CacheableGuestPage(
                "forum", 0, 0, render_template(VIEWERS_TEMPLATE, online=online), VIEWERS_TEMPLATE, variable="online"
            )
        )
    return render_template(
        "index.html",
        sections=boards.sections(actor, tree),
        blocks=latest.blocks,
        latest=latest.everywhere,
        online=online,
        statistics=boards.statistics(actor, tree),
        may_see_members=bool(permissions.may_see_members(actor)),
    )
