"""The pages that are kept: whole, compressed once for each way a browser takes them, the least used given up first."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock

from forum.interfaces import CacheableGuestPage
from forum.middleware.compression import encoded
from forum.middleware.guest_cache.response import Headers
from forum.middleware.guest_cache.validators import Validator

MAX_CACHED_BYTES = 8 * 2**20  # of pages in a process, as they are and compressed: about a hundred of a full thread
PROBATION_SHARE = 0.2  # of them for pages that were asked for once: a crawler's walk drives out nothing that is read
PAGE_SECONDS = 3.0  # after which a page is made anew, for the counts and the lists beside it
CALM_SECONDS = 5.0  # after somebody came or left, in which more may: a page that soon changes is not worth much time
ROBOT_SECONDS = 60.0  # for which robots are shown it besides, as long as its posts are as they were

CDN = "public, max-age=0, s-maxage={seconds}, stale-while-revalidate={seconds}, stale-if-error=86400"

Key = tuple[str, ...]
PER_RESPONSE_HEADERS = frozenset({"content-length", "content-encoding", "etag", "x-request-id", "vary"})


@dataclass(frozen=True)
class EncodedPage:
    """A page in one encoding."""

    tag: str  # its ETag without the mark of a weak one: some ask for it by that alone
    headers: Headers
    body: bytes
    unchanged: Headers  # of a 304


@dataclass
class Page:
    """A page as guests are shown it, in three parts: the middle one says who is there."""

    shared: CacheableGuestPage
    stamp: Validator
    headers: Headers
    before: bytes
    after: bytes
    crowd: bytes
    crowd_change: float
    until: float = field(default_factory=lambda: time.monotonic() + PAGE_SECONDS)
    weight: int = 0
    said_at: float = -CALM_SECONDS  # when the crowd was put in anew
    renewal: Lock = field(default_factory=Lock)  # held by whoever makes the page anew, and never given back
    _ready: dict[str, EncodedPage] = field(default_factory=dict)

    def may_be_shown(self, *, is_robot: bool = False) -> bool:
        """Whether its counts are young enough; of those who find them old, the first makes the page anew.

        The others are shown the old one meanwhile, but not for longer than it was young. Robots, who read the posts
        and not the counts, have none made anew for a minute.
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
        """A page from the answer that was made for the first who asked; a CDN may keep it for so long."""
        before, crowd, after = body.partition(shared.crowd.encode()) if shared.crowd else (body, b"", b"")
        kept = [(name, value) for name, value in headers if name.lower() not in PER_RESPONSE_HEADERS]
        kept.append(("Vary", "Cookie, Accept-Encoding"))
        if cdn_seconds:
            kept = [(name, value) for name, value in kept if name.lower() != "cache-control"]
            kept.append(("Cache-Control", CDN.format(seconds=cdn_seconds)))
        return cls(shared, stamp, kept, before, after, crowd, crowd_change=-1.0, weight=len(body) * 2)

    def say_who_is_there(self, crowd: str, change: float) -> None:
        """Put in who is there now."""
        said = crowd.encode()
        self.crowd_change = change
        if self.crowd and said != self.crowd:
            self.crowd, self.said_at = said, time.monotonic()
            self._ready = {}

    def is_ready(self, encoding: str) -> bool:
        """Whether the page was compressed so already."""
        return encoding in self._ready

    def ready(self, encoding: str) -> EncodedPage:
        """The page as a browser takes it."""
        found = self._ready.get(encoding)
        if found is None:
            ready = self._ready  # another thread may put a new one in place meanwhile
            found = ready[encoding] = self._made(encoding)
        return found

    def _made(self, encoding: str) -> EncodedPage:
        whole = self.before + self.crowd + self.after
        tag = f'"{hashlib.blake2b(whole, digest_size=12).hexdigest()}"'
        body, used = encoded(whole, encoding, is_kept=time.monotonic() - self.said_at > CALM_SECONDS)
        headers = [*self.headers, ("ETag", f"W/{tag}"), ("Content-Length", str(len(body)))]
        if used:
            headers.append(("Content-Encoding", used))
        return EncodedPage(tag, headers, body, [each for each in headers if not each[0].startswith("Content-")])


class PageCache:
    """Kept pages by key: those asked for once wait in a small part, those asked for again stay in the large one."""

    def __init__(self, most: int = MAX_CACHED_BYTES) -> None:
        self._most = most
        self._tried: OrderedDict[Key, Page] = OrderedDict()
        self._proven: OrderedDict[Key, Page] = OrderedDict()
        self._weights = {id(self._tried): 0, id(self._proven): 0}
        self._lock = Lock()

    @property
    def weight(self) -> int:
        """Bytes held, about."""
        return sum(self._weights.values())

    def find(self, key: Key) -> Page | None:
        """The page kept under a key."""
        page = self._proven.get(key)
        if page is not None:
            return page
        with self._lock:
            page = self._tried.get(key)
            if page is not None:
                self._drop(self._tried, key)
                self._keep(self._proven, key, page)
        return page

    def keep(self, key: Key, page: Page) -> None:
        """Keep a page in place of the one before it."""
        with self._lock:
            part = self._proven if key in self._proven else self._tried
            self._drop(part, key)
            self._keep(part, key, page)
            self._give_up(self._tried, int(self._most * PROBATION_SHARE))
            self._give_up(self._proven, int(self._most * (1 - PROBATION_SHARE)))

    def _keep(self, part: "OrderedDict[Key, Page]", key: Key, page: Page) -> None:
        part[key] = page
        self._weights[id(part)] += page.weight

    def _drop(self, part: "OrderedDict[Key, Page]", key: Key) -> None:
        page = part.pop(key, None)
        self._weights[id(part)] -= page.weight if page else 0

    def _give_up(self, part: "OrderedDict[Key, Page]", most: int) -> None:
        while self._weights[id(part)] > most and part:
            self._drop(part, next(iter(part)))
