"""The latest threads of each top-level board, for the index and the sidebar; cached per process."""

import time
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from forum.boards.recent_threads import newest_in
from forum.infra.database.db import session
from forum.infra.database.per_app import PerApp
from forum.infra.text.slugs import path_of
from forum.models import Board, Member, Thread
from forum.models.discussion.board_tree import AnyBoard, BoardTree
from forum.site.queries import snapshot

THREADS_PER_BLOCK = 5
MAX_CACHED_LISTS = 16  # per process: sets of boards that readers see
GUEST_SECONDS, MEMBER_SECONDS = 5.0, 30.0  # longer for members, whose pages need queries of their own


@dataclass(frozen=True)
class TopBoard:
    """A top-level board, with the ids of it and the boards below it that the reader may see, without categories."""

    id: int
    title: str
    path: str
    boards: tuple[int, ...]


def top_boards(boards: BoardTree[AnyBoard]) -> list[TopBoard]:
    """The top-level boards of a tree."""
    return [
        TopBoard(top.id, top.title, top.path, tuple(below.id for below in boards.below(top) if not below.is_category))
        for top in boards.children(None)
    ]


class MemberLink(NamedTuple):
    """A member's name and profile path."""

    username: str
    path: str


class RecentThread(NamedTuple):
    """A thread as an entry of the sidebar."""

    id: int
    title: str
    path: str
    last_posted_at: datetime
    last_poster: MemberLink
    starter_id: int


@dataclass(frozen=True)
class RecentBlock:
    """A top-level board's latest threads."""

    board: TopBoard
    threads: Sequence[RecentThread]


@dataclass(frozen=True)
class RecentBlocks:
    """The latest threads overall, of each top-level board, and the last thread of each board."""

    everywhere: Sequence[RecentThread]
    blocks: Sequence[RecentBlock]
    last: Mapping[int, RecentThread]


@dataclass
class _Cache:
    """A process's cache: the sidebar with its time, and the lists per set of boards with the versions they show."""

    rail: RecentBlocks = field(default_factory=lambda: RecentBlocks((), (), {}))
    looked_at: float = -GUEST_SECONDS - MEMBER_SECONDS
    version: tuple[int, int] = (0, 0)
    lists: OrderedDict[frozenset[int], tuple[object, RecentBlocks]] = field(default_factory=OrderedDict)


_cache = PerApp(lambda _: _Cache())


def recent_for_rail(tops: Sequence[TopBoard], *, version: tuple[int, int], for_member: bool) -> RecentBlocks:
    """The latest threads overall and of each place, cached for some seconds; one query on a miss.

    `version` is the site's version and the number of removed threads: when it changes, the cache may show a renamed
    board or a removed thread, and is refreshed.
    """
    held, now = _cache.here(), time.monotonic()
    if held.version != version or now - held.looked_at >= (MEMBER_SECONDS if for_member else GUEST_SECONDS):
        blocks = _look_up(tops)
        held.rail, held.looked_at, held.version = RecentBlocks(_everywhere(blocks), blocks, {}), now, version
    return held.rail


def recent_for_boards(tops: Sequence[TopBoard], boards: Collection[Board]) -> RecentBlocks:
    """The latest threads in boards that a reader sees; cached until one of the boards changes."""
    held = _cache.here().lists
    seen = frozenset(board.id for board in boards)
    period = time.monotonic() // MEMBER_SECONDS  # for changes that move no version
    versions = (period, snapshot().version, *((board.id, board.version, board.title) for board in boards))
    cached = held.get(seen)
    if cached is None or cached[0] != versions:
        blocks = _look_up(tops)
        cached = held[seen] = (versions, RecentBlocks(_everywhere(blocks), blocks, _last(boards)))
        while len(held) > MAX_CACHED_LISTS:
            held.popitem(last=False)
    return cached[1]


def _everywhere(blocks: Sequence[RecentBlock]) -> Sequence[RecentThread]:
    return sorted({line.id: line for block in blocks for line in block.threads}.values(), key=_moment)[
        :THREADS_PER_BLOCK
    ]


def _moment(line: RecentThread) -> tuple[float, int]:
    return -line.last_posted_at.timestamp(), -line.id


def _last(boards: Collection[Board]) -> dict[int, RecentThread]:
    wanted = {board.last_thread_id: board.id for board in boards if board.last_thread_id}
    columns = (
        Thread.id,
        Thread.title,
        Thread.last_posted_at,
        Thread.last_poster_id,
        Thread.starter_id,
        Member.username,
    )
    named = select(*columns).join(Member, Member.id == Thread.last_poster_id).where(Thread.id.in_(wanted))
    return {wanted[row.id]: _line(*row) for row in session.execute(named)} if wanted else {}


def _line(thread_id: int, title: str, at: datetime, poster_id: int, starter_id: int, username: str) -> RecentThread:
    poster = MemberLink(username, path_of("members", poster_id, username))
    return RecentThread(thread_id, title, path_of("threads", thread_id, title), at, poster, starter_id)


def _look_up(tops: Sequence[TopBoard]) -> list[RecentBlock]:
    place_of = {board: top.id for top in tops for board in top.boards}
    lines_of: dict[int, list[RecentThread]] = {top.id: [] for top in tops}
    if place_of:
        newest = newest_in(place_of, THREADS_PER_BLOCK)
        columns = (
            Thread.id,
            Thread.title,
            Thread.last_posted_at,
            Thread.last_poster_id,
            Thread.starter_id,
            Member.username,
        )
        named = select(newest.c.board_id, *columns).join(Thread, Thread.id == newest.c.id)
        named = named.join(Member, Member.id == Thread.last_poster_id)
        for board_id, *line in session.execute(named.order_by(Thread.last_posted_at.desc(), Thread.id.desc())):
            lines = lines_of[place_of[board_id]]
            if len(lines) < THREADS_PER_BLOCK:
                lines.append(_line(*line))
    return [RecentBlock(top, lines_of[top.id]) for top in tops]
