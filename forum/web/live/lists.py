"""New threads, as pages that list threads are told of them: how many there are since the page was made.

A thread is new where it has been started, and where it appears: approved, restored, split off, or moved to there.
"""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session
from forum.models import Thread
from forum.site.access import AccessScope
from forum.site.queries import snapshot
from forum.web.live.events import Told, event
from forum.web.live.readers import Reader

MAX_COUNTED = 100  # the newest threads, of which those are counted that a reader sees
BAR = Markup('<p class="new-threads" role="status" data-live="list={}" hidden></p>')


class _Listed(NamedTuple):
    board_id: int
    starter_id: int
    at: float  # when it has come to the board, in seconds since 1970


def new_threads_bar(board_id: int = 0) -> Markup:
    """The place of the line "3 new threads" on a page that lists those of a board, or with 0 of the forum.

    The browser says how old the page is: without a time in it, pages that show the same are the same.
    """
    return BAR.format(board_id)


class ListNews:
    """The newest threads as this worker last saw them; by what they differ now it knows which have appeared."""

    def __init__(self) -> None:
        self._known: Mapping[int, _Listed] = {}
        self._known_at = 0.0

    def tell(self, readers: Collection[Reader]) -> Told:
        """How many threads have come since the readers' pages were made; one query for all."""
        lists = [reader for reader in readers if reader.board_id is not None and reader.view is not None]
        if lists:
            self._look()
        else:
            self._known = {}  # nobody looks while no list is open
        return _tell(lists, self._known.values())

    def _look(self) -> None:
        """Find the newest threads; what appears has come after the last look, before which the pages were made."""
        known, now = self._known, clock.now().timestamp()
        oldest = min(known, default=None)
        found = dict(_newest())
        for thread_id, thread in found.items():
            before = known.get(thread_id)
            if before is not None and before.board_id == thread.board_id:
                found[thread_id] = thread._replace(at=max(thread.at, before.at))
            elif before is not None or (oldest is not None and thread_id > oldest):
                found[thread_id] = thread._replace(at=max(thread.at, self._known_at))
        self._known, self._known_at = found, now


def _tell(lists: Collection[Reader], newest: Collection[_Listed]) -> Told:
    told: Told = []
    frames: dict[int, bytes] = {}
    for reader in lists:
        scope = snapshot().access.scope_of(reader.view.groups) if reader.view else None
        number = sum(1 for thread in newest if scope and _is_news(thread, reader, scope))
        if number == reader.new_threads:
            continue
        reader.new_threads = number
        if number not in frames:
            text = ngettext("%(num)d new thread", "%(num)d new threads", number) if number else ""
            frames[number] = event("threads", {"count": number, "text": text})
        told.append((reader, frames[number]))
    return told


def _newest() -> list[tuple[int, _Listed]]:
    rows = select(Thread.id, Thread.board_id, Thread.starter_id, Thread.started_at).where(Thread.is_public)
    found = session.execute(rows.order_by(Thread.id.desc()).limit(MAX_COUNTED))
    return [(row.id, _Listed(row.board_id, row.starter_id, row.started_at.timestamp())) for row in found]


def _is_news(thread: _Listed, reader: Reader, scope: AccessScope) -> bool:
    """Whether a reader sees a thread of somebody else that has come since to what the page lists."""
    is_listed = thread.at > reader.since and reader.board_id in {0, thread.board_id}
    is_own = thread.starter_id == reader.member_id or thread.starter_id in reader.ignored
    return is_listed and not is_own and thread.board_id in scope.see and thread.board_id not in scope.own_only
