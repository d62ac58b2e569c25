"""The settings of notifications."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class NotificationSettings:
    """For how long they are kept, and of what members are told who have not chosen."""

    notification_days: int = 90  # 0: for good
    notifications_off: str = ""  # names of kinds, by spaces, of which only those are told who choose it

    @property
    def kinds_off(self) -> frozenset[str]:
        """The kinds of which members are told only if they choose it."""
        return frozenset(self.notifications_off.split())


NOTIFICATION_SETTINGS = tuple(each.name for each in fields(NotificationSettings))
