"""The counting jobs: add views to their threads, and purge the ephemeral store."""

from forum.infra import rate_limits
from forum.presence import actions as presence
from forum.presence import views

FLUSH_EVERY = 1  # seconds: with the three for which a page is cached, a view shows up within five
SWEEP_EVERY = 60


def flush_views() -> None:
    """Add recorded views to their threads; also runs at a clean stop."""
    views.flush_views()


def sweep() -> None:
    """Delete expired heartbeats, views and rate-limit entries."""
    presence.purge()
    views.purge()
    rate_limits.purge()
