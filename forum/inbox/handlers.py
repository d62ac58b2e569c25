"""Who takes a message: each handler is asked in turn whether the word of an address is one of its own."""

from collections.abc import Callable

from forum.inbox import replies, unsubscribing
from forum.inbox.incoming import Incoming, Taken
from forum.mail import bounces

# word and message; in the transaction of the message's row in inbound_mail
Handler = Callable[[str, Incoming], Taken | None]
FAILURE = "failure"


def _take_failure(word: str, incoming: Incoming) -> Taken | None:
    return Taken(FAILURE) if bounces.take(word, incoming.message) else None


HANDLERS: tuple[Handler, ...] = (replies.take, _take_failure, unsubscribing.take)
