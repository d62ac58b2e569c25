"""One look at the database for all open pages of a worker: who is to be told something, and what."""

import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from flask import Flask

from forum.site.queries import follow_database, pin_snapshot, snapshot
from forum.web.live import around
from forum.web.live.conversations import tell_conversations
from forum.web.live.events import Told, end
from forum.web.live.lists import ListNews
from forum.web.live.readers import Reader, check
from forum.web.live.telling import ThreadNews, shut_out

RIGHTS_SECONDS = 2.0  # between two checks of all readers' logins and rights, if anything was written
RIGHTS_MOST_SECONDS = 30.0  # the same if nothing was: what ends by itself
# from this many viewers on, seconds between two texts that say who is viewing
VIEWERS_SECONDS = ((500, 20.0), (50, 10.0), (0, 5.0))


@dataclass(frozen=True)
class Signs:
    """What may have changed since the last look."""

    content: bool
    presence: bool
    arrived: Collection[Reader]  # readers who have just opened a page


class Checks:
    """What a worker's open pages were last told; `look` runs in one thread at a time."""

    def __init__(self, app: Flask) -> None:
        self._app, self._news = app, ThreadNews()
        self._lists = ListNews()
        self._rights_at, self._written, self._site_version = 0.0, True, 0
        self._viewers_due: dict[int, float] = {}
        self._stale_viewers = set[int]()

    def are_due(self, signs: Signs) -> bool:
        """Whether a look may find anything to tell; on the event loop, without a query."""
        now = time.monotonic()
        viewers_due = any(self._viewers_due.get(one, 0.0) <= now for one in self._stale_viewers)
        self._written |= signs.content
        return bool(signs.content or signs.presence or signs.arrived or viewers_due or self._are_rights_due(now))

    def _are_rights_due(self, now: float) -> bool:
        since = now - self._rights_at
        return since > RIGHTS_MOST_SECONDS or (self._written and since > RIGHTS_SECONDS)

    def look(self, readers: Collection[Reader], signs: Signs) -> Told:
        """What the readers are to be told now; who may not see their page any longer is told that it ended."""
        with self._app.test_request_context("/live"):
            pin_snapshot()  # until the end of the context
            follow_database()
            told = self._ends(readers, signs)
            ended = {reader for reader, _ in told}
            rest = [reader for reader in readers if reader not in ended and reader.view is not None]
            if signs.content or signs.arrived:
                told += self._news.tell(rest) + self._lists.tell(rest) + tell_conversations(rest)
            told += around.tell_badges(rest)
            return told + self._around(rest, signs)

    def _ends(self, readers: Collection[Reader], signs: Signs) -> Told:
        """Whose login or permission has ended, as far as it is time to look; those who arrived are always checked."""
        now, version = time.monotonic(), snapshot().version
        due = self._are_rights_due(now) or version != self._site_version
        if due:
            self._rights_at, self._written, self._site_version = now, False, version
        checked = check(readers if due else signs.arrived)
        told: Told = [(reader, end(is_login=True)) for reader in checked.gone]
        return told + [(reader, end()) for reader in shut_out(checked.changed - checked.gone)]

    def _around(self, readers: Iterable[Reader], signs: Signs) -> Told:
        threads = around.by_thread(list(readers))
        told: Told = []
        if signs.presence:
            told += around.tell_typing(threads)
            self._stale_viewers.update(threads)
        self._stale_viewers.update(reader.thread_id for reader in signs.arrived if reader.thread_id in threads)
        now = time.monotonic()
        for thread_id in [one for one in self._stale_viewers if self._viewers_due.get(one, 0.0) <= now]:
            self._stale_viewers.discard(thread_id)
            if theirs := threads.get(thread_id, ()):
                pause = next(seconds for count, seconds in VIEWERS_SECONDS if len(theirs) >= count)
                self._viewers_due[thread_id] = now + pause
                told += around.tell_viewers(thread_id, theirs)
            else:
                self._viewers_due.pop(thread_id, None)
        return told
