"""Who may do what, compiled per set of groups: in which boards from access lists, elsewhere from the groups' rights.

A board is open to those on its access list; a board without one has its parent's, and at the top level DEFAULT_LIST. Of
the groups somebody is in, the best entry counts. Who cannot see a board cannot see those below it. Admins may do
everything. Somebody in several groups has the rights of all of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from typing import NamedTuple

from forum.models import AccessLevel, BuiltInGroup, Right
from forum.models.discussion.board_tree import BoardNode, BoardTree
from forum.models.members.group_right import DEFAULT_RIGHTS

MAX_COMPILED_SETS = 1000  # sets of groups compiled per process; a forum has a few dozen


class AccessEntry(NamedTuple):
    """What one group may do in a board."""

    group_id: int
    level: AccessLevel
    moderates: bool = False
    own_threads_only: bool = False


AccessList = tuple[AccessEntry, ...]
DEFAULT_LIST: AccessList = (
    AccessEntry(BuiltInGroup.GUESTS, AccessLevel.SEE),
    AccessEntry(BuiltInGroup.MEMBERS, AccessLevel.START),
    AccessEntry(BuiltInGroup.MODERATORS, AccessLevel.START, moderates=True),
)


class BoardIds(Set[int]):
    """The ids of some boards, in order: a byte per board, where a frozenset of 500 ids takes 32 kB.

    `places` is shared by all; it maps every board's id to the place of its byte in `marks`.
    """

    __slots__ = ("_marks", "_places")

    def __init__(self, places: Mapping[int, int], marks: bytes) -> None:
        self._places, self._marks = places, marks

    def __contains__(self, board_id: object) -> bool:
        place = self._places.get(board_id)  # type: ignore[call-overload]
        return place is not None and self._marks[place] == 1

    def __iter__(self) -> Iterator[int]:
        return compress(self._places, self._marks)

    def __len__(self) -> int:
        return self._marks.count(1)

    @classmethod
    def _from_iterable(cls, ids: Iterable[int]) -> frozenset[int]:  # type: ignore[override]
        return frozenset(ids)


@dataclass(frozen=True, eq=False)
class AccessScope:
    """The ids of the boards in which somebody may do what, and their rights; one object for all in the same groups.

    Those who may reply, start threads or moderate in a board see it. In boards of `own_only`, which they do not
    moderate, they see only the threads that they started.
    """

    groups: frozenset[int]
    see: Set[int] = frozenset()
    reply: Set[int] = frozenset()
    start: Set[int] = frozenset()
    moderate: Set[int] = frozenset()
    rights: frozenset[Right] = frozenset()
    own_only: Set[int] = frozenset()
    edit_minutes: int = 0  # the best of their groups; the setting counts if it is more

    @property
    def moderates_all(self) -> bool:
        """Whether they moderate every board that they see."""
        return len(self.moderate) == len(self.see)

    @property
    def shared(self) -> Set[int]:
        """The boards of which they see also the threads that others started."""
        return self.see - self.own_only if self.own_only else self.see


@dataclass(frozen=True)
class CountingList:
    """The access list that counts for a board, and the board whose own list it is; None is the default list."""

    entries: AccessList
    owner: BoardNode | None = None


class EarnedGroup(NamedTuple):
    """A group that members join by what they have done: by reaching all conditions that are not None."""

    group_id: int
    min_messages: int | None
    min_days: int | None
    min_score: int | None

    def is_reached(self, *, messages: int, days: int, score: int) -> bool:
        """Whether a member with these counts is in the group."""
        pairs = ((self.min_messages, messages), (self.min_days, days), (self.min_score, score))
        return all(least is None or reached >= least for least, reached in pairs)


@dataclass(frozen=True, eq=False)
class AccessLists:
    """The access lists of a tree of boards and the rights of groups, with the scopes compiled so far."""

    tree: BoardTree[BoardNode] = field(default_factory=BoardTree)
    own: Mapping[int, AccessList] = field(default_factory=dict)
    changed_rights: Mapping[int, Mapping[Right, bool]] = field(default_factory=dict)
    earned: tuple[EarnedGroup, ...] = ()
    edit_minutes: Mapping[int, int] = field(default_factory=dict)
    _scopes: dict[frozenset[int], AccessScope] = field(default_factory=dict)

    def counting_for(self, board_id: int) -> CountingList:
        """The list that counts for a board."""
        for board in reversed(self.tree.ancestors_of(board_id)):
            if board.id in self.own:
                return CountingList(self.own[board.id], board)
        return CountingList(DEFAULT_LIST)

    def scope_of(self, groups: frozenset[int]) -> AccessScope:
        """What members of all these groups may do."""
        scope = self._scopes.get(groups)
        if scope is None:
            scope = self._compile(groups)
            if len(self._scopes) < MAX_COMPILED_SETS:
                self._scopes[groups] = scope
        return scope

    @cached_property
    def _places(self) -> dict[int, int]:
        return {board_id: place for place, board_id in enumerate(sorted(board.id for board in self.tree))}

    def _compile(self, groups: frozenset[int]) -> AccessScope:
        if BuiltInGroup.ADMINS in groups:
            everything = BoardIds(self._places, b"\1" * len(self._places))
            return AccessScope(groups, everything, everything, everything, everything, frozenset(Right))
        marks = {act: bytearray(len(self._places)) for act in (*ACTS, OWN_ONLY)}
        todo = [(board, acts_of(DEFAULT_LIST, groups)) for board in self.tree.children(None)]
        while todo:
            board, inherited = todo.pop()
            own = self.own.get(board.id)
            allowed = inherited if own is None else acts_of(own, groups)
            for act in allowed:
                marks[act][self._places[board.id]] = 1
            if allowed:
                todo += [(child, allowed) for child in self.tree.children(board)]
        see, reply, start, moderate = (BoardIds(self._places, bytes(marks[act])) for act in ACTS)
        rights = frozenset[Right]().union(*map(self.rights_of, groups))
        own_only = BoardIds(self._places, bytes(marks[OWN_ONLY])) if any(marks[OWN_ONLY]) else frozenset[int]()
        edit_minutes = max((self.edit_minutes[group] for group in groups & self.edit_minutes.keys()), default=0)
        return AccessScope(groups, see, reply, start, moderate, rights, own_only, edit_minutes)

    def rights_of(self, group_id: int) -> frozenset[Right]:
        """The rights of a group: its defaults, as far as they were not changed."""
        changed = self.changed_rights.get(group_id, {})
        granted = {right for right, is_granted in changed.items() if is_granted}
        return (DEFAULT_RIGHTS.get(group_id, frozenset()) - changed.keys()) | granted


ACTS = ("see", "reply", "start", "moderate")
OWN_ONLY = "own_only"
_LADDER = tuple(reversed(list(enumerate(AccessLevel, 1))))


def acts_of(entries: AccessList, groups: frozenset[int]) -> tuple[str, ...]:
    """What the best of the entries for these groups allow: the levels up to the highest, and whether to moderate.

    Only where none of them allows more, they see the threads that they started and no others: OWN_ONLY.
    """
    ours = [entry for entry in entries if entry.group_id in groups]
    levels = [entry.level for entry in ours]
    highest = next((rank for rank, level in _LADDER if level in levels), 0)
    moderates = ACTS[-1:] if any(entry.moderates for entry in ours) else ()
    is_own_only = bool(ours) and not moderates and all(entry.own_threads_only for entry in ours)
    return ACTS[:highest] + (moderates or ((OWN_ONLY,) if is_own_only else ()))
