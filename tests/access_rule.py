"""The rule of access lists, read literally: what the compiled one is compared with."""

import random
from collections.abc import Mapping, Sequence

from forum.models import AccessLevel, Board, Member

LEVELS = ("see", "reply", "start")
# by group id: the level, whether it moderates, and whether it sees only its members' own threads
Entries = Mapping[int, tuple[AccessLevel, bool, bool]]
# what a board without a list of its own or above it allows the groups 1 to 3: everybody, members, moderators
OPEN_TO: Entries = {
    1: (AccessLevel.SEE, False, False),
    2: (AccessLevel.START, False, False),
    3: (AccessLevel.START, True, False),
}


def random_list(dice: random.Random, groups: Sequence[int]) -> Entries:
    """Up to four entries for the built-in and other groups."""
    chosen = dice.sample([1, 2, 3, *groups], dice.randrange(5))
    return {group: (dice.choice(tuple(AccessLevel)), dice.random() < 0.3, dice.random() < 0.5) for group in chosen}


def ancestors(board: Board, boards: Sequence[Board]) -> list[Board]:
    """A board and those that contain it, innermost first."""
    line = [board]
    while line[-1].parent_id is not None:
        line.append(next(other for other in boards if other.id == line[-1].parent_id))
    return line


def expected_acts(
    actor: Member | None, board: Board, boards: Sequence[Board], lists: Mapping[int, Entries]
) -> set[str]:
    """What a visitor may do in a board."""
    if actor is not None and not actor.is_banned and actor.role == "admin":
        return {*LEVELS, "moderate"}
    ours = {1}
    if actor is not None and not actor.is_banned:
        ours |= {2} | ({3} if actor.role == "moderator" else set())
        ours |= {int(number) for number in (actor.joined_groups or "").split(",") if number}
    line = ancestors(board, boards)
    own = lists.get(next((above.id for above in line if above.id in lists), 0), OPEN_TO)
    best = [entry for group, entry in own.items() if group in ours]
    if not best or (board.parent_id is not None and not expected_acts(actor, line[1], boards, lists)):
        return set()
    highest = max(LEVELS.index(level) for level, _, _ in best)
    acts = set(LEVELS[: highest + 1])
    if any(moderates for _, moderates, _ in best):
        return acts | {"moderate"}
    return acts | ({"own_only"} if all(own_only for _, _, own_only in best) else set())
