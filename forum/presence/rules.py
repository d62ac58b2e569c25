"""The rules of presence: places, how long a heartbeat lasts, and limits against floods."""

import re
from functools import lru_cache
from typing import NamedTuple

ALIVE_SECONDS = 300  # a visitor counts as present after the last heartbeat
TOUCH_SECONDS = 30  # a heartbeat is written again only after this
LONG_TAB = 12  # characters; a tab id this long is considered unguessable
MAX_TABS_PER_PLACE = 8  # per visitor and place; the oldest is replaced
NAMED = 50  # members shown by name

GUESTS_IN_ALL = 20_000  # rows of guests and robots; further ones are counted only in their own pages
GUESTS_A_PLACE = 5_000
NEW_GUESTS_A_SECOND = 100  # written by a process
NEW_GUESTS_AT_ONCE = 200
REMEMBERED = 20_000  # heartbeats that a process remembers having written

WRITING = "writing:"  # the place of those who write a reply, before the thread's id
WRITING_SECONDS = 8  # for which a member counts as writing after the last sign; pages send one every 4 seconds
MAX_WRITERS = 500  # at a time in all threads; others are not named

VIEW_SECONDS = 1800  # for which further views of a thread by the same visitor do not count
VIEWS_REMEMBERED = 250_000  # rows, about 30 MB: 140 new ones a second; beyond, guests' views are not counted

MEMBER, GUEST, ROBOT = "m", "g", "r"

_NAME = re.compile(r"forum|(thread|board):\d{1,12}")
_INVALID_CHARACTER = re.compile(r"[^A-Za-z0-9_-]")


class Place(NamedTuple):
    """Where a visitor is: a name like "thread:12", and its board (0: none), where they are counted too."""

    name: str
    board_id: int = 0

    @property
    def is_forum(self) -> bool:
        """Whether it is the whole forum, which includes everyone."""
        return self.name == "forum"

    @property
    def is_board(self) -> bool:
        """Whether it is a board, which includes the viewers of its threads."""
        return self.name.startswith("board:")


@lru_cache(maxsize=4096)
def place_of(name: str, board_id: int = 0) -> Place:
    """The place named "thread:12", "board:3" or "forum"; raises ValueError for other names."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a place: {name}")
    return Place(name, int(name.removeprefix("board:")) if name.startswith("board:") else board_id)


def tab_of(given: str) -> str:
    """A tab id sent by a browser, reduced to what is stored; empty for a page without JavaScript."""
    return _INVALID_CHARACTER.sub("", given)[:24] if given else ""
