"""Boards and the threads in them."""

from typing import Any

from flask import Response

from forum.admin import board_actions, board_icons, merges
from forum.admin.board_deletions import start_deletion
from forum.admin.board_order import place_board
from forum.admin.edit_conflicts import fingerprint
from forum.api import scopes
from forum.api.blueprint import ApiBlueprint
from forum.api.etags import locks_site
from forum.api.lists import PageResponse, paginated, single_page
from forum.api.resources import serializers
from forum.api.resources.pictures import decoded_file
from forum.auth import identity
from forum.boards.queries import find_board, tree
from forum.body_limits import takes_picture
from forum.infra.database.db import session, start_writing
from forum.interfaces import absolute_url
from forum.schemas.admin.boards import ChangedBoardIn, DeleteBoardIn, NewBoardIn
from forum.schemas.admin.operation import PictureIn, PictureOut
from forum.schemas.board import BoardListOut, BoardOut
from forum.schemas.thread import BoardThreadsIn, ThreadListOut, ThreadOut
from forum.schemas.writing import ThreadIn
from forum.site.queries import snapshot
from forum.threads import actions
from forum.threads.lists import threads_in_board
from forum.threads.queries import find_thread

blueprint = ApiBlueprint("boards", "Boards, and categories that group them.")
ONE = "/boards/<id:board_id>"


@blueprint.reads("/boards", BoardListOut)
def show_all() -> dict[str, Any]:
    """List all boards and categories that the caller may see, in order."""
    return single_page(serializers.boards(list(tree(identity.visitor()))))


@blueprint.reads(ONE, BoardOut)
def show(board_id: int) -> dict[str, Any]:
    """Get a board."""
    return serializers.boards([find_board(identity.visitor(), board_id)])[0]


@blueprint.writes("POST", "/boards", BoardOut, body=NewBoardIn, status=201)
def create(body: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Create a board or category, as the last one below its parent; needs the scope admin."""
    scopes.require_scopes("admin")
    board = board_actions.create_board(identity.member(), body)
    return serializers.boards([board])[0], {"Location": absolute_url(f"/api/v1/boards/{board.id}")}


@blueprint.writes("PATCH", ONE, BoardOut, body=ChangedBoardIn, status=200)
@locks_site
def change(body: dict[str, Any], board_id: int) -> dict[str, Any]:
    """Change a board; fields that are not sent stay as they are. Needs the scope admin."""
    scopes.require_scopes("admin")
    actor = identity.member()
    board = find_board(actor, board_id)
    position = body.pop("position", None)
    board_actions.change_board(actor, board, body)
    if position is not None:
        place_board(actor, board, parent_id=board.parent_id, position=position)
    return serializers.boards([board])[0]


@blueprint.writes("DELETE", ONE, body=DeleteBoardIn, status=204)
@locks_site
def delete(body: dict[str, Any], board_id: int) -> Response:
    """Delete a board without boards inside; needs the scope admin. A job moves its threads first, or deletes them."""
    scopes.require_scopes("admin")
    actor = identity.member()
    board = find_board(actor, board_id)
    has_threads = board_actions.has_threads(board)
    if has_threads and body["delete_threads"]:
        start_deletion(actor, board)
    elif body["move_threads_to"] is None or not has_threads:
        board_actions.delete_board(actor, board)
    else:
        merges.start_merge(actor, board, body["move_threads_to"])
    return Response(status=204)


@blueprint.writes("PUT", f"{ONE}/icon", PictureOut, body=PictureIn, status=200)
@takes_picture
@identity.defers_write_lock
def store_icon(body: dict[str, Any], board_id: int) -> dict[str, Any]:
    """Store a board's icon, as a square; If-Match takes the board's ETag. Needs the scope admin."""
    scopes.require_scopes("admin")
    actor = identity.member()
    board = find_board(actor, board_id)
    seen = fingerprint(board_icons.icon_values(board))  # as If-Match was checked
    encoded = board_icons.encode_icon(decoded_file(body["content"], most=board_icons.MAX_UPLOAD_BYTES), field="content")
    start_writing()
    board_icons.set_icon(actor, board, encoded, seen=seen)
    node = snapshot().tree.get(board.id)
    size = board_icons.ICON_PIXELS
    return {"url": absolute_url(node.icon if node is not None else ""), "width": size, "height": size}


@blueprint.writes("DELETE", f"{ONE}/icon", status=204)
@locks_site
def remove_icon(board_id: int) -> Response:
    """Remove a board's icon; If-Match takes the board's ETag. Needs the scope admin."""
    scopes.require_scopes("admin")
    actor = identity.member()
    board_icons.set_icon(actor, find_board(actor, board_id), None)
    return Response(status=204)


@blueprint.reads(f"{ONE}/threads", ThreadListOut, query=BoardThreadsIn)
def show_threads(query: dict[str, Any], board_id: int) -> PageResponse:
    """List a board's threads, pinned ones first."""
    actor = identity.visitor()
    rows, page = threads_in_board(actor, find_board(actor, board_id), number=query["page"], sort=query["sort"])
    return paginated([serializers.thread_row(row) for row in rows], page)


@blueprint.writes("POST", f"{ONE}/threads", ThreadOut, body=ThreadIn, status=201)
def start_thread(body: dict[str, Any], board_id: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Create a thread with its first post."""
    actor = identity.member()
    thread = actions.start_thread(actor, find_board(actor, board_id), title=body["title"], body=body["body"])
    session.expire(thread)
    fresh = find_thread(actor, thread.id)
    return serializers.thread(fresh), {"Location": absolute_url(f"/api/v1/threads/{fresh.id}")}
