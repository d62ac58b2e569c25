"""Handles a message that was read: once for each of the forum's addresses that it was sent to."""

import logging

from forum.inbox import entries
from forum.inbox.handlers import HANDLERS
from forum.inbox.incoming import Incoming, Taken
from forum.inbox.parts import Unreadable, parse
from forum.inbox.refusals import LATER
from forum.infra.database.db import transaction

log = logging.getLogger("forum.inbox")

NOBODY, KNOWN, UNREADABLE = "nobody", "known", "unreadable"


class _NotTaken(Exception):
    """Nothing is to be written for a message."""


def deliver(raw: bytes, *, is_whole: bool = True) -> str:
    """Handle a message in one transaction for each recipient; returns the outcome that matters most.

    "nobody" and "unreadable" are left in the mailbox, "later" is read again, all others may be deleted from it.
    """
    try:
        incoming = Incoming(parse(raw), is_whole)
    except Unreadable as error:
        log.warning("a message was not read: %s", error)
        return UNREADABLE
    outcomes = [_taken(word, incoming) for word in incoming.words() or [""]]  # complaints may come without
    taken = [outcome for outcome in outcomes if outcome != NOBODY]
    if LATER in taken:
        return LATER
    return taken[0] if taken else NOBODY


def _taken(word: str, incoming: Incoming) -> str:
    try:
        with transaction():
            entry_id = entries.add(incoming.key(word))
            if entry_id is None:
                return KNOWN
            taken = next(filter(None, (take(word, incoming) for take in HANDLERS)), Taken(NOBODY))
            if taken.outcome in {NOBODY, LATER}:
                raise _NotTaken(taken.outcome)
            entries.close(entry_id, taken)
    except _NotTaken as left:
        return str(left)
    log.info("a message was read: %s", taken.outcome)
    return taken.outcome
