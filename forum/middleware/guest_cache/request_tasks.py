"""What is left to do for a request once the event loop has looked at it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from forum.infra.settings import Settings
from forum.middleware.guest_cache.page_cache import Key
from forum.middleware.guest_cache.request_context import Environ, RequestClass, cache_key, classify
from forum.middleware.guest_cache.response import RawResponse
from forum.presence.visitor_key import VisitorKey

READING = frozenset({"GET", "HEAD"})


class RequestKind(Enum):
    """What a request is as far as its turn is concerned; among those who wait, the first kind goes first."""

    MEMBER = auto()
    CACHED = auto()  # a guest's page that is cached, whose reader is still to be counted
    FORM = auto()  # a guest logs in, registers, resets a password
    PAGE = auto()  # a guest's page that is to be made
    ROBOT = auto()  # the same for a crawler
    STATIC = auto()  # a style sheet, a script, an avatar
    PROBE = auto()  # whether the forum is ready, and its metrics


@dataclass(slots=True)
class Incoming:
    """A request: how its sender comes in and who that is, and the key of the cached page that may answer it."""

    environ: Environ
    way: RequestClass
    key: Key | None
    path: str
    caller: VisitorKey  # taken for a guest
    is_prefetch: bool = False  # by a browser, for nobody yet
    began: float = field(default_factory=time.perf_counter)

    @classmethod
    def of(cls, environ: Environ, settings: Settings) -> "Incoming":
        """A request whose address was taken from its proxy already."""
        way = classify(environ, settings)
        may_be_cached = way is RequestClass.GUEST and environ["REQUEST_METHOD"] in READING
        caller = VisitorKey(environ.get("REMOTE_ADDR") or "", environ.get("HTTP_USER_AGENT", "")[:500])
        key, path = cache_key(environ) if may_be_cached else None, environ.get("PATH_INFO", "")
        return cls(environ, way, key, path, caller, "prefetch" in environ.get("HTTP_SEC_PURPOSE", ""))


@dataclass(slots=True)
class Task:
    """Work that may wait for a database: done in a thread, when the request has its turn.

    Of tasks with the same `key` one is done, and the others then look into the cache again. `otherwise` is the answer
    when there is no turn to be had; without it the visitor is asked to come again.
    """

    visit: RequestKind
    run: Callable[[], RawResponse]
    key: Key | None = None
    otherwise: Callable[[], RawResponse] | None = None
