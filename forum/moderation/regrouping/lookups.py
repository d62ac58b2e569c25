"""The threads and boards that moderators name in a form or a request."""

import re

from forum.boards.queries import tree
from forum.boards.redirects import redirect_of
from forum.infra.errors import Invalid, NotFound
from forum.infra.text.messages import say
from forum.models import Board, Member, Thread
from forum.threads.queries import find_post, find_thread

_NUMBER = re.compile(r"\s*#?([0-9]{1,9})\s*")
_THREAD = re.compile(r"/threads/([0-9]{1,9})(?![0-9])")
_POST = re.compile(r"/posts/([0-9]{1,9})(?![0-9])")


def find_written(actor: Member, field: str, text: str) -> Thread:
    """The thread that a number, its address or that of one of its posts names. Raises Invalid at the field."""
    if found := _NUMBER.fullmatch(text) or _THREAD.search(text):
        return find_named(actor, field, int(found[1]))
    if found := _POST.search(text):
        try:
            return find_post(actor, int(found[1])).thread
        except NotFound:
            raise Invalid({field: [say("There is no such thread.")]}) from None
    raise Invalid({field: [say("Enter the address of a thread, or its number.")]})


def find_named(actor: Member, field: str, thread_id: int) -> Thread:
    """The thread with a number; of a merged one that with its posts. Raises Invalid at the field."""
    try:
        return find_thread(actor, thread_id)
    except NotFound:
        if (redirect := redirect_of(thread_id)) is not None:
            return find_named(actor, field, redirect.target_id)
        raise Invalid({field: [say("There is no such thread.")]}) from None


def find_chosen_board(actor: Member, field: str, board_id: int) -> Board:
    """A board that the actor sees. Raises Invalid at the field."""
    board = tree(actor).get(board_id)
    if board is None:
        raise Invalid({field: [say("There is no such board.")]})
    return board
