"""New threads, as pages that list threads are told of them: how many there are since the page was made."""

from collections.abc import Collection
from typing import NamedTuple

from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import select

from forum.infra.database.db import session
from forum.models import Thread
from forum.site.access import AccessScope
from forum.site.queries import snapshot
from forum.web.live.events import Told, event
from forum.web.live.readers import Reader

MAX_COUNTED = 100  # the newest threads, of which those are counted that a reader sees
BAR = Markup('<p class="new-threads" role="status" data-live="list={}" hidden></p>')


class _Started(NamedTuple):
    board_id: int
    starter_id: int
    at: float


def new_threads_bar(board_id: int = 0) -> Markup:
    """The place of the line "3 new threads" on a page that lists those of a board, or with 0 of the forum.

    The browser says how old the page is: without a time in it, pages that show the same are the same.
    """
    return BAR.format(board_id)


def tell_lists(readers: Collection[Reader]) -> Told:
    """How many threads have been started since the readers' pages were made; one query for all."""
    lists = [reader for reader in readers if reader.board_id is not None and reader.view is not None]
    if not lists:
        return []
    newest = _newest()
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


def _newest() -> list[_Started]:
    rows = select(Thread.board_id, Thread.starter_id, Thread.started_at).where(Thread.is_public)
    found = session.execute(rows.order_by(Thread.started_at.desc(), Thread.id.desc()).limit(MAX_COUNTED))
    return [_Started(row.board_id, row.starter_id, row.started_at.timestamp()) for row in found]


def _is_news(thread: _Started, reader: Reader, scope: AccessScope) -> bool:
    """Whether a reader sees a thread that somebody else has started since, in what the page lists."""
    is_listed = thread.at > reader.since and reader.board_id in {0, thread.board_id}
    is_own = thread.starter_id == reader.member_id or thread.starter_id in reader.ignored
    return is_listed and not is_own and thread.board_id in scope.see and thread.board_id not in scope.own_only
