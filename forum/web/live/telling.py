"""Tells the readers of threads what has changed there.

A page is rendered once for all who see the same: guests, and members of the same groups who have neither written nor
reacted on it. The others are told that it changed, and fetch what they see. Permissions are those of this moment.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import select

from forum import permissions
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Thread
from forum.site.queries import snapshot
from forum.threads.queries import threads_with_names
from forum.web.live import pages
from forum.web.live.events import Told, end, event, mark_of
from forum.web.live.not_public import NotPublic
from forum.web.live.readers import Reader, View, check, member_of

KEPT_FROM_READERS = 20  # of a page, from which its state is kept before anything has changed
FETCHES_A_SECOND = 100  # by readers who see something else than the others


class _Key(NamedTuple):
    """Those who see the same page."""

    thread_id: int
    number: int
    view: View


class _Known(NamedTuple):
    """What the readers of a page were last told."""

    version: int
    digests: Mapping[int, int]


class ThreadNews:
    """What the pages of a worker's readers show, and how it differs from what there is."""

    def __init__(self) -> None:
        self._known: dict[_Key, _Known] = {}
        self._not_public = NotPublic()

    def tell(self, readers: Collection[Reader]) -> Told:
        """What the readers of threads are to be told whose pages are older than their threads."""
        by_thread = defaultdict[int, list[Reader]](list)
        for reader in readers:
            if reader.thread_id:
                by_thread[reader.thread_id].append(reader)
        self._forget_closed(by_thread)
        versions = _versions(by_thread)
        concerned = set(self._not_public.concerned(by_thread))
        told: Told = []
        for thread_id, theirs in by_thread.items():
            alone = [reader for reader in theirs if reader in concerned]
            late = [one for one in theirs if one not in concerned and one.version != versions.get(thread_id)]
            if late or alone:
                told += self._tell(thread_id, late, alone)
            elif len(theirs) >= KEPT_FROM_READERS:
                self._keep_busy(thread_id, theirs)
        return told

    def _tell(self, thread_id: int, late: list[Reader], alone: list[Reader]) -> Told:
        """Tell those whose page is older than the thread, and those who must be told `alone`."""
        gone = check(late + alone).gone
        told: Told = [(reader, end(is_login=True)) for reader in gone]
        thread = session.scalars(threads_with_names().where(Thread.id == thread_id)).one_or_none()
        pages_of = defaultdict[int, list[Reader]](list)
        alone = [reader for reader in alone if reader not in gone]
        for reader in late:
            if reader in gone or reader.view is None:
                continue
            is_shared = thread is not None and _is_shared(thread, reader.view)
            (pages_of[reader.page] if is_shared else alone).append(reader)
        for number, readers in pages_of.items():
            if thread is not None:
                told += self._tell_page(thread, number, readers, alone)
        return told + _tell_alone(thread, alone)

    def _tell_page(self, thread: Thread, number: int, readers: list[Reader], alone: list[Reader]) -> Told:
        """Render a page once for all who see the same; who has a part in it is added to those who are `alone`."""
        involved = pages.involved_in(thread, number, {reader.member_id for reader in readers} - {0})
        alone += [reader for reader in readers if reader.member_id in involved]
        alike = defaultdict[View, list[Reader]](list)
        for reader in readers:
            if reader.member_id not in involved and reader.view is not None:
                alike[reader.view].append(reader)
        told: Told = []
        for view, theirs in alike.items():
            one = member_of(theirs[0])
            if one is None and not theirs[0].is_guest:  # logged out at this moment: the next look finds another
                continue
            if permissions.may_see_thread(one, thread):
                state = pages.page_state(one, thread, number)
                told += self._tell_alike(_Key(thread.id, number, view), thread, state, theirs)
            else:
                told += [(reader, end()) for reader in theirs]
        return told

    def _tell_alike(self, key: _Key, thread: Thread, state: pages.PageState, readers: list[Reader]) -> Told:
        known, digests = self._known.get(key), state.digests
        self._known[key] = _Known(state.version, digests)
        frames: dict[tuple[int, int], bytes] = {}
        within = _seconds_for(readers)
        told: Told = []
        for reader in readers:
            before = (reader.version, reader.after)
            if before not in frames:
                old = known.digests if known is not None and known.version == reader.version else {}
                changed = [post_id for post_id, digest in digests.items() if old.get(post_id) != digest]
                new = pages.news(thread, reader.after)
                values = pages.values_of(state, changed, new) | {"within": within}
                frames[before] = event("posts", values, mark=mark_of(state.version, state.last))
            told.append((reader, frames[before]))
            reader.version, reader.after = state.version, state.last
        return told

    def _keep_busy(self, thread_id: int, readers: list[Reader]) -> None:
        """Keep the state of a page that many read, so that they need not be sent all of it when it changes."""
        by_key = defaultdict[_Key, list[Reader]](list)
        for reader in readers:
            if reader.view is not None and not reader.view.is_alone:
                by_key[_Key(thread_id, reader.page, reader.view)].append(reader)
        busy = {key: theirs for key, theirs in by_key.items() if len(theirs) >= KEPT_FROM_READERS}
        if all(key in self._known for key in busy):
            return
        thread = session.scalars(threads_with_names().where(Thread.id == thread_id)).one_or_none()
        for key, theirs in busy.items():
            if key not in self._known and thread is not None and _is_shared(thread, key.view):
                state = pages.page_state(member_of(theirs[0]), thread, key.number)
                self._known[key] = _Known(state.version, state.digests)

    def _forget_closed(self, open_threads: Collection[int]) -> None:
        for key in [key for key in self._known if key.thread_id not in open_threads]:
            del self._known[key]


def _versions(thread_ids: Iterable[int]) -> dict[int, int]:
    rows = session.execute(select(Thread.id, Thread.version).where(in_list(Thread.id, list(thread_ids))))
    return {row.id: row.version for row in rows}


def shut_out(readers: Collection[Reader]) -> set[Reader]:
    """Those of some readers who may not see the thread on their page (any longer)."""
    by_thread = defaultdict[int, list[Reader]](list)
    for reader in readers:
        if reader.thread_id:
            by_thread[reader.thread_id].append(reader)
    found = set[Reader]()
    rows = threads_with_names().where(in_list(Thread.id, list(by_thread)))
    threads = {thread.id: thread for thread in session.scalars(rows)} if by_thread else {}
    for thread_id, theirs in by_thread.items():
        verdicts: dict[View, bool] = {}
        for reader in theirs:
            found |= set() if _sees(reader, threads.get(thread_id), verdicts) else {reader}
    return found


def _sees(reader: Reader, thread: Thread | None, verdicts: dict[View, bool]) -> bool:
    """Whether a reader sees the thread; asked once for all who have the same view of it."""
    if thread is None or reader.view is None:
        return False
    if not _is_shared(thread, reader.view):
        return bool(permissions.may_see_thread(member_of(reader), thread))
    if reader.view not in verdicts:
        verdicts[reader.view] = bool(permissions.may_see_thread(member_of(reader), thread))
    return verdicts[reader.view]


def _is_shared(thread: Thread, view: View) -> bool:
    """Whether all readers with the same view see the same of a thread, but for what is their own."""
    if view.is_alone or not thread.is_public or thread.is_being_merged:
        return False
    scope = snapshot().access.scope_of(view.groups)
    return thread.board_id not in scope.own_only and thread.board_id not in scope.moderate


def _tell_alone(thread: Thread | None, readers: list[Reader]) -> Told:
    """Tell each reader who may see the thread that it changed; they fetch it within some seconds, not all at once."""
    told: Told = []
    within = _seconds_for(readers)
    for reader in readers:
        if thread is None or not permissions.may_see_thread(member_of(reader), thread):
            told.append((reader, end()))
            continue
        values = {"version": thread.version, "within": within}
        told.append((reader, event("stale", values, mark=mark_of(thread.version, thread.last_visible_position))))
        reader.version, reader.after = thread.version, thread.last_visible_position
    return told


def _seconds_for(readers: Collection[Reader]) -> float:
    """Within how many seconds some readers may fetch something, each at another moment."""
    return round(len(readers) / FETCHES_A_SECOND, 1)
