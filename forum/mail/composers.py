"""How the messages of the queue are composed that have a kind: when they are sent, by the function of their kind."""

from collections.abc import Callable
from email.message import EmailMessage

from forum.models import Mail

Composer = Callable[[Mail], EmailMessage | None]  # None: there is nothing to say any more, and nothing is sent
COMPOSERS: dict[str, Composer] = {}
