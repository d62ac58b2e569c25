"""Filling a forum with a large realistic crowd and its talk: for loads, measurements and trials."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import func, insert, select

from forum.archive import check
from forum.archive.export import Progress
from forum.archive.faults import BadFile
from forum.archive.sample_words import Talk
from forum.archive.sequences import move_sequences
from forum.base import clock
from forum.base.db import session, transaction
from forum.base.markup.render import VERSION as MARKUP_VERSION
from forum.members.rules import username_key
from forum.models import Board, Member, Post, Reaction, ReactionKind, Thread
from forum.search import actions as search
from forum.similar import actions as similar

YEARS = timedelta(days=5 * 365)
CHUNK = 5000  # rows in one statement
TALKATIVE = 0.9  # how unequal threads and members are: exponent of their Zipf law
REACTIONS = 0.25  # for each post


@dataclass(frozen=True)
class Size:
    """How large the sample is."""

    threads: int
    posts: int
    members: int
    giant: int = 0  # posts of the longest thread, if it is to have so many


def fill(size: Size, *, seed: int, with_similar: bool = True, progress: Progress = lambda *_: None) -> None:
    """Add members, threads, posts and reactions; counters and search index are exact, similar threads too if asked."""
    if size.posts < size.threads or size.threads < 1 or size.members < 2:
        raise BadFile("A sample needs at least one thread, two members, and as many posts as threads.")
    if size.giant and (size.giant > size.posts - size.threads + 1 or size.threads < 2):
        raise BadFile("A giant thread needs another thread beside it, and leaves a post for each of the others.")
    with transaction():
        _Sample(size, Talk(seed)).write(lambda done: progress("posts", done, size.posts))
        check.repair()
        move_sequences()
    search.reindex_online(lambda done, total: progress("search index", done, total))
    if with_similar:
        similar.refresh_all_online(lambda done, total: progress("similar threads", done, total))


class _Sample:
    """One run: who there is, what was written, what is still to be inserted."""

    def __init__(self, size: Size, talk: Talk) -> None:
        self.size, self.talk, self.chance = size, talk, talk.chance
        self.now = clock.now()
        self.boards = list(session.scalars(select(Board.id).where(~Board.is_category)))
        self.kinds = list(session.scalars(select(ReactionKind.id).order_by(ReactionKind.order)))
        if not self.boards:
            raise BadFile("There is no board to write in: run `forum seed` first.")
        self.first_member = _next(Member)
        self.crowd = range(self.first_member, self.first_member + size.members)
        self.weights = list(accumulate(1 / rank**TALKATIVE for rank in range(1, size.members + 1)))

    def write(self, progress: Callable[[int], None]) -> None:
        """Insert everything."""
        _insert(Member, map(self._member, self.crowd))
        threads: list[dict[str, Any]] = []
        posts: list[dict[str, Any]] = []
        first = post_id = _next(Post)
        for thread in self._threads():
            threads.append(thread)
            for post in self._posts(thread, post_id):
                posts.append(post)
                if len(posts) == CHUNK:
                    self._flush(threads, posts)
                    progress(post["id"] - first)
            post_id += thread["last_position"]
        self._flush(threads, posts)
        progress(self.size.posts)

    def _flush(self, threads: list[dict[str, Any]], posts: list[dict[str, Any]]) -> None:
        _insert(Thread, threads)
        _insert(Post, posts)
        _insert(Reaction, self._reactions(posts))
        threads.clear()
        posts.clear()

    def _member(self, member_id: int) -> dict[str, Any]:
        name = self.talk.name(member_id)
        joined = self.now - YEARS * (1 + self.chance.random())
        return {"id": member_id, "username": name, "username_key": username_key(name), "joined_at": joined}

    def _authors(self, number: int) -> list[int]:
        return self.chance.choices(self.crowd, cum_weights=self.weights, k=number)

    def _threads(self) -> Iterator[dict[str, Any]]:
        first = _next(Thread)
        starts = sorted(self.chance.random() for _ in range(self.size.threads))
        for number, (start, many) in enumerate(zip(starts, self._lengths(), strict=True)):
            topic = self.talk.topic()
            yield {
                "id": first + number,
                "board_id": self.boards[topic % len(self.boards)],
                "title": self.talk.title(topic),
                "starter_id": self._authors(1)[0],
                "started_at": self.now - YEARS * (1 - start * 0.999),
                "view_count": many * self.chance.randint(4, 60),
                "is_locked": self.chance.random() < 0.01,
                "is_pinned": self.chance.random() < 0.0005,
                "reply_count": many - 1,
                "last_position": many,
                "topic": topic,
            }

    def _lengths(self) -> list[int]:
        """How many posts each thread has: a few are very long, most are short."""
        giant = [self.size.giant] if self.size.giant else []
        posts, threads = self.size.posts - sum(giant), self.size.threads - len(giant)
        shares = [1 / rank**TALKATIVE for rank in range(1, threads + 1)]
        total = sum(shares)
        lengths = [1 + int((posts - threads) * share / total) for share in shares]
        for number in range(posts - sum(lengths)):
            lengths[number % len(lengths)] += 1
        lengths += giant
        self.chance.shuffle(lengths)
        return lengths

    def _posts(self, thread: dict[str, Any], first_id: int) -> Iterator[dict[str, Any]]:
        """A thread's posts, in order; afterwards the thread knows its last."""
        topic, many, start = thread.pop("topic"), thread["last_position"], thread["started_at"]
        authors = [thread["starter_id"], *self._authors(many - 1)]
        span = min(self.now - start, timedelta(days=1 + many * self.chance.random()))
        moments: list[datetime] = [start + span * (number / many) ** 2 for number in range(many)]
        thread |= {"last_post_id": first_id + many - 1, "last_poster_id": authors[-1], "last_posted_at": moments[-1]}
        for number in range(many):
            source, html = self.talk.post(topic)
            yield {
                "id": first_id + number,
                "thread_id": thread["id"],
                "position": number + 1,
                "author_id": authors[number],
                "created_at": moments[number],
                "source": source,
                "html": html,
                "markup_version": MARKUP_VERSION,
            }

    def _reactions(self, posts: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for post in posts if self.kinds else []:
            if self.chance.random() < REACTIONS:
                kind = self.kinds[int(len(self.kinds) * self.chance.random() ** 3)]
                member = self.crowd[self.chance.randrange(len(self.crowd))]
                if member != post["author_id"]:
                    yield {
                        "post_id": post["id"],
                        "member_id": member,
                        "kind_id": kind,
                        "created_at": post["created_at"],
                    }


def _next(model: Any) -> int:
    return (session.scalar(select(func.max(model.id))) or 0) + 1


def _insert(model: Any, rows: Any) -> None:
    waiting: list[dict[str, Any]] = []
    for row in rows:
        waiting.append(row)
        if len(waiting) == CHUNK:
            session.execute(insert(model.__table__), waiting)
            waiting.clear()
    if waiting:
        session.execute(insert(model.__table__), waiting)
