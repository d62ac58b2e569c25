"""Who is there, said in a page that was kept: whoever is new to it is counted before it is shown.

When many come at once, they are counted together, twice a second, and a page says so a moment later.
"""

import time
from dataclasses import dataclass
from threading import Lock, Timer

from flask import Flask, render_template

from forum.interfaces import CacheableGuestPage
from forum.middleware.guest_cache.page_cache import Page
from forum.middleware.guest_cache.request_context import Environ
from forum.presence import actions, batched_arrivals, views
from forum.presence.memory import Budget
from forum.presence.queries import viewers
from forum.presence.state import state
from forum.presence.visitor_key import VisitorKey

GREETED_A_SECOND, GREETED_AT_ONCE = 40, 80  # of a process, counted alone and shown so at once: half a millisecond each
LOOKS_A_SECOND, LOOKS_AT_ONCE = 20, 40  # at who is there, for pages whose crowd has changed
FLUSH_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Update:
    """What a page's reader makes necessary: to be counted if new, and else a look at who is there."""

    change: float
    is_new: bool


class ViewerFragments:
    """Counts the readers of kept pages, at a price that does not grow with how many they are."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._greetings = Budget(GREETED_A_SECOND, GREETED_AT_ONCE)
        self._looks = Budget(LOOKS_A_SECOND, LOOKS_AT_ONCE)
        self._timer: Timer | None = None
        self._lock = Lock()

    def update_for(self, page: Page, caller: VisitorKey, *, change: float) -> Update | None:
        """What the database must be told or asked before the page is shown; None if the page can be shown as it is.

        `change` is the number of the crowd's last change as it is known now. A reader for whom there is no time is
        counted a moment later.
        """
        shared = page.shared
        if not shared.place:
            return None
        if _is_new(shared, caller):
            if not state.here().knows_the_day or self._greetings.take(time.monotonic()):
                return Update(change, is_new=True)
            self.count_later(shared, caller)
        elif change != page.crowd_change and self._looks.take(time.monotonic()):
            return Update(change, is_new=False)
        return None

    def carry_out(self, update: Update, page: Page, caller: VisitorKey, environ: Environ) -> None:
        """Count a reader who is new, and put into the page who is there."""
        shared = page.shared
        with self._app.request_context(environ):
            if update.is_new and shared.thread_id:
                views.count_view(shared.thread_id, caller)
            visit = actions.record_visit(shared.place, caller, board=shared.board_id) if update.is_new else None
            seen = visit or viewers(shared.place, caller)
            page.say_who_is_there(render_template(shared.template, **{shared.variable: seen}), update.change)

    def count_later(self, shared: CacheableGuestPage, caller: VisitorKey) -> None:
        """Count a reader together with others, within half a second."""
        batched_arrivals.record(shared.place, caller, board=shared.board_id, thread_id=shared.thread_id)
        with self._lock:
            if self._timer is None:
                self._timer = Timer(FLUSH_SECONDS, self._bring)
                self._timer.daemon = True
                self._timer.start()

    def _bring(self) -> None:
        with self._lock:
            self._timer = None
        with self._app.app_context():
            batched_arrivals.flush()


def _is_new(shared: CacheableGuestPage, caller: VisitorKey) -> bool:
    """Whether this process knows of no sign of life, or of no look at the thread."""
    is_noted = actions.is_recorded(shared.place, caller, board=shared.board_id)
    return not is_noted or (shared.thread_id > 0 and not views.is_counted(shared.thread_id, caller))
