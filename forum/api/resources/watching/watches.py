"""What the caller watches and mutes."""

from typing import Any

from flask import Response

from forum.api.blueprint import ApiBlueprint
from forum.auth import identity
from forum.boards.queries import find_board
from forum.models import ToldOf, WatchLevel
from forum.schemas.watching.choices import WatchBoardIn, WatchBoardOut, WatchThreadIn, WatchThreadOut
from forum.threads.queries import find_thread
from forum.watching import actions, queries

blueprint = ApiBlueprint("watching", "Watching and muting threads and boards.")
THREAD, BOARD = "/threads/<id:thread_id>/watch", "/boards/<id:board_id>/watch"


@blueprint.reads(THREAD, WatchThreadOut, login=True)
def show_thread(thread_id: int) -> dict[str, Any]:
    """Get whether the caller watches a thread, or has muted it."""
    me = identity.member()
    return {"level": queries.level_of_thread(me, find_thread(me, thread_id))}


@blueprint.writes("PUT", THREAD, WatchThreadOut, body=WatchThreadIn, status=200)
def watch_thread(body: dict[str, Any], thread_id: int) -> dict[str, Any]:
    """Watch a thread, or mute it."""
    me = identity.member()
    actions.choose_for_thread(me, find_thread(me, thread_id), WatchLevel(body["level"]))
    return {"level": body["level"]}


@blueprint.writes("DELETE", THREAD, status=204)
def unwatch_thread(thread_id: int) -> Response:
    """Stop watching or muting a thread; replying in it does not watch it again."""
    me = identity.member()
    actions.choose_for_thread(me, find_thread(me, thread_id), WatchLevel.OFF)
    return Response(status=204)


@blueprint.reads(BOARD, WatchBoardOut, login=True)
def show_board(board_id: int) -> dict[str, Any]:
    """Get whether the caller watches a board, or has muted it."""
    me = identity.member()
    return queries.watches_of(me).choice_for(find_board(me, board_id).id)._asdict()


@blueprint.writes("PUT", BOARD, WatchBoardOut, body=WatchBoardIn, status=200)
def watch_board(body: dict[str, Any], board_id: int) -> dict[str, Any]:
    """Watch a board and those below it, or mute them; what is chosen for one of these counts more."""
    me, told_of = identity.member(), ToldOf(body["told_of"])
    actions.choose_for_board(me, find_board(me, board_id), WatchLevel(body["level"]), told_of=told_of)
    return {"level": body["level"], "told_of": told_of}


@blueprint.writes("DELETE", BOARD, status=204)
def unwatch_board(board_id: int) -> Response:
    """Stop watching or muting a board."""
    me = identity.member()
    actions.choose_for_board(me, find_board(me, board_id), WatchLevel.OFF)
    return Response(status=204)
