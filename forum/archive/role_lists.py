"""Access lists from the lowest roles that see a board and start threads in it, as older archives name them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import insert, update

from forum.infra.database.db import session
from forum.models import AccessLevel, Board, BoardAccess, BuiltInGroup
from forum.schemas.archive import ROLES
from forum.site.access import AccessEntry, AccessList

GROUP_OF = dict(zip(ROLES, BuiltInGroup, strict=True))
OPEN = ("guest", "member")  # a board that everybody sees and in which every member starts threads


def list_of_roles(audience: str, posters: str) -> AccessList:
    """The access list for the lowest roles: those who see the board reply, and moderators among them moderate."""
    return tuple(
        AccessEntry(
            GROUP_OF[role],
            AccessLevel.SEE
            if role == "guest"
            else AccessLevel.START
            if ROLES.index(role) >= ROLES.index(posters)
            else AccessLevel.REPLY,
            moderates=role == "moderator",
        )
        for role in ROLES[ROLES.index(audience) : -1]  # admins need no entry
    )


def store_role_lists(boards: Sequence[Mapping[str, Any]]) -> None:
    """Give a list to each board whose roles differ from its parent's.

    Each of `boards` has id, parent_id, audience and posters; a role that is None has its default.
    """
    roles_by_id = {board["id"]: (board["audience"] or OPEN[0], board["posters"] or OPEN[1]) for board in boards}
    for board in boards:
        roles = roles_by_id[board["id"]]
        if roles != roles_by_id.get(board["parent_id"], OPEN):
            store_list(board["id"], list_of_roles(*roles))


def store_list(board_id: int, entries: AccessList) -> None:
    """Store a list of its own for a board that has none yet."""
    session.execute(update(Board).where(Board.id == board_id).values(has_access_list=True))
    if entries:
        session.execute(insert(BoardAccess), [{"board_id": board_id} | entry._asdict() for entry in entries])
