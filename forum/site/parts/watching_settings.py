"""The settings of what members watch unless they choose something else."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class WatchingSettings:
    """Levels of watching: site, off, or one by mail."""

    watch_started: str = "site"  # threads that a member starts
    watch_answered: str = "site"  # threads in which a member replies


WATCHING_SETTINGS = tuple(field.name for field in fields(WatchingSettings))
