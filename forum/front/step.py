"""What stands before Flask: guests' pages from memory, a turnstile before what must be made, members straight in."""

import logging
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from threading import BoundedSemaphore
from typing import Any

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from forum import gate
from forum.base.db import db, enter
from forum.base.logs import note_answer
from forum.base.metrics import meters
from forum.base.reading import leave_replica
from forum.base.replica import replica_of
from forum.base.robots import is_robot
from forum.base.settings import Settings
from forum.base.volatile import Kept
from forum.compress import encoding_for
from forum.doorway import SHARED, Shared
from forum.front.answers import Answer, Body
from forum.front.beats import BEAT, Beats
from forum.front.callers import LIGHT, Environ, Way, key_of, take_address, thread_of, way_of, who_asks, written_before
from forum.front.crowd import Crowd
from forum.front.freshness import Stamp, freshness_for
from forum.front.makers import Makers
from forum.front.pages import Key, Page, Pages
from forum.front.refusals import Refusal, busy, too_soon
from forum.front.turnstile import AT_WORK, Turnstile
from forum.presence.callers import Caller

log = logging.getLogger("forum.front")

Start = Callable[..., Any]
READING = frozenset({"GET", "HEAD"})


class Held:
    """What a process keeps for one deployment."""

    def __init__(self, app: Flask, settings: Settings) -> None:
        self.pages, self.freshness, self.makers = Pages(), freshness_for(app, settings), Makers()
        self.readers, self.writers = Turnstile(), Turnstile()  # so that a flood of pages keeps nobody from logging in
        self.crowd, self.beats = Crowd(app), Beats()


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
        enter(self._app)
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
        """Members and what costs little come straight in, guests are shown what is kept, the others wait their turn."""
        began, way = time.perf_counter(), way_of(environ, settings)
        if way is Way.MEMBER or environ.get("PATH_INFO", "").startswith(LIGHT):
            answer = self._ask_house(environ)
        else:
            answer = self._ask_for_guest(settings, environ, way)
        start(answer.status, answer.headers)
        took, who = time.perf_counter() - began, who_asks(environ, way)
        meters().answered(who, answer.status, took)
        if not answer.is_kept:
            path, method = environ.get("PATH_INFO", ""), environ["REQUEST_METHOD"]
            note_answer(method=method, path=path, status=answer.status, who=who, seconds=took)
        return answer.body

    def _ask_for_guest(self, settings: Settings, environ: Environ, way: Way) -> Answer:
        held = self._held.of(settings)
        if environ["REQUEST_METHOD"] not in READING:
            beat = BEAT.fullmatch(environ.get("PATH_INFO", ""))
            if beat is None:
                return self._ask_in_turn(held.writers, environ)
            ask = partial(self._ask_in_turn, held.readers, environ)
            return held.beats.answer(int(beat[1]), environ, _number(), ask)
        key = key_of(environ) if way is Way.GUEST else None
        return self._show(held, key, environ) if key else self._ask_in_turn(held.readers, environ)

    def _ask_house(self, environ: Environ) -> Answer:
        """Flask's answer; again from the primary, if the replica that it was to come from is away."""
        answer = self._listen(environ)
        if answer.status.startswith("503") and leave_replica():
            replica = replica_of(self._app.extensions["forum.settings"])
            if replica is not None:
                replica.rest()
            answer = self._listen(environ)
        return answer

    def _listen(self, environ: Environ) -> Answer:
        """What the house says, before anything of it is sent."""
        said: list[Any] = []

        def note(*head: Any) -> Callable[[bytes], object]:
            said[:] = head
            return lambda _: None

        is_light = environ.get("PATH_INFO", "").startswith(LIGHT)
        with nullcontext() if is_light else self._at_work:
            body = self._inner(environ, note)
        return Answer(said[0], said[1], body)

    def _ask_in_turn(self, turnstile: Turnstile, environ: Environ) -> Answer:
        with turnstile.turn(is_robot=is_robot(environ.get("HTTP_USER_AGENT", ""))) as has_turn:
            if has_turn:
                return self._ask_house(environ)
        meters().turned_away.inc()
        return _refused(busy(self._app, environ, _number()))

    def _show(self, held: Held, key: Key, environ: Environ) -> Answer:
        """A kept page if there is one that holds, else the house's answer, which is kept if it may be."""
        found = self._find(held, key, environ)
        if found is not None:
            meters().hits.inc()
            return found
        with held.makers.alone(key) as was_made:
            found = self._find(held, key, environ) if was_made else None
            return found or self._make(held, key, environ)

    def _find(self, held: Held, key: Key, environ: Environ) -> Answer | None:
        """The kept page, if it holds and the visitor may still ask; whoever is new is counted."""
        page = held.pages.find(key)
        if page is None:
            return None
        caller = Caller(environ.get("REMOTE_ADDR") or "", environ.get("HTTP_USER_AGENT", "")[:500])
        try:
            may_be = page.may_be_shown(is_robot=caller.is_robot) and held.freshness.holds(thread_of(key[0]), page.stamp)
            if not may_be:
                return None
            if wait := gate.wait_of(caller.address):
                return _refused(too_soon(self._app, environ, _number(), wait))
            held.crowd.greet(page, caller, environ, change=held.freshness.crowd())
        except (sqlite3.Error, SQLAlchemyError) as error:
            log.warning("a page that was kept is not shown: %s", type(error).__name__)
            return None
        return _shown(page, environ)

    def _make(self, held: Held, key: Key, environ: Environ) -> Answer:
        meters().misses.inc()
        stamp = self._stamp(held, thread_of(key[0]))
        answer, shared = self._ask_in_turn(held.readers, environ), environ.get(SHARED)
        is_whole = answer.status == "200 OK" and environ["REQUEST_METHOD"] == "GET"
        if stamp is None or not isinstance(shared, Shared) or not is_whole:
            return answer
        settings: Settings = self._app.extensions["forum.settings"]
        body = b"".join(answer.body)
        page = Page.of(shared, stamp, answer.headers, body, cdn_seconds=settings.shared_cache_seconds)
        held.pages.keep(key, page)
        return _shown(page, environ)

    def _stamp(self, held: Held, thread_id: int) -> Stamp | None:
        try:
            return held.freshness.stamp(thread_id)
        except (sqlite3.Error, SQLAlchemyError) as error:
            log.warning("a page is not kept: %s", type(error).__name__)
            return None


def _number() -> str:
    """A request's number: it is no secret, and the system's source of those lets other threads run first."""
    return f"{random.getrandbits(64):016x}"


def _refused(refusal: Refusal) -> Answer:
    status, headers, body = refusal
    return Answer(status, headers, [body])


def _shown(page: Page, environ: Environ) -> Answer:
    ready = page.ready(encoding_for(environ.get("HTTP_ACCEPT_ENCODING", ""), is_kept=True))
    number, asked = ("X-Request-Id", _number()), environ.get("HTTP_IF_NONE_MATCH")
    if asked and (ready.tag in asked or asked == "*"):
        return Answer("304 Not Modified", [*ready.unchanged, number], [], is_kept=True)
    body = [ready.body] if environ["REQUEST_METHOD"] == "GET" else []
    return Answer("200 OK", [*ready.headers, number], body, is_kept=True)
