"""The settings of notifications."""

from dataclasses import dataclass, fields

MAILED = (
    "message quote mention reply watched_thread watched_board post-rejected report-answered decision appeal-answered"
)


@dataclass(frozen=True, kw_only=True)
class NotificationSettings:
    """For how long they are kept, and of what members are told who have not chosen."""

    notification_days: int = 90  # 0: for good
    notifications_off: str = ""  # names of kinds, by spaces, of which only those are told who choose it
    notifications_mailed: str = MAILED  # of those who have not chosen, too

    @property
    def kinds_off(self) -> frozenset[str]:
        """The kinds of which members are told only if they choose it."""
        return frozenset(self.notifications_off.split())

    @property
    def kinds_mailed(self) -> frozenset[str]:
        """The kinds that are mailed unless members choose otherwise."""
        return frozenset(self.notifications_mailed.split())


NOTIFICATION_SETTINGS = tuple(each.name for each in fields(NotificationSettings))
