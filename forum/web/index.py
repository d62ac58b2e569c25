"""The index page: all boards and their latest threads."""

from flask import Blueprint, render_template

from forum.auth import identity
from forum.boards import queries as boards
from forum.interfaces import Shared, share
from forum.web.viewers import viewers_in

blueprint = Blueprint("index", __name__)
CROWD = "_online.html"


@blueprint.get("/")
def show() -> str:
    """Show the index page."""
    actor = identity.visitor()
    tree = boards.tree(actor)
    latest = boards.latest_of(tree)
    online = viewers_in("forum")
    if actor is None:
        share(Shared("forum", 0, 0, render_template(CROWD, online=online), CROWD, variable="online"))
    return render_template(
        "index.html",
        sections=boards.sections(actor, tree),
        blocks=latest.blocks,
        latest=latest.everywhere,
        online=online,
        statistics=boards.statistics(tree),
    )
