"""Undoing a cleaning leaves the forum as if there had been none, with all that others did meanwhile."""

from dataclasses import replace

import pytest
from flask import Flask

from forum.archive.check import check, position_gaps
from forum.infra.database.db import session
from forum.moderation.cleaning.plan import BanChoice, Plan
from tests.moderation.cleaning.scenes import a_scene, act_of_others, attempt, clean, state, undo
from tests.parts import examples

EVERYTHING = Plan(links=("pills.example",), block_days=30, addresses=True, reason="Spam")
PLANS = (
    EVERYTHING,
    replace(EVERYTHING, posts=False),
    replace(EVERYTHING, pending=False, ban=BanChoice.NONE),
    replace(EVERYTHING, reactions=False, teach=False, links=()),
)


@pytest.mark.parametrize("seed", range(examples(5)))
def test_with_random_acts_of_others_between(app_in_context: Flask, seed: int) -> None:
    scene = a_scene(seed)
    plan = PLANS[seed % len(PLANS)]
    if seed == 4:
        plan = replace(plan, board_id=scene.boards[1].id)
    before = state()

    with session.begin_nested() as savepoint:
        cleaning = clean(scene.mona, scene.spammer, plan)
        assert state() != before
        assert [*map(str, check()), *position_gaps()] == []
        numbers = range(seed * 1000, seed * 1000 + 25)
        allowed = [number for number in numbers if attempt(act_of_others(scene, number))]
        undo(scene.mona, cleaning)
        assert [*map(str, check()), *position_gaps()] == []
        cleaned_and_undone = state()
        savepoint.rollback()

    session.expire_all()
    for number in allowed:
        attempt(act_of_others(scene, number))
    assert cleaned_and_undone == state()
