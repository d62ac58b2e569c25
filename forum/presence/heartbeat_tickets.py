"""Tickets: proof that a visitor may see a thread, so that their next heartbeat may wait for its replies.

A heartbeat waits on the event loop, where no permissions are checked. Without tickets, the time of the response would
reveal when somebody posts in a hidden board.
"""

import hmac
from hashlib import blake2b

from forum.infra import clock
from forum.infra.database.db import current_settings

GOOD_SECONDS = 60


def ticket_for(thread_id: int) -> str:
    """A ticket for a visitor who was just allowed to see a thread."""
    until = int(clock.now().timestamp()) + GOOD_SECONDS
    return f"{until}.{_signature(current_settings().secret_key, thread_id, until)}"


def age_of(ticket: str, thread_id: int, *, secret_key: str) -> float | None:
    """Seconds since a ticket was issued for this thread, at most one too many; None if it is invalid or expired."""
    text, _, signature = ticket.partition(".")
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        return None
    until = int(text)
    left = until - clock.now().timestamp()
    is_ours = hmac.compare_digest(signature.encode(), _signature(secret_key, thread_id, until).encode())
    return max(0.0, GOOD_SECONDS - left) if is_ours and left > 0 else None


def _signature(secret_key: str, thread_id: int, until: int) -> str:
    key = hmac.digest(secret_key.encode(), b"ticket", "sha256")
    return blake2b(f"{thread_id}.{until}".encode(), key=key, digest_size=12).hexdigest()
