"""What lines of an archive must not say, as no page would take it."""

from sqlalchemy import select

from forum.archive.jsonl import Line
from forum.infra.database.db import session
from forum.models import AccessLevel, Board, BuiltInGroup
from forum.models.members.group_right import GUEST_RIGHTS


def require_created_group(line: Line) -> None:
    """Require a group that admins made."""
    if line.data["group_id"] in set(BuiltInGroup):
        raise line.fault("group: the members of a built-in group follow from their roles.")


def require_possible_entry(line: Line) -> None:
    """Require what an admin could enter, so that no list is ignored and no guest moderates."""
    entry = line.data
    if not session.scalar(select(Board.has_access_list).where(Board.id == entry["board_id"])):
        raise line.fault("board: it has no has_access_list in boards.jsonl.")
    if entry["group_id"] == BuiltInGroup.GUESTS and (entry["level"] != AccessLevel.SEE or entry["moderates"]):
        raise line.fault("group: guests can only see.")


def require_possible_right(line: Line) -> None:
    """Require a right that the group could be given."""
    if line.data["group_id"] == BuiltInGroup.GUESTS and line.data["right"] not in GUEST_RIGHTS:
        raise line.fault("right: guests cannot have rights that need an account.")


def require_two_members(line: Line) -> None:
    """Require that members ignore and follow others than themselves."""
    if len({value for name, value in line.data.items() if name.endswith("_id")}) < 2:
        raise line.fault("member: nobody ignores or follows themselves.")
