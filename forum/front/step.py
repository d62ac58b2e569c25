"""What stands before Flask: guests' pages from memory, a turnstile before what must be made, members straight in."""

import logging
import random
import sqlite3
import time
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from threading import BoundedSemaphore
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from forum import gate
from forum.base.db import db, deployed, enter
from forum.base.logs import note_answer
from forum.base.metrics import meters
from forum.base.reading import leave_replica
from forum.base.replica import replica_of
from forum.base.settings import Settings
from forum.base.volatile import Kept
from forum.compress import encoding_for
from forum.doorway import SHARED, Shared
from forum.front.busy import busy
from forum.front.callers import LIGHT, Environ, is_guest, key_of, take_address, thread_of, who_asks, written_before
from forum.front.crowd import greet
from forum.front.freshness import Stamp, freshness_for
from forum.front.pages import Headers, Key, Page, Pages
from forum.front.turnstile import AT_WORK, Turnstile
from forum.presence.callers import Caller
from forum.presence.memory import Budget

log = logging.getLogger("forum.front")

Start = Callable[..., Any]
Body = Iterable[bytes]
LOOKS_A_SECOND = 100  # at who is there, for pages that are kept: a crowd that comes and goes costs no more than that


class Held:
    """What a process keeps for one deployment."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.pages, self.freshness = Pages(), freshness_for(app, settings)
        self.turnstile, self.looks = Turnstile(), Budget(LOOKS_A_SECOND, LOOKS_A_SECOND)


class Front:
    """A WSGI application around another."""

    def __init__(self, app: Flask) -> None:
        self._app, self._inner = app, app.wsgi_app
        self._held = Kept(lambda settings: Held(app, settings))
        self._at_work = BoundedSemaphore(AT_WORK)

    def __call__(self, environ: Environ, start: Start) -> Body:
        """Answer a request."""
        settings: Settings = self._app.extensions["forum.settings"]
        take_address(environ, settings)
        enter(settings)
        try:
            if settings.database_replica_url:
                self._choose_source(settings, environ)
            return self._answer(settings, environ, start)
        finally:
            enter(None)
            leave_replica()

    def _choose_source(self, settings: Settings, environ: Environ) -> None:
        """Read from the replica what nobody must see sooner."""
        replica, written = replica_of(settings), written_before(environ)
        if replica is not None and written is not None:
            with self._app.app_context():
                replica.read_here(db.engine, written)

    def _answer(self, settings: Settings, environ: Environ, start: Start) -> Body:
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or not is_guest(environ):
            return self._ask_house(environ, start)
        held, key = self._held.of(settings), key_of(environ)
        if key is not None:
            return self._show(held, key, environ, start)
        if environ.get("PATH_INFO", "").startswith(LIGHT):
            return self._ask_house(environ, start)
        return self._make(held, environ, start)

    def _ask_house(self, environ: Environ, start: Start) -> Body:
        """Flask's answer, counted by who asked."""
        began = time.perf_counter()
        head, body = self._listen(environ)
        if head[0].startswith("503") and leave_replica():
            replica = replica_of(self._app.extensions["forum.settings"])
            if replica is not None:
                replica.rest()
            head, body = self._listen(environ)
        start(*head)
        took, who, path = time.perf_counter() - began, who_asks(environ), environ.get("PATH_INFO", "")
        meters().answered(who, head[0], took)
        note_answer(method=environ["REQUEST_METHOD"], path=path, status=head[0], who=who, seconds=took)
        return body

    def _listen(self, environ: Environ) -> tuple[list[Any], Body]:
        """What the house says, before anything of it is sent."""
        said: list[Any] = []

        def note(*head: Any) -> Callable[[bytes], object]:
            said[:] = head
            return lambda _: None

        is_light = environ.get("PATH_INFO", "").startswith(LIGHT)
        with nullcontext() if is_light else self._at_work:
            return said, self._inner(environ, note)

    def _show(self, held: Held, key: Key, environ: Environ, start: Start) -> Body:
        """A kept page if there is one that holds, else the house's answer, which is kept if it may be."""
        thread_id = thread_of(key[0])
        page = held.pages.find(key)
        if page is not None and page.may_be_shown() and self._may_show(held, page, thread_id, environ):
            meters().hits.inc()
            return _shown(page, environ, start)
        meters().misses.inc()
        stamp, head = self._stamp(held, thread_id), list[Any]()
        body = self._make(held, environ, lambda *said: head.extend(said))
        shared = environ.get(SHARED)
        if stamp is None or not isinstance(shared, Shared) or head[0] != "200 OK":
            start(*head)
            return body
        settings: Settings = self._app.extensions["forum.settings"]
        page = Page.of(shared, stamp, head[1], b"".join(body), cdn_seconds=settings.shared_cache_seconds)
        held.pages.keep(key, page)
        return _shown(page, environ, start)

    def _make(self, held: Held, environ: Environ, start: Start) -> Body:
        with held.turnstile.turn() as has_turn:
            if has_turn:
                return self._ask_house(environ, start)
        meters().turned_away.inc()
        headers, page = busy(self._app, environ, _number())
        start("503 Service Unavailable", headers)
        return [page]

    def _may_show(self, held: Held, page: Page, thread_id: int, environ: Environ) -> bool:
        """Whether the page holds and the visitor may still ask; whoever is new is counted in it first."""
        caller = Caller(environ.get("REMOTE_ADDR") or "", environ.get("HTTP_USER_AGENT", "")[:500])
        try:
            if not held.freshness.holds(thread_id, page.stamp) or self._must_wait(caller):
                return False
            greet(self._app, page, caller, environ, change=held.freshness.crowd(), budget=held.looks)
        except (sqlite3.Error, SQLAlchemyError) as error:
            log.warning("a page that was kept is not shown: %s", type(error).__name__)
            return False
        return True

    def _must_wait(self, caller: Caller) -> bool:
        if not deployed().limits:
            return False
        with self._app.app_context():
            return gate.wait_of(caller.address) > 0

    def _stamp(self, held: Held, thread_id: int) -> Stamp | None:
        try:
            return held.freshness.stamp(thread_id)
        except (sqlite3.Error, SQLAlchemyError) as error:
            log.warning("a page is not kept: %s", type(error).__name__)
            return None


def _number() -> str:
    """A request's number: it is no secret, and the system's source of those lets other threads run first."""
    return f"{random.getrandbits(64):016x}"


def _shown(page: Page, environ: Environ, start: Start) -> Body:
    ready = page.ready(encoding_for(environ.get("HTTP_ACCEPT_ENCODING", "")))
    headers: Headers = [*ready.headers, ("X-Request-Id", _number())]
    asked = environ.get("HTTP_IF_NONE_MATCH")
    if asked and (ready.etag in asked or asked == "*"):
        start("304 Not Modified", [each for each in headers if not each[0].startswith("Content-")])
        return []
    start("200 OK", headers)
    return [ready.body]
