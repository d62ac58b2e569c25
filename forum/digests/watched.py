"""What is new in the threads and boards that a member watches."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select, and_, func, literal, or_, select, union_all

from forum import permissions
from forum.boards.unread import ME, with_read_marks
from forum.digests.readers import Due, Reader
from forum.digests.rules import DAY, LATE, LONGEST, MAX_COUNTED, MAX_COUNTED_POSTS, WEEK
from forum.digests.told import Told
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import BoardRead, Post, Thread, ThreadRead, ThreadWatch, ToldOf, WatchLevel
from forum.relations.queries import ignored_by

THREAD, BOARD, NEW_THREAD = "thread", "board", "new"  # why a thread is told: it, or its board, is watched


class Watched(NamedTuple):
    """A thread with new posts: why it is told, the first of them, how many, and to where it is told."""

    thread_id: int
    why: str
    first: int
    new_posts: int
    last: int
    generation: int


def watched_threads(reader: Reader, due: Due, told: Mapping[int, Told], now: datetime) -> list[Watched]:
    """The watched threads with posts that the member has neither read nor been told of, the latest first."""
    since = _since(reader, due, now)
    chosen = _chosen(reader, due, since)
    if chosen is None:
        return []
    kind = chosen.c.why
    statement = select(Thread.id, kind, Thread.generation, Thread.last_visible_position, ThreadRead.position)
    statement = with_read_marks(statement.join(chosen, chosen.c.id == Thread.id).join(Thread.board))
    statement = statement.where(*unread_by(reader, since), or_(kind != NEW_THREAD, ThreadRead.position.is_(None)))
    found = session.execute(
        statement.order_by(Thread.last_posted_at.desc(), Thread.id.desc()).limit(MAX_COUNTED), {ME: reader.member.id}
    ).all()
    after = {row.id: _after(row, told.get(row.id), max(since, reader.digest.last_sent_at or since)) for row in found}
    new = new_posts(reader, after, since)
    return [
        Watched(row.id, row.why, new[row.id].first, new[row.id].number, row.last_visible_position, row.generation)
        for row in found
        if row.id in new and (row.why != NEW_THREAD or new[row.id].first == 1)
    ]


def unread_by(reader: Reader, since: datetime) -> list[Any]:
    """SQL conditions over Thread with its board and the read marks: public, seen by a member, with unread posts."""
    since = max(since, reader.member.read_all_at or since)
    muted = reader.watches
    return [
        permissions.visible_threads(reader.member),
        Thread.is_public,
        ~Thread.is_being_merged,
        Thread.last_posted_at > since,
        func.coalesce(ThreadRead.position, 0) < Thread.last_visible_position,
        or_(BoardRead.read_at.is_(None), Thread.last_posted_at > BoardRead.read_at),
        *([~in_list(Thread.id, muted.muted_threads)] if muted.muted_threads else []),
    ]


class After(NamedTuple):
    """Where the new posts of a thread begin: after a position, and after a time if positions have changed."""

    position: int
    since: datetime | None = None


class NewPosts(NamedTuple):
    """The position of the first new post, and how many there are."""

    first: int
    number: int


def new_posts(reader: Reader, after: Mapping[int, After], since: datetime) -> dict[int, NewPosts]:
    """By thread, the public posts after a place and since a time by others whom the member does not ignore."""
    if not after:
        return {}
    places = [
        and_(
            *(Post.thread_id == thread_id, Post.position > begin.position),
            *([Post.created_at > begin.since] if begin.since else []),
        )
        for thread_id, begin in after.items()
    ]
    by_others = [Post.author_id != reader.member.id, Post.is_public, Post.created_at > since]
    ignored = ignored_by(reader.member)
    heard = [~in_list(Post.author_id, ignored)] if ignored else []
    counted = select(Post.thread_id, func.min(Post.position), func.count()).where(or_(*places), *by_others, *heard)
    return {row[0]: NewPosts(row[1], row[2]) for row in session.execute(counted.group_by(Post.thread_id))}


def _since(reader: Reader, due: Due, now: datetime) -> datetime:
    """The oldest posts to tell: those of the days before, or since the job last looked if it was long ago."""
    begin = now - (WEEK if WatchLevel.WEEKLY in due.levels else DAY)
    return max(now - LONGEST, min(begin, reader.digest.looked_at or begin) - LATE)


def _after(row: Any, told: Told | None, told_at: datetime) -> After:
    """Not read and not told; where posts were merged in or split off, those of before the last digest may be told."""
    oldest = 0 if row.why == NEW_THREAD else row.last_visible_position - MAX_COUNTED_POSTS
    if row.generation != (told.generation if told is not None else 0):
        return After(max(row.position or 0, oldest), told_at)
    return After(max(row.position or 0, oldest, told.position if told is not None else 0))


def _chosen(reader: Reader, due: Due, since: datetime) -> Any:
    """The ids of the threads that count, with why: by a choice for the thread, or else for its board."""
    if not due.levels:
        return None
    mine = ThreadWatch.member_id == reader.member.id
    levels = [level.value for level in due.levels]
    by_thread = select(Thread.id, literal(THREAD).label("why")).join(ThreadWatch, ThreadWatch.thread_id == Thread.id)
    parts: list[Select[int, str]] = [
        by_thread.where(mine, ThreadWatch.level.in_(levels), Thread.last_posted_at > since)
    ]
    has_own = select(ThreadWatch.thread_id).where(mine, ThreadWatch.thread_id == Thread.id).exists()
    not_ignored = Thread.starter_id.not_in([reader.member.id, *ignored_by(reader.member)])
    for why, boards in _boards(reader, levels).items():
        if boards:
            new = Thread.started_at if why == NEW_THREAD else Thread.last_posted_at
            in_boards = in_list(Thread.board_id, boards)
            newest = select(Thread.id, literal(why).label("why")).where(in_boards, Thread.last_posted_at > since)
            parts.append(newest.where(new > since, not_ignored, ~has_own))
    return union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()


def _boards(reader: Reader, levels: Sequence[str]) -> dict[str, list[int]]:
    """The boards of which every post is told, and those of which new threads are."""
    watches, found = reader.watches, {BOARD: list[int](), NEW_THREAD: list[int]()}
    if watches.boards:
        for board_id in permissions.scope_of(reader.member).see:
            choice = watches.choice_for(board_id)
            if choice.level in levels:
                found[BOARD if choice.told_of == ToldOf.POSTS else NEW_THREAD].append(board_id)
    return found


def is_still_watched(reader: Reader, level: str | None, board_id: int) -> bool:
    """Whether a member still watches a thread, by what they chose for it or else for its board."""
    return (level or reader.watches.choice_for(board_id).level) not in {WatchLevel.OFF, WatchLevel.MUTED}
