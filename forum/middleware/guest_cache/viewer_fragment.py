"""Updates the viewer fragment of cached pages and counts new readers first.

Under load, readers are counted in batches, twice a second, and pages show them a moment later.
"""

import time
from dataclasses import dataclass
from threading import Lock, Timer

from flask import Flask, render_template

from forum.interfaces import CacheableGuestPage
from forum.middleware.guest_cache.page_cache import Page
from forum.middleware.guest_cache.request_context import Environ
from forum.presence import actions, batched_arrivals, views
from forum.presence.memory import TokenBucket
from forum.presence.queries import viewers
from forum.presence.state import state
from forum.presence.visitor_key import VisitorKey

COUNTS_PER_SECOND, COUNTS_BURST = 40, 80  # new readers counted immediately, per process: half a millisecond each
VIEWER_QUERIES_PER_SECOND, VIEWER_QUERIES_BURST = 20, 40  # queries for viewers of pages whose viewers have changed
FLUSH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Update:
    """A needed update of a viewer fragment: count the reader if new, else only query the viewers."""

    change: float
    is_new: bool


class ViewerFragments:
    """Counts the readers of cached pages, at a bounded rate of queries."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._count_budget = TokenBucket(COUNTS_PER_SECOND, COUNTS_BURST)
        self._query_budget = TokenBucket(VIEWER_QUERIES_PER_SECOND, VIEWER_QUERIES_BURST)
        self._timer: Timer | None = None
        self._lock = Lock()

    def update_for(self, page: Page, caller: VisitorKey, *, change: float) -> Update | None:
        """The update needed before the page is shown; None if it can be shown as it is.

        `change` is the current `Validators.viewers()`. New readers over the budget are counted in the next batch.
        """
        shared = page.shared
        if not shared.place:
            return None
        if _is_new(shared, caller):
            if not state.here().has_day_key or self._count_budget.take(time.monotonic()):
                return Update(change, is_new=True)
            self.count_later(shared, caller)
        elif change != page.viewers_version and self._query_budget.take(time.monotonic()):
            return Update(change, is_new=False)
        return None

    def apply_update(self, update: Update, page: Page, caller: VisitorKey, environ: Environ) -> None:
        """Count the reader if new, and render the viewers into the page."""
        shared = page.shared
        with self._app.request_context(environ):
            if update.is_new and shared.thread_id:
                views.count_view(shared.thread_id, caller)
            visit = actions.record_visit(shared.place, caller, board=shared.board_id) if update.is_new else None
            present = visit or viewers(shared.place, caller)
            page.update_viewers(render_template(shared.template, **{shared.variable: present}), update.change)

    def count_later(self, shared: CacheableGuestPage, caller: VisitorKey) -> None:
        """Count a reader in the next batch, within FLUSH_SECONDS."""
        batched_arrivals.record(shared.place, caller, board=shared.board_id, thread_id=shared.thread_id)
        with self._lock:
            if self._timer is None:
                self._timer = Timer(FLUSH_SECONDS, self._flush)
                self._timer.daemon = True
                self._timer.start()

    def _flush(self) -> None:
        with self._lock:
            self._timer = None
        with self._app.app_context():
            batched_arrivals.flush()


def _is_new(shared: CacheableGuestPage, caller: VisitorKey) -> bool:
    """Whether this process has recorded no recent heartbeat of the reader, or no view of the thread."""
    is_recorded = actions.is_recorded(shared.place, caller, board=shared.board_id)
    return not is_recorded or (shared.thread_id > 0 and not views.is_counted(shared.thread_id, caller))
