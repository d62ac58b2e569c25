"""The in-memory page cache: whole pages, compressed once per encoding, the least recently used evicted by segment."""

import hashlib
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Lock

from cachetools import LRUCache

from forum.interfaces import CacheableGuestPage
from forum.middleware.compression import compress
from forum.middleware.guest_cache.response import Headers
from forum.middleware.guest_cache.validators import Validator

MAX_CACHED_BYTES = 8 * 2**20  # per process, raw and compressed: about a hundred pages of a full thread
PROBATION_SHARE = 0.2  # for pages requested once, so that a crawler evicts nothing that is being read
PAGE_SECONDS = 3.0  # after which a page is rendered again, to refresh its counts and lists
CALM_SECONDS = 5.0  # without viewer changes before a page gets the slower compression: it may change again soon
ROBOT_SECONDS = 60.0  # for which robots still get an expired page while its posts are unchanged

CDN = "public, max-age=0, s-maxage={seconds}, stale-while-revalidate={seconds}, stale-if-error=86400"

Key = tuple[str, ...]
PER_RESPONSE_HEADERS = frozenset({"content-length", "content-encoding", "etag", "x-request-id", "vary"})


@dataclass(frozen=True)
class EncodedPage:
    """A page in one encoding."""

    tag: str  # the ETag without its W/ prefix: some clients send only that
    headers: Headers
    body: bytes
    unchanged: Headers  # the headers of a 304


@dataclass
class Page:
    """A cached guest page in three parts; the middle one is the viewer fragment."""

    shared: CacheableGuestPage
    stamp: Validator
    headers: Headers
    before: bytes
    after: bytes
    viewers_html: bytes
    viewers_version: float
    until: float = field(default_factory=lambda: time.monotonic() + PAGE_SECONDS)
    weight: int = 0
    viewers_changed_at: float = -CALM_SECONDS  # when the viewer fragment last changed
    renewal: Lock = field(default_factory=Lock)  # taken by the request that renders the page again, never released
    _ready: dict[str, EncodedPage] = field(default_factory=dict)

    def may_be_shown(self, *, is_robot: bool = False) -> bool:
        """Whether the page may be served; False also tells the first caller after expiry to render it again.

        Meanwhile the others get the stale page, for at most another PAGE_SECONDS. Robots read the posts and not the
        counts, so they trigger no rendering for ROBOT_SECONDS.
        """
        age = time.monotonic() - self.until
        if age < 0 or (is_robot and age < ROBOT_SECONDS):
            return True
        return age < PAGE_SECONDS and not self.renewal.acquire(blocking=False)

    @classmethod
    def of(
        cls,
        shared: CacheableGuestPage,
        stamp: Validator,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        *,
        cdn_seconds: int = 0,
    ) -> "Page":
        """Build a page from Flask's response; a CDN may cache it for `cdn_seconds`."""
        before, viewers_html, after = (
            body.partition(shared.viewers_html.encode()) if shared.viewers_html else (body, b"", b"")
        )
        common = [(name, value) for name, value in headers if name.lower() not in PER_RESPONSE_HEADERS]
        common.append(("Vary", "Cookie, Accept-Encoding"))
        if cdn_seconds:
            common = [(name, value) for name, value in common if name.lower() != "cache-control"]
            common.append(("Cache-Control", CDN.format(seconds=cdn_seconds)))
        return cls(shared, stamp, common, before, after, viewers_html, viewers_version=-1.0, weight=len(body) * 2)

    def update_viewers(self, viewers_html: str, change: float) -> None:
        """Replace the viewer fragment by the current one."""
        fragment = viewers_html.encode()
        self.viewers_version = change
        if self.viewers_html and fragment != self.viewers_html:
            self.viewers_html, self.viewers_changed_at = fragment, time.monotonic()
            self._ready = {}

    def is_ready(self, encoding: str) -> bool:
        """Whether the page is already compressed in this encoding."""
        return encoding in self._ready

    def ready(self, encoding: str) -> EncodedPage:
        """The page in an encoding, compressed on first use."""
        encoded = self._ready.get(encoding)
        if encoded is None:
            ready = self._ready  # another thread may replace the dict meanwhile
            encoded = ready[encoding] = self._encode(encoding)
        return encoded

    def _encode(self, encoding: str) -> EncodedPage:
        whole = self.before + self.viewers_html + self.after
        tag = f'"{hashlib.blake2b(whole, digest_size=12).hexdigest()}"'
        body, used = compress(whole, encoding, is_kept=time.monotonic() - self.viewers_changed_at > CALM_SECONDS)
        headers = [*self.headers, ("ETag", f"W/{tag}"), ("Content-Length", str(len(body)))]
        if used:
            headers.append(("Content-Encoding", used))
        return EncodedPage(tag, headers, body, [header for header in headers if not header[0].startswith("Content-")])


class PageCache:
    """A segmented cache: pages requested once are on probation, pages requested again are protected."""

    def __init__(self, most: int = MAX_CACHED_BYTES) -> None:
        self._probation, self._protected = (
            LRUCache[Key, Page](most * share, getsizeof=lambda page: page.weight)
            for share in (PROBATION_SHARE, 1 - PROBATION_SHARE)
        )
        self._lock = Lock()

    @property
    def weight(self) -> int:
        """Approximate bytes held."""
        return int(self._probation.currsize + self._protected.currsize)

    def find(self, key: Key) -> Page | None:
        """The page under a key; it becomes the last to be evicted, and on probation moves to the protected segment."""
        with self._lock:
            page = self._protected.get(key)
            if page is None and key in self._probation:
                page = self._protected[key] = self._probation.pop(key)
        return page

    def keep(self, key: Key, page: Page) -> None:
        """Store a page, replacing the previous one, unless it is larger than its segment."""
        with self._lock, suppress(ValueError):
            segment = self._protected if key in self._protected else self._probation
            segment.pop(key, None)
            segment[key] = page
