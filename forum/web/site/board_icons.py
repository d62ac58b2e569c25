"""Icons of boards; that of a hidden board is hidden too."""

from flask import Blueprint, Response, request
from werkzeug import Response as AnyResponse

from forum import permissions
from forum.auth import identity
from forum.infra.errors import NotFound
from forum.site.board_icons import icon_content
from forum.site.queries import Site, follow_database, snapshot
from forum.web.assets import IMMUTABLE
from forum.web.site.appearance import SANDBOX

blueprint = Blueprint("board_icons", __name__)
PRIVATE = "private, no-cache"  # of a board that not everybody sees: kept, and asked for again each time


@blueprint.get("/board-icons/<int:board_id>-<digest>.webp")
def icon(board_id: int, digest: str) -> AnyResponse:
    """Serve a board's icon: immutable, as the address changes with the content."""
    if not _has_icon(snapshot(), board_id):  # a page of another process may know a newer one
        follow_database()
    site = snapshot()
    if not _has_icon(site, board_id):
        raise NotFound
    is_public = site.guest_tree.get(board_id) is not None
    if not is_public and board_id not in permissions.scope_of(identity.visitor()).see:
        raise NotFound
    content = icon_content(board_id)
    if content is None:
        raise NotFound
    response = Response(content, content_type="image/webp")
    response.headers["Cache-Control"] = IMMUTABLE if is_public else PRIVATE
    response.headers["Content-Security-Policy"] = SANDBOX
    response.set_etag(digest)
    return response.make_conditional(request)


def _has_icon(site: Site, board_id: int) -> bool:
    """Whether the board has the icon that is asked for."""
    node = site.tree.get(board_id)
    return node is not None and node.icon == request.path
