"""Uploads of boards' icons."""

from flask import Blueprint
from werkzeug import Response

from forum.admin.board_actions import find_board
from forum.admin.board_icons import MAX_UPLOAD_BYTES, encode_icon, set_icon
from forum.auth import identity
from forum.body_limits import takes_picture
from forum.infra.database.db import start_writing
from forum.models import Right
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.board_admin.boards import board_page
from forum.web.forms import hidden_field, rerenders_on_error, uploaded_file

blueprint = Blueprint("admin_board_icons", __name__, url_prefix="/admin/boards")


@blueprint.post("/<int:board_id>/icon")
@takes_picture
@identity.defers_write_lock
@rerenders_on_error(board_page)
def upload(board_id: int) -> Response:
    """Store a board's icon."""
    actor, board = administrator(Right.MANAGE_BOARDS), find_board(board_id)
    content = encode_icon(uploaded_file("icon", most=MAX_UPLOAD_BYTES))
    start_writing()
    set_icon(actor, board, content, seen=hidden_field("seen_icon"))
    return toasts.with_undo(see(f"/admin/boards/{board_id}"))


@blueprint.post("/<int:board_id>/icon/delete")
@rerenders_on_error(board_page)
def remove(board_id: int) -> Response:
    """Remove a board's icon."""
    set_icon(administrator(Right.MANAGE_BOARDS), find_board(board_id), None, seen=hidden_field("seen_icon"))
    return toasts.with_toast(see(f"/admin/boards/{board_id}"), "deleted")
