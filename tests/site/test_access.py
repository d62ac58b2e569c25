"""What a set of groups may do in which boards is compiled once, and takes little memory."""

import random
import tracemalloc

from forum.models import AccessLevel, BuiltInGroup
from forum.models.discussion.board_tree import BoardNode, BoardTree
from forum.site.access import ACTS, AccessEntry, AccessList, AccessLists, AccessScope

BOARDS, GROUPS, SETS = 500, 30, 100
MAX_BYTES_PER_SET = 32 * 2**20 // 1000  # 1,000 sets take at most 32 MiB


def a_large_forum(dice: random.Random) -> AccessLists:
    """500 boards below each other at random, each with a list of some of 30 groups."""
    ids = dice.sample(range(1, 10_000), BOARDS)
    parents = [None if place < 40 else dice.choice(ids[:place]) for place in range(BOARDS)]
    nodes = [BoardNode(ids[place], "", "", parents[place], is_category=False) for place in range(BOARDS)]
    return AccessLists(BoardTree(nodes), {board_id: a_list(dice) for board_id in ids})


def a_list(dice: random.Random) -> AccessList:
    levels = tuple(AccessLevel)
    groups = dice.sample(range(5, 5 + GROUPS), dice.randrange(1, GROUPS))
    return tuple(AccessEntry(group, dice.choice(levels), dice.random() < 0.3) for group in groups)


def a_set(dice: random.Random) -> frozenset[int]:
    return frozenset({1, 2, *dice.sample(range(5, 5 + GROUPS), dice.randrange(1, 8))})


def test_a_thousand_sets_of_groups_take_at_most_32_mib() -> None:
    dice = random.Random(7)
    lists = a_large_forum(dice)
    sets = {a_set(dice) for _ in range(SETS)}
    lists.scope_of(frozenset({1}))
    tracemalloc.start()
    try:
        for groups in sets:
            lists.scope_of(groups)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken <= len(sets) * MAX_BYTES_PER_SET


def test_a_set_of_groups_is_compiled_once() -> None:
    dice = random.Random(8)
    lists, groups = a_large_forum(dice), a_set(dice)
    assert lists.scope_of(groups) is lists.scope_of(frozenset(sorted(groups)))


def test_the_ids_of_boards_are_a_set_in_order() -> None:
    dice = random.Random(9)
    lists = a_large_forum(dice)
    known = {board.id for board in lists.tree}
    for _ in range(20):
        scope = lists.scope_of(a_set(dice))
        for act in ACTS:
            ids = getattr(scope, act)
            assert list(ids) == sorted(ids)
            assert len(ids) == len(list(ids))
            assert bool(ids) == any(True for _ in ids)
            assert {board_id for board_id in range(10_001) if board_id in ids} == set(ids) <= known
            assert ids & known == set(ids)
            assert None not in ids
        assert scope.reply <= scope.see
        assert scope.start <= scope.reply
        assert scope.moderate <= scope.see
        assert scope.moderates_all == (set(scope.see) == set(scope.moderate))


def test_admins_may_do_everything_and_nobody_else_without_an_entry() -> None:
    lists = a_large_forum(random.Random(10))
    everything = {board.id for board in lists.tree}
    admins = lists.scope_of(frozenset(BuiltInGroup))
    assert [set(getattr(admins, act)) for act in ACTS] == [everything] * 4
    assert admins.moderates_all
    assert not lists.scope_of(frozenset({1, 2, 3})).see


def test_without_boards_nobody_sees_anything() -> None:
    scope = AccessLists().scope_of(frozenset({1, 2}))
    assert [list(getattr(scope, act)) for act in ACTS] == [[], [], [], []]
    assert not AccessScope(frozenset()).see
