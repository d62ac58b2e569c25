"""Put a board in another place of the tree: under another parent, at any position among its siblings."""

from sqlalchemy import select

from forum.admin.board_actions import announce_change, boards_in_order, faults_of_parent
from forum.admin.edit_conflicts import fingerprint
from forum.admin.rules import Administrator, authorize
from forum.audit_log import Change, record
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid
from forum.infra.text.messages import say
from forum.models import Board, Member, Right
from forum.models.discussion.board_tree import BoardTree
from forum.site import actions as site


def order_seen(boards: BoardTree[Board]) -> str:
    """The fingerprint of the whole tree's order."""
    return fingerprint({"order": [(board.id, board.parent_id) for board in boards.depth_first()]})


def place_board(
    actor: Administrator, board: Board, *, parent_id: int | None, position: int, seen: str | None = None
) -> bool:
    """Put a board under a parent, before the sibling at `position`, from 0; returns whether anything changed.

    `seen` is the fingerprint of the order that the actor saw. Raises Conflict if it is another one now, and Invalid for
    a place inside the board itself.
    """
    admin = authorize(actor, Right.MANAGE_BOARDS)
    site.lock()
    # many rows change: all are locked by their ids, as by others; waits for those who are just starting a thread
    session.execute(select(Board.id).order_by(Board.id).with_for_update()).all()
    session.refresh(board)
    boards = boards_in_order()
    if seen is not None and seen != order_seen(boards):
        raise Conflict(say("Somebody else has changed the order meanwhile. Nothing is moved yet."))
    if faults := faults_of_parent(boards, board, parent_id):
        raise Invalid(faults)
    before, parent = boards.get(board.parent_id), boards.get(parent_id)
    was = boards.children(before).index(board)
    siblings = [each for each in boards.children(parent) if each is not board]
    position = max(0, min(position, len(siblings)))
    if before is parent and was == position:
        return False
    board.parent_id = parent_id
    _insert(siblings, board, position)
    announce_change(may_hide=before is not parent)
    _record(admin, board, (before, was + 1), (parent, position + 1))
    return True


def _record(admin: Member | None, board: Board, was: tuple[Board | None, int], now: tuple[Board | None, int]) -> None:
    """Log a move from one parent and place to another."""
    target, places = f"board:{board.id}", [was[1], now[1]]
    if was[0] is not now[0]:
        titles = [each.title if each else "–" for each in (was[0], now[0])]
        record("change-board", actor=admin, target=target, name="parent_id", was=titles[0], now=titles[1])
    kept = [{"parent_id": parent.id if parent else None, "place": place} for parent, place in (was, now)]
    record("move-board", actor=admin, target=target, change=Change(*kept), was=places[0], now=places[1])


def _insert(siblings: list[Board], board: Board, position: int) -> None:
    siblings.insert(position, board)
    for order, sibling in enumerate(siblings):
        sibling.order = order
