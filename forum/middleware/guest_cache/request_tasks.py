"""A classified request, and the task that a worker thread runs for it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from forum.infra.settings import Settings
from forum.middleware.guest_cache.page_cache import Key
from forum.middleware.guest_cache.request_context import Environ, RequestClass, cache_key, classify
from forum.middleware.guest_cache.response import RawResponse
from forum.presence.visitor_key import VisitorKey

SAFE_METHODS = frozenset({"GET", "HEAD"})


class RequestKind(Enum):
    """The kind of a request for admission, in order of priority among those waiting."""

    MEMBER = auto()
    CACHED = auto()  # a guest's cached page that needs a check, a count or compression first
    FORM = auto()  # a guest's login, registration or password reset
    PAGE = auto()  # a guest's page to be rendered
    ROBOT = auto()  # the same for a crawler
    STATIC = auto()  # a style sheet, a script, an avatar
    PROBE = auto()  # health checks and metrics


@dataclass(slots=True)
class IncomingRequest:
    """A request with its class, its visitor, and the key of the cached page that may answer it."""

    environ: Environ
    request_class: RequestClass
    key: Key | None
    path: str
    caller: VisitorKey  # as a guest, whatever the login
    is_prefetch: bool = False  # sent speculatively by a browser (Sec-Purpose)
    began: float = field(default_factory=time.perf_counter)

    @classmethod
    def of(cls, environ: Environ, settings: Settings) -> "IncomingRequest":
        """Classify a request; `resolve_client_address` must have run."""
        request_class = classify(environ, settings)
        may_be_cached = request_class is RequestClass.GUEST and environ["REQUEST_METHOD"] in SAFE_METHODS
        caller = VisitorKey(environ.get("REMOTE_ADDR") or "", environ.get("HTTP_USER_AGENT", "")[:500])
        key, path = cache_key(environ) if may_be_cached else None, environ.get("PATH_INFO", "")
        return cls(environ, request_class, key, path, caller, "prefetch" in environ.get("HTTP_SEC_PURPOSE", ""))


@dataclass(slots=True)
class Task:
    """Work that may wait for a database: runs in a thread once the request is admitted.

    Of concurrent tasks with the same `key` only one runs; the others then look into the cache again. `otherwise`
    answers if no slot is free; without it the visitor gets a 503.
    """

    kind: RequestKind
    run: Callable[[], RawResponse]
    key: Key | None = None
    otherwise: Callable[[], RawResponse] | None = None
