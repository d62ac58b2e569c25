"""The page on which a board is deleted with all its threads."""

from flask import Blueprint, render_template
from werkzeug import Response

from forum.admin.board_actions import boards_in_order, find_board
from forum.admin.board_deletions import content_of, start_deletion
from forum.models import Right
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import current_form, hidden_field, rerenders_on_error
from forum.web.recent_password import requires_recent_password

blueprint = Blueprint("admin_board_deletion", __name__, url_prefix="/admin/boards")


@blueprint.get("/<int:board_id>/delete-with-threads")
@requires_recent_password
def deletion_page(board_id: int) -> str:
    """Show how much would be deleted with a board."""
    administrator(Right.MANAGE_BOARDS)
    board = find_board(board_id)
    return render_template(
        "admin/board_deletion.html",
        board=board,
        content=content_of(board),
        has_children=bool(boards_in_order().children(board)),
        form=current_form(),
    )


@blueprint.post("/<int:board_id>/delete-with-threads")
@requires_recent_password
@rerenders_on_error(deletion_page)
def delete_with_threads(board_id: int) -> Response:
    """Begin to delete a board with all its threads."""
    start_deletion(administrator(Right.MANAGE_BOARDS), find_board(board_id), seen=hidden_field("seen"))
    return toasts.with_toast(see(f"/admin/boards/{board_id}"), "board-deletion-begun")
