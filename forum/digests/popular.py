"""Popular threads of a day or a week: scored once for the whole forum, then narrowed to what each may see.

A thread's score counts the members besides its starter who replied, and those who gave a positive reaction, within the
time; it halves every HALF_LIFE since the last reply.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, func, select

from forum.digests.rules import (
    HALF_LIFE,
    LEAST_MEMBERS,
    MAX_POPULAR_THREADS,
    MAX_SCORED,
    POPULAR_AGE,
    POPULAR_SECONDS,
    REACTION_POINTS,
    REPLIER_POINTS,
)
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.database.per_app import PerApp
from forum.models import Post, Reaction, ReactionKind, Thread, Visibility
from forum.site.access import AccessScope


class Popular(NamedTuple):
    """A thread, and how many members replied to it and reacted in it."""

    thread_id: int
    board_id: int
    starter_id: int
    last_posted_at: datetime
    repliers: int
    reactions: int


@dataclass
class _List:
    """The popular threads at a time, the best first, and those that the members of some groups may see."""

    made_at: datetime
    threads: Sequence[Popular]
    seen: dict[AccessScope, Sequence[Popular]] = field(default_factory=dict)


_lists: PerApp[dict[timedelta, _List]] = PerApp(lambda _: {})


def popular_threads(scope: AccessScope, period: timedelta) -> Sequence[Popular]:
    """The popular threads of the last day or week in boards of which somebody sees all threads, the best first."""
    lists, now = _lists.here(), clock.now()
    held = lists.get(period)
    if held is None or not 0 <= (now - held.made_at).total_seconds() < POPULAR_SECONDS:
        held = lists[period] = _List(now, _scored(now, period))
    seen = held.seen.get(scope)
    if seen is None:
        seen = held.seen[scope] = [each for each in held.threads if each.board_id in scope.shared]
    return seen


def forget() -> None:
    """Score the threads anew on next use."""
    _lists.forget()


def _scored(now: datetime, period: timedelta) -> list[Popular]:
    repliers, reactions = (
        {row[0]: row[1] for row in session.execute(counting(now - period))} for counting in (_repliers, _reactions)
    )
    raw = Counter({thread_id: REPLIER_POINTS * number for thread_id, number in repliers.items()})
    raw.update({thread_id: REACTION_POINTS * number for thread_id, number in reactions.items()})
    best = [thread_id for thread_id, _ in raw.most_common(2 * MAX_POPULAR_THREADS)]
    columns = (Thread.id, Thread.board_id, Thread.starter_id, Thread.last_posted_at)
    is_young = (Thread.is_public, Thread.started_at > now - POPULAR_AGE)
    found = session.execute(select(*columns).where(in_list(Thread.id, best), *is_young))
    threads = [Popular(*row, repliers.get(row.id, 0), reactions.get(row.id, 0)) for row in found]
    popular = [each for each in threads if each.repliers + each.reactions >= LEAST_MEMBERS]
    popular.sort(key=lambda each: (-score_of(each, now), -each.thread_id))
    return popular[:MAX_POPULAR_THREADS]


def score_of(thread: Popular, now: datetime) -> float:
    """How popular a thread is."""
    points = REPLIER_POINTS * thread.repliers + REACTION_POINTS * thread.reactions
    return float(points * 0.5 ** ((now - thread.last_posted_at) / HALF_LIFE))


def _repliers(since: datetime) -> Select[int, int]:
    """How many members besides the starter replied to each thread."""
    columns = (Post.thread_id, Post.author_id)
    newest = select(*columns).where(Post.created_at > since, Post.is_public, Post.position > 1)
    posts = newest.order_by(Post.created_at.desc()).limit(MAX_SCORED).subquery()
    counted = select(posts.c.thread_id, func.count(posts.c.author_id.distinct()))
    others = counted.join(Thread, Thread.id == posts.c.thread_id).where(posts.c.author_id != Thread.starter_id)
    return others.group_by(posts.c.thread_id)


def _reactions(since: datetime) -> Select[int, int]:
    """How many members gave a positive reaction in each thread."""
    columns = (Reaction.post_id, Reaction.member_id, Reaction.kind_id)
    newest = select(*columns).where(Reaction.created_at > since).order_by(Reaction.created_at.desc())
    given = newest.limit(MAX_SCORED).subquery()
    counted = select(Post.thread_id, func.count(given.c.member_id.distinct())).join(given, given.c.post_id == Post.id)
    counted = counted.join(ReactionKind, ReactionKind.id == given.c.kind_id)
    return counted.where(ReactionKind.score > 0, Post.visibility == Visibility.PUBLIC).group_by(Post.thread_id)


__all__ = ["Popular", "forget", "popular_threads", "score_of"]
