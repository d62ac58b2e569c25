"""The tree of boards: of rows with their counts, or of the nodes that the snapshot of the site keeps."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from forum.infra.errors import NotFound
from forum.models.discussion.board import Board


@dataclass(frozen=True)
class BoardNode:
    """A board's place in the tree, without its counters."""

    id: int
    title: str
    path: str
    parent_id: int | None
    is_category: bool
    is_closed: bool = False
    is_being_deleted: bool = False
    has_rules: bool = False
    icon: str = ""  # its path


AnyBoard = TypeVar("AnyBoard", Board, BoardNode)


class BoardTree(Generic[AnyBoard]):
    """Boards in order; one whose parent is missing is at the top."""

    def __init__(self, boards: Iterable[AnyBoard] = ()) -> None:
        self._by_id: dict[int, AnyBoard] = {board.id: board for board in boards}
        self._children: dict[int | None, list[AnyBoard]] = defaultdict(list)
        for board in self:
            self._children[board.parent_id if board.parent_id in self._by_id else None].append(board)

    def __iter__(self) -> Iterator[AnyBoard]:
        return iter(self._by_id.values())

    def get(self, board_id: int | None) -> AnyBoard | None:
        """The board with an id."""
        return self._by_id.get(board_id) if board_id is not None else None

    def find(self, board_id: int) -> AnyBoard:
        """The board with an id. Raises NotFound."""
        if board_id not in self._by_id:
            raise NotFound
        return self._by_id[board_id]

    def children(self, parent: AnyBoard | None) -> list[AnyBoard]:
        """The direct children of a board; the top-level boards for None."""
        return self._children.get(parent.id if parent else None, [])

    def below(self, board: AnyBoard) -> list[AnyBoard]:
        """A board and everything below it."""
        return [board] + [lower for child in self.children(board) for lower in self.below(child)]

    def depth_first(self) -> list[AnyBoard]:
        """All boards, each followed by those below it."""
        return [board for top in self.children(None) for board in self.below(top)]

    def ancestors_of(self, board_id: int) -> list[AnyBoard]:
        """A board and its ancestors, outermost first."""
        line: list[AnyBoard] = []
        board = self.get(board_id)
        while board is not None and board not in line:
            line.insert(0, board)
            board = self.get(board.parent_id)
        return line
