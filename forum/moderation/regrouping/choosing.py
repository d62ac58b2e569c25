"""The posts of a thread that a moderator chooses to split off: single ones, and all from one number to another."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

from forum import page_versions
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.errors import Invalid
from forum.infra.text.messages import say, say_many
from forum.models import Post, Thread

NONE_CHOSEN = say("Choose the posts to split off.")


class Choice(NamedTuple):
    """The ids of posts, and the numbers of the first and the last of others; 0 for none, and for the thread's last.

    `generation` is that of the thread from which the numbers are, if known.
    """

    post_ids: Collection[int] = frozenset()
    first: int = 0
    last: int = 0
    generation: int | None = None


@dataclass(frozen=True)
class Chosen:
    """Posts of a thread: the first and last positions of each run of them, and those without a position."""

    spans: list[tuple[int, int]]
    unplaced: list[int]

    @property
    def number(self) -> int:
        """How many they are; positions have no gaps."""
        return sum(last - first + 1 for first, last in self.spans) + len(self.unplaced)

    @property
    def first(self) -> int:
        """The position of the first of them."""
        return self.spans[0][0]

    @property
    def last(self) -> int:
        """The position of the last of them."""
        return self.spans[-1][1]

    def gaps(self, last: int) -> Iterator[tuple[int, int]]:
        """The first and last positions between them, and after them up to a position."""
        ends = [each_last for _, each_last in self.spans]
        for before, following in zip(ends, [*(first for first, _ in self.spans[1:]), last + 1], strict=True):
            if before + 1 < following:
                yield before + 1, following - 1


def between(thread: Thread, post_ids: Collection[int], first_id: int | None, last_id: int | None) -> Choice:
    """The choice of posts, and of all from one to another; the thread is locked. Raises Invalid."""
    page_versions.lock_thread(thread)
    positions = [_position(thread, *each) for each in (("first_post_id", first_id), ("last_post_id", last_id))]
    return Choice(set(post_ids), *positions)


def _position(thread: Thread, field: str, post_id: int | None) -> int:
    if post_id is None:
        return 0
    found = select(Post.position).where(Post.id == post_id, Post.thread_id == thread.id, Post.position > 0)
    position = session.scalar(found)
    if position is None:
        raise Invalid({field: [say("This post is not in this thread.")]})
    return position


def find(thread: Thread, choice: Choice) -> Chosen:
    """The chosen posts, where they are now. Raises Invalid at `post_ids`, `first` or `last`."""
    found = select(Post.id, Post.position).where(Post.thread_id == thread.id, in_list(Post.id, choice.post_ids))
    rows = session.execute(found).all() if choice.post_ids else []
    _require_all(choice, len(rows))
    spans = [(row.position, row.position) for row in rows if row.position > 0]
    spans += [_span(thread, choice)] if choice.first or choice.last else []
    if not spans:
        raise Invalid({"post_ids": [NONE_CHOSEN]})
    return Chosen(_joined(spans), sorted(row.id for row in rows if row.position < 0))


def _require_all(choice: Choice, number: int) -> None:
    missing = len(set(choice.post_ids)) - number
    if missing > 0:
        words = say_many(
            "%(num)d of the chosen posts is not in this thread any more.",
            "%(num)d of the chosen posts are not in this thread any more.",
            missing,
        )
        raise Invalid({"post_ids": [words]})


def _span(thread: Thread, choice: Choice) -> tuple[int, int]:
    first, last = choice.first or thread.base_post_count + 1, choice.last or thread.last_position
    if choice.generation is not None and choice.generation != thread.generation:
        words = "The posts of this thread have got other numbers meanwhile. Look at them again."
        raise Invalid({"first": [say(words)]})
    if not thread.base_post_count < first <= thread.last_position:
        raise Invalid({"first": [say("There is no post #%(number)d in this thread.", number=first)]})
    if last > thread.last_position:
        raise Invalid({"last": [say("There is no post #%(number)d in this thread.", number=last)]})
    if last < first:
        raise Invalid({"last": [say("This is before the first one.")]})
    return first, last


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs of positions, in order, of which none touches another."""
    joined: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return joined


def ids_of(thread: Thread, choice: Choice) -> set[int]:
    """The ids of chosen posts that are not many."""
    ids = set(choice.post_ids)
    if choice.first or choice.last:
        first, last = _span(thread, choice)
        between = select(Post.id).where(Post.thread_id == thread.id, Post.position.between(first, last))
        ids |= set(session.scalars(between))
    return ids


def has_public(thread: Thread, spans: Iterable[tuple[int, int]]) -> bool:
    """Whether a public post is at some of these positions."""
    public = select(Post.id).where(Post.thread_id == thread.id, Post.is_public).limit(1)
    found = (session.scalar(public.where(Post.position.between(first, last))) for first, last in spans)
    return any(post_id is not None for post_id in found)
