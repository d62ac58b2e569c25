"""The delete job: applies the deletion or restoration of threads to their posts, in batches."""

from forum.threads.delete_backfill import run_pending

SETTLE_EVERY = 2  # seconds

__all__ = ["SETTLE_EVERY", "run_pending"]
