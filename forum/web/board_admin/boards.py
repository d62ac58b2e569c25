"""The pages on which boards are created, changed, ordered and deleted."""

from flask import Blueprint, render_template, request
from werkzeug import Response

from forum.admin import board_actions, merges
from forum.admin.board_actions import board_values, boards_in_order, find_board
from forum.admin.board_icons import icon_values
from forum.admin.board_order import order_seen
from forum.admin.edit_conflicts import fingerprint
from forum.admin.groups.access_queries import groups_that_see
from forum.admin.groups.group_actions import groups_in_order
from forum.admin.groups.visibility import require_no_wider_merge, require_no_wider_place
from forum.models import Board, Right
from forum.schemas.admin.boards import BoardIn, BoardMergeIn
from forum.site.queries import snapshot
from forum.web import toasts
from forum.web.addresses import see
from forum.web.admin.dashboard import administrator
from forum.web.forms import Form, current_form, hidden_field, load_form, rerenders_on_error, seen_values, shared_form

blueprint = Blueprint("admin_boards", __name__, url_prefix="/admin/boards")
UNCHECKED = {"is_category": False, "is_closed": False}  # what a form does not send


@blueprint.get("")
def boards_page() -> str:
    """List all boards as a tree."""
    administrator(Right.MANAGE_BOARDS)
    boards = boards_in_order()
    rows = [
        (board, len(boards.ancestors_of(board.id)) - 1) for top in boards.children(None) for board in boards.below(top)
    ]
    groups = groups_in_order()
    seen_by = {board.id: groups_that_see(board, groups) for board in boards}
    return render_template("admin/boards.html", rows=rows, boards=boards, seen_by=seen_by, seen=order_seen(boards))


@blueprint.get("/new")
def new_board_page() -> str:
    """Show the form for a new board."""
    administrator(Right.MANAGE_BOARDS)
    parent = request.args.get("parent", "")
    return _form_page(None, current_form(parent_id=parent))


@blueprint.post("/new")
@rerenders_on_error(new_board_page)
def create() -> Response:
    """Create a board."""
    board_actions.create_board(administrator(Right.MANAGE_BOARDS), UNCHECKED | load_form(BoardIn))
    return toasts.with_undo(see("/admin/boards"), "board-created")


@blueprint.get("/<int:board_id>")
def board_page(board_id: int) -> str:
    """Show the form of a board."""
    administrator(Right.MANAGE_BOARDS)
    board = find_board(board_id)
    values = board_values(board)
    form = current_form(**values)
    return _form_page(board, form if "title" in form.values else shared_form(**values))


@blueprint.post("/<int:board_id>")
@rerenders_on_error(board_page)
def change(board_id: int) -> Response:
    """Change a board."""
    actor = administrator(Right.MANAGE_BOARDS)
    given, board = UNCHECKED | load_form(BoardIn), find_board(board_id)
    if not hidden_field("wider"):
        require_no_wider_place(board, given.get("parent_id", board.parent_id))
    board_actions.change_board(actor, board, given, seen=hidden_field("seen"))
    return toasts.with_undo(see("/admin/boards"))


@blueprint.post("/<int:board_id>/delete")
@rerenders_on_error(board_page)
def delete(board_id: int) -> Response:
    """Delete an empty board."""
    board_actions.delete_board(administrator(Right.MANAGE_BOARDS), find_board(board_id))
    return toasts.with_toast(see("/admin/boards"), "board-deleted")


@blueprint.post("/<int:board_id>/merge")
@rerenders_on_error(board_page)
def merge(board_id: int) -> Response:
    """Move all threads of a board to another one, and delete it."""
    actor, board = administrator(Right.MANAGE_BOARDS), find_board(board_id)
    target_id = load_form(BoardMergeIn)["move_threads_to"]
    if not hidden_field("wider"):
        require_no_wider_merge(board, target_id)
    merges.start_merge(actor, board, target_id)
    return toasts.with_toast(see(f"/admin/boards/{board_id}"), "merge-begun")


def _form_page(board: Board | None, form: Form) -> str:
    boards = boards_in_order()
    inside = set(boards.below(board)) if board else set()
    parents = [
        (parent.id, " › ".join(each.title for each in boards.ancestors_of(parent.id)))
        for parent in boards.depth_first()
        if parent not in inside
    ]
    return render_template(
        "admin/board.html",
        board=board,
        form=form,
        parents=parents,
        seen=seen_values(form, fingerprint(board_values(board))) if board else "",
        remaining=merges.remaining_count(board) if board else 0,
        target=merges.target_of(board) if board else None,
        is_going=bool(board and merges.merge_of(board)),
        icon=node.icon if (node := snapshot().tree.get(board.id if board else None)) else "",
        seen_icon=seen_values(form, fingerprint(icon_values(board)), field="seen_icon") if board else "",
        targets=[(each.id, each.title) for each in boards if not each.is_category and each is not board],
        has_children=bool(board and boards.children(board)),
    )
