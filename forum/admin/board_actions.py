"""Create, change, order and delete boards."""

from collections.abc import Mapping

from sqlalchemy import select

from forum import page_versions
from forum.admin.edit_conflicts import require_unchanged
from forum.admin.ordering import move_one_place
from forum.admin.rules import MAX_BOARD_DEPTH, MAX_BOARD_TITLE, MAX_ROWS, Administrator, authorize
from forum.audit_log import Change, forget_targets, is_undoing, record
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid, NotFound
from forum.infra.text.messages import Message, body_text, comparison_key, one_line, say, visible_length
from forum.members.sanctions import end_mutes_in
from forum.models import Board, BoardMerge, Right, Thread
from forum.models.discussion.board_tree import BoardTree
from forum.site import actions as site
from forum.threads import drafts

NEW: Mapping[str, object] = {
    "title": "",
    "description": "",
    "parent_id": None,
    "is_category": False,
    "is_closed": False,
    "approval": "",
    "rules": "",
}


def boards_in_order() -> BoardTree[Board]:
    """All boards; hidden ones too."""
    return BoardTree(session.scalars(select(Board).order_by(Board.order, Board.id)))


def find_board(board_id: int) -> Board:
    """A board, hidden or not. Raises NotFound."""
    board = session.get(Board, board_id)
    if board is None:
        raise NotFound
    return board


def board_values(board: Board) -> dict[str, object]:
    """What can be changed of a board."""
    return {name: getattr(board, name) for name in NEW}


def create_board(actor: Administrator, given: Mapping[str, object]) -> Board:
    """Create a board, as the last one below its parent. Raises Invalid."""
    admin = authorize(actor, Right.MANAGE_BOARDS)
    site.lock()
    boards = boards_in_order()
    if len(list(boards)) >= MAX_ROWS:
        raise Invalid({"title": [say("A forum can have at most %(num)d boards.", num=MAX_ROWS)]})
    values = _checked(boards, None, {**NEW, **given})
    board = Board(**values, order=_next_order(boards, values["parent_id"]))
    session.add(board)
    announce_change()
    change = Change({}, board_values(board))
    record("create-board", actor=admin, target=f"board:{board.id}", change=change, name=board.title)
    return board


def change_board(
    actor: Administrator, board: Board, given: Mapping[str, object], *, seen: str | None = None
) -> list[str]:
    """Change a board and log each change; returns the names of the columns that changed.

    `seen` is the fingerprint of the board's values when the actor read them. Raises Invalid or ChangedMeanwhile.
    """
    admin = authorize(actor, Right.MANAGE_BOARDS)
    site.lock()
    session.refresh(board, with_for_update=True)  # waits for those who are just starting a thread in it
    boards, stored = boards_in_order(), board_values(board)
    values = _checked(boards, board, {**stored, **given})
    require_unchanged(stored, values, seen=seen)
    changed = [name for name in values if values[name] != stored[name]]
    if "parent_id" in changed:
        board.order = _next_order(boards, values["parent_id"])
    for name in changed:
        setattr(board, name, values[name])
        was, now = (_logged(boards, name, each[name]) for each in (stored, values))
        change = Change({name: stored[name]}, {name: values[name]})
        record("change-board", actor=admin, target=f"board:{board.id}", change=change, name=name, was=was, now=now)
    if changed:
        announce_change(may_hide="parent_id" in changed)
    return changed


def move_board(actor: Administrator, board: Board, *, up: bool) -> None:
    """Move a board one place up or down among the boards with the same parent."""
    admin = authorize(actor, Right.MANAGE_BOARDS)
    site.lock()
    boards = boards_in_order()
    places = move_one_place(boards.children(boards.get(board.parent_id)), board, up=up)
    if places:
        announce_change()
        change, target = Change({"place": places[0]}, {"place": places[1]}), f"board:{board.id}"
        record("move-board", actor=admin, target=target, change=change, was=places[0], now=places[1])


def delete_board(actor: Administrator, board: Board) -> None:
    """Delete a board that has neither threads nor boards. Raises Conflict if it has any."""
    admin = authorize(actor, Right.MANAGE_BOARDS)
    site.lock()
    session.refresh(board, with_for_update=True)  # waits for those who are just starting a thread in it
    require_deletable(board)
    if has_threads(board):
        raise Conflict(say("This board has threads. Move them to another board first, or delete them with it."))
    change = Change(board_values(board), {}) if is_undoing() else None
    record("delete-board", actor=admin, target=f"board:{board.id}", change=change, name=board.title)
    remove_board(board)


def require_deletable(board: Board) -> None:
    """Raise Conflict if a board contains others, receives the threads of one, or is being deleted already."""
    if boards_in_order().children(board):
        raise Conflict(say("This board contains other boards. Move or delete them first."))
    if receives_threads(board):
        raise Conflict(say("The threads of another board are being moved here. Wait until that is finished."))
    if session.get(BoardMerge, board.id) is not None:
        raise Conflict(say("This board is being deleted already."))


def remove_board(board: Board) -> None:
    """Delete the row of an empty board, which the caller has locked."""
    end_mutes_in(board.id)
    drafts.discard_all([f"board:{board.id}"])
    forget_targets([f"board:{board.id}"])
    session.delete(board)
    announce_change()


def has_threads(board: Board) -> bool:
    """Whether a board has threads, deleted ones included."""
    return session.scalar(select(Thread.id).where(Thread.board_id == board.id).limit(1)) is not None


def receives_threads(board: Board) -> bool:
    """Whether another board is being merged into it."""
    return session.scalar(select(BoardMerge.board_id).where(BoardMerge.target_id == board.id).limit(1)) is not None


def announce_change(*, may_hide: bool = False) -> None:
    """Store a change, and invalidate the pages that show boards.

    With `may_hide` also those that mention threads which are hidden now.
    """
    session.flush()
    if may_hide:
        page_versions.invalidate_removed_threads()
    site.bump_version()


def _checked(boards: BoardTree[Board], board: Board | None, given: Mapping[str, object]) -> dict[str, object]:
    """The values normalised as they are stored. Raises Invalid."""
    texts = {name: body_text(str(given[name])) for name in ("description", "rules")}
    values = {**given, **texts, "title": one_line(str(given["title"]))}
    faults: dict[str, list[Message]] = {}
    key = comparison_key(str(values["title"]))
    if not visible_length(key):
        faults["title"] = [say("Enter a title for the board.")]
    elif any(comparison_key(other.title) == key for other in boards if other is not board):
        faults["title"] = [say("Another board has this title.")]
    elif len(str(values["title"])) > MAX_BOARD_TITLE:
        faults["title"] = [say("Use at most %(num)d characters.", num=MAX_BOARD_TITLE)]
    faults |= faults_of_parent(boards, board, values["parent_id"])
    if board is not None and values["is_category"] and not board.is_category:
        if has_threads(board):
            faults["is_category"] = [say("This board has threads. Move them to another board first.")]
        elif receives_threads(board):
            faults["is_category"] = [say("The threads of another board are being moved here.")]
    if faults:
        raise Invalid(faults)
    return values


def faults_of_parent(boards: BoardTree[Board], board: Board | None, parent_id: object) -> dict[str, list[Message]]:
    """What is wrong with a parent: that there is none, that it is inside the board, or too deep."""
    parent = boards.get(parent_id) if isinstance(parent_id, int) else None
    if parent_id is not None and parent is None:
        return {"parent_id": [say("There is no such board.")]}
    if board is not None and parent is not None and parent in boards.below(board):
        return {"parent_id": [say("A board cannot be inside itself.")]}
    above = len(boards.ancestors_of(parent.id)) if parent else 0
    if above + (_height(boards, board) if board else 1) > MAX_BOARD_DEPTH:
        return {"parent_id": [say("Boards can be nested %(num)d deep.", num=MAX_BOARD_DEPTH)]}
    return {}


def _height(boards: BoardTree[Board], board: Board) -> int:
    """How many levels a board and those below it take."""
    return 1 + max((_height(boards, child) for child in boards.children(board)), default=0)


def _next_order(boards: BoardTree[Board], parent_id: object) -> int:
    parent = boards.get(parent_id) if isinstance(parent_id, int) else None
    return max((sibling.order for sibling in boards.children(parent)), default=-1) + 1


def _logged(boards: BoardTree[Board], name: str, value: object) -> object:
    """A value for the log: the title of a parent."""
    if name != "parent_id":
        return value
    parent = boards.get(value) if isinstance(value, int) else None
    return parent.title if parent else "–"
