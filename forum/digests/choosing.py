"""What a digest tells a member: of what they watch, then of what is popular. Pages show it with the same functions."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from forum import permissions
from forum.boards.unread import ME, with_read_marks
from forum.digests.popular import Popular, popular_threads
from forum.digests.readers import Due, Reader
from forum.digests.rules import LEAST_POPULAR, LEAST_WATCHED, LONGEST, MAX_COUNTED, MAX_POPULAR, MAX_WATCHED
from forum.digests.told import read_told
from forum.digests.watched import Watched, unread_by, watched_threads
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Post, Thread, ThreadRead, ThreadWatch
from forum.relations.queries import ignored_by


@dataclass(frozen=True)
class Chosen:
    """The threads of a digest, and how many more there would be; of the popular ones with their last positions."""

    watched: tuple[Watched, ...] = ()
    popular: tuple[Popular, ...] = ()
    places: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    more_watched: int = 0
    more_popular: int = 0

    @property
    def is_worth(self) -> bool:
        """Whether it is enough for an e-mail."""
        return len(self.watched) >= LEAST_WATCHED or len(self.popular) >= LEAST_POPULAR


def choose(reader: Reader, due: Due, now: datetime) -> Chosen:
    """What is new for a member that they were not told yet."""
    told = read_told(reader.digest.told)
    watched = watched_threads(reader, due, told, now)
    without = {*told, *(each.thread_id for each in watched)}
    popular, places = _popular_to(reader, due, without, now) if due.has_popular else ([], {})
    return Chosen(
        tuple(watched[:MAX_WATCHED]),
        tuple(popular[:MAX_POPULAR]),
        places,
        max(0, len(watched) - MAX_WATCHED),
        max(0, len(popular) - MAX_POPULAR),
    )


_Places = dict[int, tuple[int, int]]  # by the ids of threads their last positions and generations


def _popular_to(reader: Reader, due: Due, without: set[int], now: datetime) -> tuple[list[Popular], _Places]:
    """The popular threads that a member has not opened, written in or made a choice for, the best first."""
    member = reader.member
    not_of, watches, seen_at = {member.id, *ignored_by(member)}, reader.watches, due.seen_at
    candidates = [
        each
        for each in popular_threads(permissions.scope_of(member), due.period)
        if each.starter_id not in not_of
        and each.thread_id not in without
        and not watches.hides(each.thread_id, each.board_id)
        and (seen_at is None or each.last_posted_at > seen_at)
    ][: 2 * MAX_COUNTED]
    new = unopened(reader, [each.thread_id for each in candidates], now)
    return [each for each in candidates if each.thread_id in new][:MAX_COUNTED], new


def unopened(reader: Reader, thread_ids: list[int], now: datetime) -> _Places:
    """Those of some threads that a member may see and has not opened, written in or made a choice for."""
    if not thread_ids:
        return {}
    shown: Any = select(Thread.id, Thread.last_visible_position, Thread.generation)
    statement = with_read_marks(shown.join(Thread.board))
    conditions = (*unread_by(reader, now - LONGEST), *_untouched(reader.member.id), *_heard(reader))
    found = session.execute(statement.where(in_list(Thread.id, thread_ids), *conditions), {ME: reader.member.id})
    return {row[0]: (row[1], row[2]) for row in found}


def _heard(reader: Reader) -> list[ColumnElement[bool]]:
    """Started by others whom the member does not ignore, in boards that they have not muted."""
    muted = reader.watches.muted_boards
    is_others = Thread.starter_id.not_in([reader.member.id, *ignored_by(reader.member)])
    return [is_others, *([~in_list(Thread.board_id, muted)] if muted else [])]


def _untouched(member_id: int) -> list[ColumnElement[bool]]:
    written = select(Post.id).where(Post.author_id == member_id, Post.created_at >= Thread.started_at)
    chosen = select(ThreadWatch.thread_id).where(ThreadWatch.member_id == member_id)
    return [
        ThreadRead.position.is_(None),
        ~written.where(Post.thread_id == Thread.id).exists(),
        ~chosen.where(ThreadWatch.thread_id == Thread.id).exists(),
    ]


def as_body(chosen: Chosen) -> str:
    """What a message in the queue has until it is sent: the threads, not what they say."""
    watched = [[each.thread_id, each.why, each.first] for each in chosen.watched]
    popular = [[each.thread_id, each.repliers, each.reactions] for each in chosen.popular]
    return json.dumps({"watched": watched, "popular": popular, "more": [chosen.more_watched, chosen.more_popular]})


def from_body(body: str) -> dict[str, Any]:
    """The threads of a message in the queue."""
    stored: dict[str, Any] = json.loads(body)
    return stored
