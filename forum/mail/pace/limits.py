"""How much mail is sent: in all, to one domain, and to one member.

Mail about accounts is counted and never waits. Other mail waits if a limit is used up; what waits is spread over the
time that follows, so that it does not come due all at once.
"""

from datetime import timedelta
from typing import NamedTuple

from forum.infra.ephemeral.rate_limits import UNLIMITED, hit
from forum.site.queries import snapshot

HOUR, DAY = 3600, 86_400


class Limit(NamedTuple):
    """A number of messages in some seconds."""

    key: str
    most: int
    seconds: int


class Used(NamedTuple):
    """A limit that is used up, and for how long."""

    limit: Limit
    wait: int

    def after(self, others: int) -> timedelta:
        """When a message may be tried before which `others` wait for the same limit."""
        later = self.wait + others * self.limit.seconds / self.limit.most
        return timedelta(seconds=min(later, self.wait + self.limit.seconds))


def limits_of(member_id: int, domain: str) -> list[Limit]:
    """The limits of a message that tells a member what is new."""
    site = snapshot()
    limits = (
        Limit(f"mail-domain:{domain}", site.mail_per_domain_hour, HOUR),
        Limit("mail-all", site.mail_per_hour, HOUR),
        Limit(f"mail-member:{member_id}", site.mail_per_member_day, DAY),
    )
    return [limit for limit in limits if limit.most]


def consume(limits: list[Limit]) -> Used | None:
    """Count a message under all its limits; or count nothing, and return one that is used up.

    All are asked before any is counted. If another process takes the last of one in between, others have counted one
    too many.
    """
    for limit in limits:
        if wait := hit(limit.key, limit=limit.most - 1, seconds=limit.seconds, cost=0):  # whether one more would pass
            return Used(limit, wait)
    for limit in limits:
        if wait := hit(limit.key, limit=limit.most, seconds=limit.seconds):
            return Used(limit, wait)
    return None


def count_account_mail(domain: str) -> None:
    """Count a message about an account, which the limits do not stop."""
    for key in (f"mail-domain:{domain}", "mail-all"):
        hit(key, limit=UNLIMITED, seconds=HOUR)
