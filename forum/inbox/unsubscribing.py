"""A mail to the address in List-Unsubscribe stops what the mail with that address was about, from any sender."""

from forum.digests.unsubscribing import OTHERS
from forum.inbox.incoming import Incoming, Taken
from forum.infra.errors import NotFound
from forum.mail.unsubscribing import find_link, stop

UNSUBSCRIBED = "unsubscribed"


def take(word: str, _: Incoming) -> Taken | None:
    """Stop it; None if the word is not of such an address. Twice is the same as once."""
    try:
        link = find_link(word, OTHERS)
    except NotFound:
        return None
    stop(link, link.offered[0])
    return Taken(UNSUBSCRIBED, link.member.id)
