"""The settings of what members watch unless they choose something else."""

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True)
class WatchingSettings:
    """Levels of watching: site, off, or one by mail; and whether members get digests."""

    watch_started: str = "site"  # threads that a member starts
    watch_answered: str = "site"  # threads in which a member replies
    digest_default: str = "weekly"  # for members who have chosen nothing and are away for a while; or off


WATCHING_SETTINGS = tuple(field.name for field in fields(WatchingSettings))
