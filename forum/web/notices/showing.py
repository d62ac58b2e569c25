"""The notices above a page, and the form that closes one of them."""

from flask import Blueprint, Response, request

from forum.auth import identity
from forum.models import Member
from forum.notices.actions import dismiss
from forum.notices.queries import notices_for
from forum.site.notices import ActiveNotice
from forum.web.addresses import next_path, see

blueprint = Blueprint("notices", __name__)


def notices(visitor: Member | None, board_id: int) -> list[ActiveNotice]:
    """The notices above the page of this request; none above pages of administration."""
    if request.path.startswith(("/admin", "/moderation/log")):
        return []
    return notices_for(visitor, board_id=board_id, is_front_page=request.path == "/")


@blueprint.post("/notices/<key>/dismiss")
def close(key: str) -> Response:
    """Close a notice for the member, and go back to the page above which it was."""
    dismiss(identity.member(), key)
    return see(next_path())
