"""Time zones by their names, such as Europe/Berlin."""

from datetime import UTC, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

MAX_ZONE_NAME = 60  # characters


@lru_cache(maxsize=100)
def zone_of(name: str) -> tzinfo | None:
    """The time zone with a name; None if this system does not know it."""
    if name == "UTC":
        return UTC  # known without the system's time zone database
    try:
        return ZoneInfo(name) if name and len(name) <= MAX_ZONE_NAME else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
