"""Who takes a message: each handler is asked in turn whether the word of an address is one of its own."""

from collections.abc import Callable

from forum.inbox import replies
from forum.inbox.incoming import Incoming, Taken

# word and message; in the transaction of the message's row in inbound_mail
Handler = Callable[[str, Incoming], Taken | None]
HANDLERS: tuple[Handler, ...] = (replies.take,)
