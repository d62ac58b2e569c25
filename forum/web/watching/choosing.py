"""The buttons that watch and mute a thread or a board."""

from typing import Any

from flask import Blueprint, Response
from marshmallow import Schema

from forum.auth import identity
from forum.boards.queries import find_board
from forum.models import TELLING, ToldOf, WatchLevel
from forum.schemas.watching.choices import WatchBoardIn, WatchThreadIn
from forum.threads.queries import find_thread
from forum.watching import actions, queries
from forum.web import toasts
from forum.web.addresses import next_path, see
from forum.web.forms import load_values, request_value

blueprint = Blueprint("watching", __name__)


@blueprint.post("/threads/<int:thread_id>-<slug>/watch")
def choose_for_thread(thread_id: int, slug: str) -> Response:
    """Watch a thread, mute it, or stop either."""
    me = identity.member()
    thread, level = find_thread(me, thread_id), WatchLevel(_chosen(WatchThreadIn)["level"])
    before = queries.level_of_thread(me, thread)
    actions.choose_for_thread(me, thread, level)
    return toasts.with_toast(see(_back(thread.path)), f"thread-{_done(level, before)}")


@blueprint.post("/boards/<int:board_id>-<slug>/watch")
def choose_for_board(board_id: int, slug: str) -> Response:
    """Watch a board, mute it, or stop either."""
    me = identity.member()
    board, chosen = find_board(me, board_id), _chosen(WatchBoardIn)
    level, before = WatchLevel(chosen["level"]), queries.watches_of(me).choice_for(board.id).level
    actions.choose_for_board(me, board, level, told_of=ToldOf(chosen["told_of"]))
    return toasts.with_toast(see(_back(board.path)), f"board-{_done(level, before)}")


def _chosen(schema: type[Schema]) -> dict[str, Any]:
    """What the button says, which has a level and, in its address, the rest."""
    named = {name: request_value(name) for name in ("level", "told_of")}
    return load_values(schema, {"level": named["level"]} | {name: value for name, value in named.items() if value})


def _done(level: str, before: str) -> str:
    if level in TELLING:
        return "watched"
    if level == WatchLevel.MUTED:
        return "muted"
    return "unmuted" if before == WatchLevel.MUTED else "unwatched"


def _back(path: str) -> str:
    """Where the button was, by default the page of what was chosen."""
    return next_path() if request_value("next") else path
