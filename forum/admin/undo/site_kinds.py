"""How changes of settings, pictures, the schedule of backups, and boards are undone."""

from collections.abc import Mapping

from forum import permissions
from forum.admin import board_actions, board_icons, board_order, image_actions
from forum.admin.groups import access_actions
from forum.admin.operation import backups
from forum.admin.setting_actions import change_settings, stored_settings
from forum.admin.undo.kinds import IN_USE, UndoKind, Values, entries_of, for_right, target_id
from forum.backups import schedule
from forum.infra.database.db import session
from forum.infra.errors import Conflict
from forum.infra.text.messages import say
from forum.models import Board, LogEntry, Member, Right
from forum.verdicts import YES, Verdict

NOT_KEPT = Verdict(Conflict(say("The picture that was there before is not kept, so this cannot be undone.")))


def _picture(values: Values) -> str | None:
    """The kind of the forum's pictures that values are about."""
    return next((kind for kind in image_actions.KINDS if kind in values), None)


def _is_schedule(values: Values) -> bool:
    return bool(values.keys() & set(schedule.NAMES))


def _present_setting(_: LogEntry, now: Values) -> Values | None:
    picture = _picture(now)
    if picture is not None:
        return image_actions.image_values(picture)
    stored = backups.schedule_values(schedule.current_schedule()) if _is_schedule(now) else stored_settings()
    return {name: stored.get(name) for name in now}


def _put_setting(actor: Member, _: LogEntry, was: Values, __: Values) -> None:
    picture = _picture(was)
    if picture is not None:
        image_actions.set_image(actor, picture, {})
    elif _is_schedule(was):
        backups.change_schedule(actor, was)
    else:
        change_settings(actor, was)


def _may_change_setting(actor: Member, now: Values) -> Verdict:
    picture = _picture(now)
    verdict = permissions.may_use_right(actor, Right.MANAGE_BACKUPS if _is_schedule(now) else Right.MANAGE_SETTINGS)
    return NOT_KEPT if verdict and picture is not None and not now[picture] else verdict


def _present_board(entry: LogEntry, now: Values) -> Values | None:
    board = session.get(Board, target_id(entry), populate_existing=True)
    if board is None:
        return None
    if "access" in now:
        return access_actions.kept_access(access_actions.own_list(board))
    if "icon" in now:
        return board_icons.icon_values(board)
    return {name: getattr(board, name) for name in now}


def _put_board(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
    board = board_actions.find_board(target_id(entry))
    if "access" in was:
        access_actions.set_list(actor, board, entries_of(was["access"]))
    elif "icon" in was:
        board_icons.set_icon(actor, board, None)
    else:
        board_actions.change_board(actor, board, was)


def _remove_board(actor: Member, entry: LogEntry, _: Values, __: Values) -> None:
    board = board_actions.find_board(target_id(entry))
    permissions.require(YES if access_actions.own_list(board) is None else IN_USE)
    board_actions.delete_board(actor, board)


def _may_change_board(actor: Member, now: Values) -> Verdict:
    verdict = for_right(None if "access" in now else Right.MANAGE_BOARDS)(actor, now)
    return NOT_KEPT if verdict and now.get("icon") == "" else verdict


def _present_place(entry: LogEntry, now: Values) -> Values | None:
    boards = board_actions.boards_in_order()
    board = boards.get(target_id(entry))
    if board is None:
        return None
    place = boards.children(boards.get(board.parent_id)).index(board) + 1
    return {name: value for name, value in (("parent_id", board.parent_id), ("place", place)) if name in now}


def _put_place(actor: Member, entry: LogEntry, was: Values, _: Values) -> None:
    board = board_actions.find_board(target_id(entry))
    parent_id = was.get("parent_id", board.parent_id)
    board_order.place_board(actor, board, parent_id=parent_id, position=was["place"] - 1)


SITE_KINDS: Mapping[str, UndoKind] = {
    "change-setting": UndoKind(_present_setting, _put_setting, _may_change_setting),
    "change-board": UndoKind(_present_board, _put_board, _may_change_board),
    "create-board": UndoKind(_present_board, _remove_board, for_right(Right.MANAGE_BOARDS)),
    "move-board": UndoKind(_present_place, _put_place, for_right(Right.MANAGE_BOARDS)),
}
