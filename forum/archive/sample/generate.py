"""Fill a forum with a large realistic sample of members and posts, for load tests and trials."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from sqlalchemy import func, insert, select

from forum.archive import check
from forum.archive.export import Progress
from forum.archive.sample.bulk_transaction import fast_fill_transaction, without_indexes
from forum.archive.sample.fork_producer import produced_in_fork
from forum.archive.sample.sample_activity import Fields, SampleActivity
from forum.archive.sample.sample_text import TextGenerator
from forum.archive.sequences import analyze, move_sequences
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import BadFile
from forum.markup.render import VERSION as MARKUP_VERSION
from forum.members.rules import username_key
from forum.models import (
    Board,
    Member,
    Notification,
    Post,
    PostRevision,
    Reaction,
    ReactionKind,
    Thread,
    ThreadRead,
)
from forum.search.index import actions as search
from forum.search.index import term_frequencies
from forum.search.index.index_language import language
from forum.search.index.tables import Row
from forum.similar import actions as similar

YEARS = timedelta(days=5 * 365)
CHUNK = 5000  # posts in a batch, rows in one statement
ZIPF_EXPONENT = 0.9  # Zipf exponent of thread lengths and of members' post counts
READERS_PER_THREAD = 4  # per thread, drawn with the same weights as authors


@dataclass(frozen=True)
class Size:
    """How large the sample is."""

    threads: int
    posts: int
    members: int
    giant: int = 0  # posts of the longest thread; 0 for no giant thread


INSERT_ORDER = (Member, Thread, Post, PostRevision, Reaction, Notification, ThreadRead)  # in foreign-key order


class _Batch:
    """Rows by table, and their entries for the search index."""

    def __init__(self) -> None:
        self.rows: dict[Any, list[Fields]] = {model: [] for model in INSERT_ORDER}
        self.threads: list[Row] = []
        self.replies: list[Row] = []
        self.fresh: list[str] = []  # index terms used for the first time

    def write(self, index: search.BulkIndexer) -> None:
        """Insert everything."""
        for model, rows in self.rows.items():
            _insert(model, rows)
        index.add(self.threads, self.replies, self.fresh)


def generate_sample(size: Size, *, seed: int, with_similar: bool = False, progress: Progress = lambda *_: None) -> None:
    """Add members, threads, posts and activity, with exact counters and search index.

    Similar threads are computed now with `with_similar`, otherwise later by the job.
    """
    _require_possible(size)
    sample = _Sample(size, TextGenerator(seed, language()))
    with (
        (produced_in_fork if size.posts > CHUNK else nullcontext)(sample.batches()) as batches,
        fast_fill_transaction(),
    ):
        with without_indexes():
            progress("posts", 0, size.posts)
            _write(batches, lambda done: progress("posts", done, size.posts))
            progress("indexes and counters", 0, 1)
        check.repair()
        move_sequences()
        similar.look_at_all_again()
        analyze()
    search.merge_online()
    progress("indexes and counters", 1, 1)
    if with_similar:
        similar.refresh_all_online(lambda done, total: progress("similar threads", done, total))


def _require_possible(size: Size) -> None:
    if size.posts < size.threads or size.threads < 1 or size.members < 2:
        raise BadFile("A sample needs at least one thread, two members, and as many posts as threads.")
    if size.giant and (size.giant > size.posts - size.threads + 1 or size.threads < 2):
        raise BadFile("A giant thread needs at least one other thread, and one post for each of them.")
    if term_frequencies.is_rebuilding():
        raise BadFile("A rebuild of the search index is running or was interrupted: run `forum reindex` first.")


def _write(batches: Iterator[_Batch], progress: Callable[[int], None]) -> None:
    done, index = 0, search.BulkIndexer()
    for batch in batches:
        batch.write(index)
        done += len(batch.rows[Post])
        progress(done)
    index.end()


class _Sample:
    """One run: generates members, threads, posts and activity in batches of rows."""

    def __init__(self, size: Size, talk: TextGenerator) -> None:
        self.size, self.talk, self.chance = size, talk, talk.chance
        self.now = clock.now()
        self.boards = list(session.scalars(select(Board.id).where(~Board.is_category)))
        if not self.boards:
            raise BadFile("There is no board to post in: run `forum seed` first.")
        self.first = {model: _next(model) for model in (Member, Thread, Post)}
        self.members = range(self.first[Member], self.first[Member] + size.members)
        self.weights = list(accumulate(1 / rank**ZIPF_EXPONENT for rank in range(1, size.members + 1)))
        kinds = list(session.scalars(select(ReactionKind.id).order_by(ReactionKind.order)))
        self.activity = SampleActivity(self.chance, self.members, kinds, self.now)

    def batches(self) -> Iterator[_Batch]:
        """Yield all rows of the sample; members come in the first batch."""
        batch, post_id = _Batch(), self.first[Post]
        batch.rows[Member] = [self._member(member_id) for member_id in self.members]
        for thread in self._threads():
            topic = thread.pop("topic")
            for post in self._posts(thread, post_id):
                if post["position"] == 1:
                    batch.rows[Thread].append(thread)
                    batch.rows[ThreadRead] += self.activity.marks(thread, self._authors(READERS_PER_THREAD))
                self._add_post(batch, topic, thread, post)
                if len(batch.rows[Post]) == CHUNK:
                    yield self._finished(batch)
                    batch = _Batch()
            post_id += thread["last_position"]
        if batch.rows[Post]:
            yield self._finished(batch)

    def _add_post(self, batch: _Batch, topic: int, thread: Fields, post: Fields) -> None:
        """Give a post its text, and add the post and the activity on it to the batch."""
        post["source"], post["html"], words = self.talk.post(topic)
        if post["position"] == 1:
            batch.threads.append(Row(thread["id"], self.talk.cut(thread["title"]), words))
        else:
            batch.replies.append(Row(post["id"], "", words))
        reactions = self.activity.reactions(post)
        batch.rows[Post].append(post)
        batch.rows[PostRevision] += self.activity.edits(post)
        batch.rows[Reaction] += reactions
        batch.rows[Notification] += self.activity.notifications(post, reactions, thread["starter_id"])

    def _finished(self, batch: _Batch) -> _Batch:
        batch.fresh, self.talk.fresh = self.talk.fresh, []
        return batch

    def _member(self, member_id: int) -> Fields:
        name = self.talk.name(member_id)
        joined = self.now - YEARS * (1 + self.chance.random())
        moments = {"joined_at": joined, "read_all_at": joined}
        return {"id": member_id, "username": name, "username_key": username_key(name), **moments}

    def _authors(self, number: int) -> list[int]:
        return self.chance.choices(self.members, cum_weights=self.weights, k=number)

    def _threads(self) -> Iterator[Fields]:
        first = self.first[Thread]
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
                "last_visible_position": many,
                "topic": topic,
            }

    def _lengths(self) -> list[int]:
        """The number of posts of each thread: a few are very long, most are short."""
        giant = [self.size.giant] if self.size.giant else []
        posts, threads = self.size.posts - sum(giant), self.size.threads - len(giant)
        shares = [1 / rank**ZIPF_EXPONENT for rank in range(1, threads + 1)]
        total = sum(shares)
        lengths = [1 + int((posts - threads) * share / total) for share in shares]
        for number in range(posts - sum(lengths)):
            lengths[number % len(lengths)] += 1
        lengths += giant
        self.chance.shuffle(lengths)
        return lengths

    def _posts(self, thread: Fields, first_id: int) -> Iterator[Fields]:
        """Yield a thread's posts in order, without text; sets the thread's last post before the first is yielded."""
        many, start = thread["last_position"], thread["started_at"]
        authors = [thread["starter_id"], *self._authors(many - 1)]
        span = min(self.now - start, timedelta(days=1 + many * self.chance.random()))
        moments: list[datetime] = [start + span * (number / many) ** 2 for number in range(many)]
        thread |= {"last_post_id": first_id + many - 1, "last_poster_id": authors[-1], "last_posted_at": moments[-1]}
        for number in range(many):
            yield {
                "id": first_id + number,
                "thread_id": thread["id"],
                "position": number + 1,
                "author_id": authors[number],
                "created_at": moments[number],
                "markup_version": MARKUP_VERSION,
                "edited_at": None,
                "editor_id": None,
                "revision_count": 0,
            }


def _next(model: Any) -> int:
    return (session.scalar(select(func.max(model.id))) or 0) + 1


def _insert(model: Any, rows: list[Fields]) -> None:
    for start in range(0, len(rows), CHUNK):
        session.execute(insert(model.__table__), rows[start : start + CHUNK])
