"""The benchmark forum's content: sample data, a giant thread, and the two threads that are measured."""

import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import accumulate, islice
from typing import Any

from sqlalchemy import insert, select

from forum.archive.sample.generate import Size, generate_sample
from forum.archive.sample.sample_text import TextGenerator
from forum.archive.setup import prepare_database
from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.markup.render import VERSION
from forum.members.rules import username_key
from forum.models import Board, Member, Post, Thread
from forum.search.index.actions import reindex
from forum.threads import actions

GIANT, MEASURED, ANSWERED = (
    "The thread that never ends",
    "Twenty posts of 120 words",
    "The thread that members reply in",
)
MEMBERS = 60  # benchmark members: the measured thread's authors, a reader, writers
POSTS, WORDS, SENTENCE, PARAGRAPH = 20, 120, 12, 60
TOPIC = 3  # the giant thread's topic among the sample's
YEARS = timedelta(days=4 * 365)
CHUNK = 5000


@dataclass(frozen=True)
class Filling:
    """How much content a forum has; `posts` is the total."""

    threads: int
    posts: int
    members: int
    giant: int
    with_similar: bool = True


SIZES = {
    "small": Filling(threads=500, posts=30_020, members=300, giant=20_020),  # has a page 1,000, and 10,000 other posts
    "medium": Filling(threads=50_000, posts=1_000_000, members=20_000, giant=200_000),
    "large": Filling(threads=400_000, posts=10_000_000, members=100_000, giant=200_000, with_similar=False),
    "threads": Filling(threads=1_000_000, posts=3_000_000, members=100_000, giant=20_020, with_similar=False),
}


def is_filled() -> bool:
    """Whether filling was finished, that is, whether the last thread exists. Call it inside an app context."""
    prepare_database()
    found = session.scalar(select(Thread.id).filter_by(title=ANSWERED)) is not None
    session.rollback()
    return found


def fill_with(filling: Filling) -> None:
    """Fill a new forum; the sample includes the giant thread in its counts."""
    with transaction():
        member_ids, board = _create_members(), _board()
        _write_giant(member_ids, board, filling.giant)
        reindex(lambda done, total: _progress("search index of the giant thread", done, total))
    rest = Size(filling.threads, filling.posts - filling.giant - POSTS - 1, filling.members)
    generate_sample(rest, seed=1, with_similar=filling.with_similar, progress=_progress)
    with transaction():
        _write_measured()


def benchmark_members() -> list[Member]:
    """The benchmark members in order: first POSTS authors, then the reader and the writers."""
    return list(session.scalars(select(Member).where(Member.username.startswith("Bench ")).order_by(Member.id)))


def _progress(what: str, done: int, total: int) -> None:
    if done == total or sys.stderr.isatty():
        sys.stderr.write(f"\r  {what}: {done:,} of {total:,}        " + "\n" * (done == total))


def _create_members() -> list[int]:
    """Members who joined long ago and wrote much, so that no limits for new members apply."""
    for number in range(MEMBERS):
        name = f"Bench {number + 1:02}"
        past = {"joined_at": clock.now() - YEARS, "base_message_count": 100, "message_count": 100}
        session.add(Member(username=name, username_key=username_key(name), **past))
    session.flush()
    return [member.id for member in benchmark_members()]


def _board() -> Board:
    found = session.scalars(
        select(Board).filter_by(is_category=False, has_access_list=False).order_by(Board.id.desc())
    ).first()
    assert found is not None
    return found


def _write_giant(member_ids: list[int], board: Board, many: int) -> None:
    """Insert in bulk as `forum sample` does, which cannot make a thread of a given length."""
    starts = clock.now() - YEARS
    thread = Thread(
        board=board,
        title=GIANT,
        starter_id=member_ids[0],
        started_at=starts,
        last_poster_id=member_ids[0],
        last_posted_at=starts,
    )
    session.add(thread)
    session.flush()
    posts = _giant_posts(thread, member_ids, many)
    while rows := list(islice(posts, CHUNK)):
        session.execute(insert(Post), rows)
    session.expire_all()


def _giant_posts(thread: Thread, member_ids: list[int], many: int) -> Iterator[dict[str, Any]]:
    talk, thread_id, starts = TextGenerator(2), thread.id, thread.started_at
    for number in range(many):
        said = talk.post(TOPIC)
        yield {
            "thread_id": thread_id,
            "position": number + 1,
            "author_id": member_ids[0] if number == 0 else talk.chance.choice(member_ids),
            "created_at": starts + YEARS * (number / many),
            "source": said.source,
            "html": said.html,
            "markup_version": VERSION,
        }


def _write_measured() -> None:
    """Write the measured thread through the actions, and another for replies so that the first stays unchanged."""
    members, board, chance = benchmark_members(), _board(), random.Random(3)  # noqa: S311 - no secret
    words = TextGenerator(1).words
    weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))

    def text() -> str:
        return _text(chance.choices(words, cum_weights=weights, k=WORDS))

    thread = actions.start_thread(members[0], board, title=MEASURED, body=text())
    for member in members[1:POSTS]:
        actions.reply(member, thread, body=text())
    actions.start_thread(members[POSTS], board, title=ANSWERED, body=text())


def _text(words: list[str]) -> str:
    """Words as sentences and paragraphs; each sentence has one bold word."""
    sentences = []
    for start in range(0, len(words), SENTENCE):
        first, *rest, last = words[start : start + SENTENCE]
        sentences.append(" ".join([first.capitalize(), *rest, f"**{last}**."]))
    per = PARAGRAPH // SENTENCE
    return "\n\n".join(" ".join(sentences[start : start + per]) for start in range(0, len(sentences), per))
