"""Jobs run to their end in tests, however busy the machine is; tests of their limits set these themselves."""

from types import ModuleType

from forum.accounts import steps
from forum.admin import merges
from forum.admin.demonstration import emptying
from forum.admin.statistics import counting
from forum.digests import queueing
from forum.moderation import bulk, timed_states
from forum.moderation.cleaning import running
from forum.moderation.long_threads import background
from forum.notifications import watchers
from forum.threads import delete_backfill

LIMITS: tuple[tuple[ModuleType, str], ...] = (
    *((module, "MAX_RUN_SECONDS") for module in (steps, merges, emptying, counting, bulk, timed_states)),
    *((module, "MAX_RUN_SECONDS") for module in (running, delete_backfill)),
    *((module, "MAX_JOB_SECONDS") for module in (running, background, watchers, queueing)),
)
SECONDS = 60.0


def let_jobs_end() -> None:
    """Let each run of a job take a minute; in production it takes a second or some, so that others run."""
    for module, name in LIMITS:
        assert isinstance(getattr(module, name), float), name
        setattr(module, name, SECONDS)
