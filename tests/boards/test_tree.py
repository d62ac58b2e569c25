"""The tree of boards, of rows and of the snapshot's nodes alike."""

from dataclasses import replace

import pytest

from forum.infra.errors import NotFound
from forum.models.discussion.board_tree import BoardNode, BoardTree

SPACE = BoardNode(1, "Space", "/boards/1-space", None, is_category=True)
MOON = BoardNode(2, "Moon", "/boards/2-moon", 1, is_category=False)
CRATERS = BoardNode(3, "Craters", "/boards/3-craters", 2, is_category=False)


def test_a_board_has_its_ancestors_and_everything_below_it() -> None:
    boards = BoardTree([SPACE, MOON, CRATERS])

    assert boards.ancestors_of(3) == [SPACE, MOON, CRATERS]
    assert boards.below(SPACE) == [SPACE, MOON, CRATERS]
    assert (boards.children(None), boards.children(MOON), boards.children(CRATERS)) == ([SPACE], [CRATERS], [])


def test_a_board_whose_parent_the_reader_does_not_see_is_at_the_top() -> None:
    boards = BoardTree([MOON, CRATERS])

    assert boards.children(None) == [MOON]
    with pytest.raises(NotFound):
        boards.find(SPACE.id)


def test_boards_that_name_each_other_as_parents_do_not_hang_the_breadcrumbs() -> None:
    circle = replace(MOON, parent_id=3)

    assert BoardTree([circle, CRATERS]).ancestors_of(3) == [circle, CRATERS]
