"""Looks up guests' pages in the cache: returns a valid page whose reader is counted, else the task needed first."""

import logging
import random
import sqlite3
from dataclasses import replace
from functools import partial

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from forum import request_guards
from forum.infra.metrics import request_metrics
from forum.interfaces import GUEST_PAGE_KEY, CacheableGuestPage
from forum.middleware.compression import encoding_for
from forum.middleware.guest_cache.page_cache import Page, PageCache
from forum.middleware.guest_cache.prebuilt_responses import too_soon
from forum.middleware.guest_cache.request_context import Environ, thread_id_of
from forum.middleware.guest_cache.request_tasks import IncomingRequest, RequestKind, Task
from forum.middleware.guest_cache.response import RawResponse
from forum.middleware.guest_cache.upstream import Upstream
from forum.middleware.guest_cache.validators import Validator, validators_for
from forum.middleware.guest_cache.viewer_fragment import Update, ViewerFragments
from forum.presence.state import state
from forum.site.queries import look_again_unless

log = logging.getLogger("forum.middleware.guest_cache")
CONDITIONS = frozenset({"HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE"})


class GuestCache:
    """The cached pages of one deployment in this process.

    `find` may run on an event loop: all it waits for is SQLite's check of its own file. Waiting for a database and
    compressing a page are left to a Task.
    """

    def __init__(self, app: Flask, upstream: Upstream) -> None:
        self._app, self._upstream = app, upstream
        self.pages, self.validators = PageCache(), validators_for(app, upstream.settings)
        self.viewers = ViewerFragments(app)

    def find(self, incoming: IncomingRequest) -> RawResponse | Task:
        """The cached page if it is valid and its reader is counted, else the task to run first."""
        try:
            page = self.pages.find(incoming.key or ())
            if page is not None and page.may_be_shown(is_robot=incoming.caller.is_robot):
                is_valid = self.validators.holds_now(thread_id_of(incoming.path), page.stamp)
                if is_valid:
                    return self._show(page, incoming)
                if is_valid is None:
                    check = partial(self._check, incoming, page)
                    return self._upstream.task(incoming, check, kind=RequestKind.CACHED, key=incoming.key)
        except (sqlite3.Error, SQLAlchemyError) as error:
            log.warning("a cached page is not used: %s", type(error).__name__)
        is_to_be_cached = incoming.environ["REQUEST_METHOD"] == "GET"
        key = incoming.key if is_to_be_cached else None
        return self._upstream.task(incoming, partial(self._render_and_cache, incoming), key=key)

    def _show(self, page: Page, incoming: IncomingRequest) -> RawResponse | Task:
        """Answer with a valid page, or return a task if its reader must be counted or it is not compressed yet."""
        update = self._update_for(page, incoming)
        if update is None and page.is_ready(_encoding(incoming.environ)):
            wait = request_guards.count_request_locally(incoming.caller.address)
            if wait is not None:
                return self._answer(page, incoming, wait)
        return self._upstream.task(
            incoming,
            partial(self._update_and_show, page, incoming, update),
            kind=RequestKind.CACHED,
            otherwise=partial(self._show_stale, page, incoming, update),
        )

    def _update_for(self, page: Page, incoming: IncomingRequest) -> Update | None:
        if incoming.is_prefetch:
            return None
        return self.viewers.update_for(page, incoming.caller, change=self.validators.viewers())

    def _update_and_show(self, page: Page, incoming: IncomingRequest, update: Update | None) -> RawResponse:
        try:
            wait = request_guards.count_request(incoming.caller.address)
            if update is not None and not wait:
                self.viewers.apply_update(update, page, incoming.caller, incoming.environ)
        except (sqlite3.Error, SQLAlchemyError) as error:
            log.warning("a cached page is not used: %s", type(error).__name__)
            return self._render_and_cache(incoming)
        return self._answer(page, incoming, wait)

    def _show_stale(self, page: Page, incoming: IncomingRequest, update: Update | None) -> RawResponse:
        """The page without the update, for when no slot is free; its reader is counted in the next batch."""
        if update is not None and update.is_new and state.here().has_day_key:
            self.viewers.count_later(page.shared, incoming.caller)
        return self._answer(page, incoming, request_guards.count_request_locally(incoming.caller.address) or 0)

    def _answer(self, page: Page, incoming: IncomingRequest, wait: int) -> RawResponse:
        if wait:
            return too_soon(self._app, incoming.environ, request_id(), wait)
        request_metrics().hits.inc()
        return _page_response(page, incoming.environ)

    def _check(self, incoming: IncomingRequest, page: Page) -> RawResponse:
        """Answer with a page whose validity only the database can tell."""
        try:
            is_valid = self.validators.holds(thread_id_of(incoming.path), page.stamp)
            update = self._update_for(page, incoming) if is_valid else None
        except (sqlite3.Error, SQLAlchemyError) as error:
            log.warning("a cached page is not used: %s", type(error).__name__)
            is_valid = False
        return self._update_and_show(page, incoming, update) if is_valid else self._render_and_cache(incoming)

    def _render_and_cache(self, incoming: IncomingRequest) -> RawResponse:
        """Flask's response, cached if it is shareable. A HEAD request renders the whole page to get its ETag."""
        request_metrics().misses.inc()
        environ = incoming.environ if incoming.key is None else _unconditional_get(incoming.environ)
        stamp = self._stamp(thread_id_of(incoming.path))
        if stamp is not None:  # what is rendered must be as new as the version under which it is cached
            look_again_unless(self._upstream.settings, stamp.site_numbers)
        answer, shared = self._upstream.call_flask(environ), environ.get(GUEST_PAGE_KEY)
        if (
            stamp is None
            or not isinstance(shared, CacheableGuestPage)
            or answer.status != "200 OK"
            or incoming.key is None
        ):
            return answer if incoming.environ["REQUEST_METHOD"] == "GET" else replace(answer, body=[])
        seconds = self._upstream.settings.shared_cache_seconds
        page = Page.of(shared, stamp, answer.headers, b"".join(answer.body), cdn_seconds=seconds)
        self.pages.keep(incoming.key, page)
        return _page_response(page, incoming.environ)

    def _stamp(self, thread_id: int) -> Validator | None:
        try:
            return self.validators.stamp(thread_id)
        except (sqlite3.Error, SQLAlchemyError) as error:
            log.warning("a page is not cached: %s", type(error).__name__)
            return None


def request_id() -> str:
    """A random request id. It need not be secret, and os.urandom would release the GIL."""
    return f"{random.getrandbits(64):016x}"


def _unconditional_get(environ: Environ) -> Environ:
    """The same request as a GET without conditional headers."""
    rest = {name: value for name, value in environ.items() if name not in CONDITIONS}
    return rest | {"REQUEST_METHOD": "GET"}


def _encoding(environ: Environ) -> str:
    return encoding_for(environ.get("HTTP_ACCEPT_ENCODING", ""), is_kept=True)


def _page_response(page: Page, environ: Environ) -> RawResponse:
    ready, number = page.ready(_encoding(environ)), ("X-Request-Id", request_id())
    tags = environ.get("HTTP_IF_NONE_MATCH", "")
    if ready.tag in tags or tags == "*":
        return RawResponse("304 Not Modified", [*ready.unchanged, number], [], is_kept=True)
    body = [ready.body] if environ["REQUEST_METHOD"] == "GET" else []
    return RawResponse("200 OK", [*ready.headers, number], body, is_kept=True)
