"""Which groups see a board, for the pages on which admins change its access list."""

from collections.abc import Iterable

from forum.models import Board, BuiltInGroup, Group
from forum.site.access import DEFAULT_LIST, AccessList, CountingList
from forum.site.queries import snapshot


def list_above(board: Board) -> CountingList:
    """The list that counts for a board without one of its own: that of the board above it, or the default list."""
    return snapshot().access.counting_for(board.parent_id) if board.parent_id else CountingList(DEFAULT_LIST)


def groups_that_see(board: Board, groups: Iterable[Group]) -> list[Group]:
    """The groups that see a board, without admins and without those whose members see it as guests or members too."""
    seeing = [group for group in groups if group.id != BuiltInGroup.ADMINS and _sees(group, board.id)]
    ids = {group.id for group in seeing}
    widest = next((wide for wide in (BuiltInGroup.GUESTS, BuiltInGroup.MEMBERS) if wide in ids), None)
    return seeing if widest is None else [group for group in seeing if group.id == widest]


def groups_kept_out(board: Board, entries: AccessList, groups: Iterable[Group]) -> list[Group]:
    """The groups that a list names although they cannot see the board above, and so not this one."""
    named = {entry.group_id for entry in entries}
    above = board.parent_id
    return [group for group in groups if above and group.id in named and not _sees(group, above)]


def _sees(group: Group, board_id: int) -> bool:
    """Whether somebody who is in a group, and in no other that an admin created, sees a board."""
    return board_id in snapshot().access.scope_of(with_built_in(group.id)).see


def with_built_in(group_id: int) -> frozenset[int]:
    """A group together with the built-in ones that its members are in too."""
    highest = group_id if group_id in set(BuiltInGroup) else BuiltInGroup.MEMBERS
    return frozenset({group_id, *(built_in for built_in in BuiltInGroup if built_in <= highest)})
