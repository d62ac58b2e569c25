"""Caches heartbeat responses for guests: most heartbeats need no write and are answered from memory.

An open page sends a heartbeat every few seconds. It is written twice a minute, and the viewers of a thread are queried
once a second, however many read it.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from threading import Lock

from cachetools import TTLCache

from forum import request_guards
from forum.middleware.guest_cache.request_context import Environ
from forum.middleware.guest_cache.response import RawResponse
from forum.presence import actions
from forum.presence.visitor_key import VisitorKey

HEARTBEAT_PATH = re.compile(r"/threads/(\d{1,9})-[^/]*/viewers")
MAX_AGE_SECONDS = 1.0
REPLY_POSITION_KEY = "forum.news"  # environ key: the position of the reply that released a held heartbeat
MAX_CACHED_THREADS = 2000  # responses per process, half a kilobyte each
_FORM = re.compile(
    rb"tab=(?P<tab>[A-Za-z0-9_-]{12,24})(?:&after=(?P<after>\d{1,9})&since=(?P<since>\d{1,9}))?"
    rb"(?:&pace=(?P<pace>\d{1,2})&ticket=(?P<ticket>[0-9a-f.]{1,40}))?(?:&read=\d{1,9})?"
)
_MAX_FORM_BYTES = 160  # bytes of a form with these fields only

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeartbeatForm:
    """The fields of a heartbeat: its tab, the replies its page knows of, and the ticket that lets it wait for more.

    The page shows or announces all posts up to `after`; those up to `since` have been on screen.
    """

    tab: str
    after: int = 0
    since: int = 0
    pace: int = 0
    ticket: str = ""


class HeartbeatCache:
    """The latest response per thread and page state, for MAX_AGE_SECONDS."""

    def __init__(self) -> None:
        self._answers: TTLCache[Key, RawResponse] = TTLCache(MAX_CACHED_THREADS, MAX_AGE_SECONDS)
        self._lock = Lock()

    def find(self, thread_id: int, environ: Environ, number: str) -> RawResponse | None:
        """The cached response, if it is fresh and the guest's presence was recorded recently; else None."""
        form = heartbeat_form(environ)
        cached = self._find(_key_of(environ, form)) if form and _is_same_origin(environ) else None
        if form is None or cached is None or not _is_recorded(thread_id, environ, form.tab):
            return None
        if request_guards.count_request_locally(environ.get("REMOTE_ADDR") or "") != 0:
            return None
        return RawResponse("200 OK", [*cached.headers, ("X-Request-Id", number)], cached.body, is_kept=True)

    def call_and_cache(self, environ: Environ, call_flask: Callable[[Environ], RawResponse]) -> RawResponse:
        """Get a fresh response and cache it."""
        form = heartbeat_form(environ)
        answer = call_flask(environ)
        if form is not None and answer.status == "200 OK":
            self._keep(_key_of(environ, form), answer)
        return answer

    def _find(self, key: Key) -> RawResponse | None:
        with self._lock:
            return self._answers.get(key)

    def _keep(self, key: Key, answer: RawResponse) -> None:
        answer.body = [b"".join(answer.body)]
        headers = [header for header in answer.headers if header[0].lower() != "x-request-id"]
        with self._lock:
            self._answers[key] = RawResponse(answer.status, headers, answer.body)


def heartbeat_form(environ: Environ) -> HeartbeatForm | None:
    """Parse the body if it is a plain heartbeat, else None; the body stays readable in `wsgi.input`."""
    length = environ.get("CONTENT_LENGTH") or ""
    if not length.isdigit() or int(length) > _MAX_FORM_BYTES:
        return None
    body = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(body)
    match = _FORM.fullmatch(body)
    if match is None:
        return None
    ticket = (match["ticket"] or b"").decode()
    after, since, pace = (int(match[name] or 0) for name in ("after", "since", "pace"))
    return HeartbeatForm(match["tab"].decode(), after, since, pace, ticket)


def _is_recorded(thread_id: int, environ: Environ, tab: str) -> bool:
    caller = VisitorKey(environ.get("REMOTE_ADDR") or "", environ.get("HTTP_USER_AGENT", "")[:500])
    return actions.is_recorded(f"thread:{thread_id}", caller, tab=tab)


def _key_of(environ: Environ, form: HeartbeatForm) -> Key:
    hosts = environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_HOST", "")  # the request guards check both
    known = str(form.after), str(form.since), str(environ.get(REPLY_POSITION_KEY, ""))
    return environ.get("PATH_INFO", ""), *known, environ["wsgi.url_scheme"], *hosts


def _is_same_origin(environ: Environ) -> bool:
    """Whether the request is not cross-site; the request guards check the same."""
    own = f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}"
    source = environ.get("HTTP_ORIGIN", own)
    return source.lower() == own.lower() and environ.get("HTTP_SEC_FETCH_SITE") != "cross-site"
