"""What the clock does for counting: views to their threads, and everything outdated out of the volatile store."""

from forum.infra import rate_limits
from forum.presence import actions as presence
from forum.presence import views

FLUSH_EVERY = 1  # seconds: with the three that a kept page lives, a view is in the count within five
SWEEP_EVERY = 60


def flush_views() -> None:
    """Bring counted views to their threads; also at a clean stop."""
    views.flush_views()


def sweep() -> None:
    """Remove signs of life, looks and spent limits that no longer count."""
    presence.purge()
    views.purge()
    rate_limits.purge()
