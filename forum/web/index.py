"""The index: every board, and what is new in each."""

from flask import Blueprint, render_template

from forum import identity
from forum.boards import queries as boards
from forum.presence.actions import visit

blueprint = Blueprint("index", __name__)


@blueprint.get("/")
def show() -> str:
    """The forum's front page."""
    actor = identity.visitor()
    tree = boards.tree(actor)
    return render_template(
        "index.html",
        sections=boards.sections(actor, tree),
        blocks=boards.latest_blocks(actor, tree),
        latest=boards.latest_in(actor, list(tree.boards.values()), most=5),
        online=visit("forum", identity.caller()),
        statistics=boards.statistics(tree),
    )
