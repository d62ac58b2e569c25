"""How a member is told of what is new in a thread or a board."""

from enum import StrEnum


class WatchLevel(StrEnum):
    """Those besides `off`, `site` and `muted` are for mails, and tell on the site too: `watching/by_mail.py`."""

    OFF = "off"  # chosen: writing in the thread again does not watch it
    SITE = "site"
    MAIL = "mail"
    DAILY = "daily"
    WEEKLY = "weekly"
    MUTED = "muted"  # tells nothing, and is left out of what's new


class ToldOf(StrEnum):
    """What a watched board tells of."""

    THREADS = "threads"
    POSTS = "posts"


TELLING = (WatchLevel.SITE, WatchLevel.MAIL, WatchLevel.DAILY, WatchLevel.WEEKLY)
