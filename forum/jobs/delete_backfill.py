"""What the clock does for threads that were deleted or brought back: their posts follow, a few at a time."""

from forum.threads.delete_backfill import run_pending

SETTLE_EVERY = 2  # seconds

__all__ = ["SETTLE_EVERY", "run_pending"]
