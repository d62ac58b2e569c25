"""The limits of presence: what is a place, how long a sign of life lasts, and how much a flood may cost."""

import re
from functools import lru_cache
from typing import NamedTuple

ALIVE_SECONDS = 300  # without a sign of life
TOUCH_SECONDS = 30  # a sign of life is written again only after this
LONG_TAB = 12  # characters of a tab's name from which on it is taken for one that nobody guesses
TABS = 8  # of a visitor in a place; the oldest gives way
NAMED = 50  # members whose names are shown

GUESTS_IN_ALL = 20_000  # rows of guests and robots; further ones see themselves counted and nobody else does
GUESTS_A_PLACE = 5_000
NEW_GUESTS_A_SECOND = 100  # that a process writes
NEW_GUESTS_AT_ONCE = 200
REMEMBERED = 20_000  # signs of life that a process remembers to have written

VIEW_SECONDS = 1800  # in which a visitor's further looks at a thread are no views
VIEWS_REMEMBERED = 250_000  # rows, about 30 MB; past them no guest's view is counted: 140 new ones a second

MEMBER, GUEST, ROBOT = "m", "g", "r"

_NAME = re.compile(r"forum|(thread|board):\d{1,12}")
_ODD = re.compile(r"[^A-Za-z0-9_-]")


class Place(NamedTuple):
    """Where somebody is: a name like "thread:12", and the board around it (0: none), whose visitors they are too."""

    name: str
    board_id: int = 0

    @property
    def is_forum(self) -> bool:
        """Whether it is the forum as a whole, which everybody in it is in."""
        return self.name == "forum"

    @property
    def is_board(self) -> bool:
        """Whether it is a board, which those in its threads are in."""
        return self.name.startswith("board:")


@lru_cache(maxsize=4096)
def place_of(name: str, board_id: int = 0) -> Place:
    """The place of a name: "thread:12", "board:3" or "forum"."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a place: {name}")
    return Place(name, int(name.removeprefix("board:")) if name.startswith("board:") else board_id)


def tab_of(given: str) -> str:
    """A tab's own name as a browser gave it, cut to what is stored; empty for a page without script."""
    return _ODD.sub("", given)[:24] if given else ""
