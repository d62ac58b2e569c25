"""The job that reads the mailbox of FORUM_INBOX_URL.

A message is deleted from the mailbox after the transaction with what it caused has ended. Killed in between, the job
reads it again, finds it in the table and only deletes it; two processes post it once for the same reason. No
message number is remembered, so a mailbox that was restored or exchanged does no harm.
"""

import logging
import time

from forum.health import status_notes
from forum.inbox import delivery
from forum.inbox.refusals import LATER
from forum.inbox.rules import MAX_BYTES, MAX_HEADER_BYTES, MESSAGES_PER_RUN, RUN_SECONDS
from forum.infra.database.db import current_settings, session
from forum.infra.database.outages import is_busy, is_outage
from forum.infra.imap import mailbox
from forum.infra.imap.mailbox import Mailbox

log = logging.getLogger("forum.inbox")

TOTAL_SECONDS = (
    2 * RUN_SECONDS
)  # for a run with a server that is slow; a socket's timeout does not notice a byte now and then
FAILED, GONE = "failed", "gone-meanwhile"
LEFT = frozenset({LATER, delivery.NOBODY, delivery.UNREADABLE, FAILED, GONE})  # outcomes after which it is not deleted


def read_mailbox() -> int:
    """Handle the unread messages of the mailbox, if there is one; returns how many were taken."""
    if not current_settings().inbox_url:
        return 0
    taken, handled, end = 0, 0, time.monotonic() + RUN_SECONDS
    try:
        with mailbox.opened(current_settings().inbox_url, total=TOTAL_SECONDS) as box:
            for uid in box.unread():
                if handled >= MESSAGES_PER_RUN or time.monotonic() > end:
                    break
                outcome = _handle(box, uid)
                taken += outcome not in LEFT
                handled += outcome != LATER  # those of one member who sends too many delay nobody else
    except mailbox.IMAP_ERRORS as error:
        log.warning("cannot read the mailbox: %s", type(error).__name__)
        status_notes.note(status_notes.MAILBOX_FAILED, mailbox.error_text(error))
        return taken
    status_notes.note(status_notes.MAILBOX_READ, ends=(status_notes.MAILBOX_FAILED,))
    return taken


def _handle(box: Mailbox, uid: int) -> str:
    """Handle a message, then delete it, or leave it to people who read the mailbox if it is not the forum's."""
    size = box.size(uid)
    is_whole = size is not None and size <= MAX_BYTES
    raw = box.message(uid) if is_whole else box.header(uid, most=MAX_HEADER_BYTES)
    if raw is None:  # another process, or a person, has deleted it
        return GONE
    outcome = _outcome(raw, is_whole=is_whole)
    if outcome in LEFT and outcome != LATER:
        box.mark_seen(uid)
    elif outcome != LATER:
        box.delete(uid)
    return outcome


def _outcome(raw: bytes, *, is_whole: bool) -> str:
    try:
        return delivery.deliver(raw, is_whole=is_whole)
    except Exception as error:
        session.rollback()
        if is_outage(error) or is_busy(error):  # it is read again by the next run
            raise
        log.exception("a message of the mailbox could not be handled; it stays there")
        status_notes.note(status_notes.JOB_FAILED, f"read-mailbox, {type(error).__name__}")
        return FAILED
