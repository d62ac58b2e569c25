"""Who takes a message: each handler is asked in turn whether the word of an address is one of its own."""

from collections.abc import Callable

from forum.inbox import replies
from forum.inbox.incoming import Incoming

# word, message and id of its row in inbound_mail; returns the outcome, empty if the word is not the handler's
Handler = Callable[[str, Incoming, int], str]
HANDLERS: tuple[Handler, ...] = (replies.take,)
