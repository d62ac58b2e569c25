"""Ordering boards: one place up or down, and for the page's script to any place of the tree."""

from flask import Blueprint, Response, jsonify
from werkzeug import Response as AnyResponse

from forum.admin import board_actions
from forum.admin.board_actions import boards_in_order, find_board
from forum.admin.board_order import order_seen, place_board
from forum.admin.groups.visibility import require_no_wider_place
from forum.infra.database.db import session
from forum.infra.errors import ForumError, Invalid, NotFound
from forum.interfaces import translate
from forum.models import Right
from forum.schemas.admin.boards import BoardPlaceIn
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import hidden_field, load_form

blueprint = Blueprint("admin_board_order", __name__, url_prefix="/admin/boards")


@blueprint.post("/<int:board_id>/<any(up, down):direction>")
def move(board_id: int, direction: str) -> AnyResponse:
    """Move a board up or down among its siblings."""
    board_actions.move_board(administrator(Right.MANAGE_BOARDS), find_board(board_id), up=direction == "up")
    return see(f"/admin/boards#board-{board_id}")


@blueprint.post("/<int:board_id>/place")
def place(board_id: int) -> Response:
    """Put a board where it was dropped; a refusal says why, with the order that is stored."""
    actor = administrator(Right.MANAGE_BOARDS)
    try:
        given = load_form(BoardPlaceIn)
        board = find_board(board_id)
        if not hidden_field("wider"):
            require_no_wider_place(board, given["parent_id"])
        place_board(actor, board, **given, seen=hidden_field("seen"))
    except NotFound:
        raise
    except ForumError as error:
        session.rollback()
        return _refusal(error)
    return jsonify(seen=order_seen(boards_in_order()))


def _refusal(error: ForumError) -> Response:
    words = [item for items in error.fields.values() for item in items] if isinstance(error, Invalid) else []
    stored = [[board.id, board.parent_id] for board in boards_in_order().depth_first()]
    message = " ".join(map(translate, words or [error.message]))
    response = jsonify(message=message, type=error.slug, stored=stored)
    response.status_code = error.status
    return response
