"""Posts that were not approved (yet): their authors and the moderators are told what becomes of them.

They are on no page that others see, so what a page shows to all does not tell that one has come.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Post
from forum.site.queries import snapshot
from forum.threads.approval import unpublished
from forum.web.live.readers import Reader


class _Posts(NamedTuple):
    """The posts of a thread that were not approved (yet), and who wrote them."""

    states: frozenset[tuple[int, int]]
    authors: frozenset[int]


_NONE = _Posts(frozenset(), frozenset())


class NotPublic:
    """What a worker last knew of such posts in the threads that are open."""

    def __init__(self) -> None:
        self._known: Mapping[int, _Posts] = {}

    def concerned(self, by_thread: Mapping[int, Collection[Reader]]) -> list[Reader]:
        """The readers whose pages show something else since the last look; one query for all threads."""
        known, now = self._known, _find(by_thread)
        self._known = {thread_id: now.get(thread_id, _NONE) for thread_id in by_thread}
        found: list[Reader] = []
        for thread_id, posts in self._known.items():
            before = known.get(thread_id, posts)
            if before.states != posts.states:
                authors = before.authors | posts.authors
                found += [one for one in by_thread[thread_id] if one.member_id in authors or _moderates_somewhere(one)]
        return found


def _find(thread_ids: Collection[int]) -> Mapping[int, _Posts]:
    rows = select(Post.thread_id, Post.id, Post.visibility, Post.author_id)
    hidden = rows.where(in_list(Post.thread_id, list(thread_ids)), unpublished.HAS_NO_PLACE)
    states, authors = defaultdict[int, set[tuple[int, int]]](set), defaultdict[int, set[int]](set)
    for row in session.execute(hidden):
        states[row.thread_id].add((row.id, row.visibility))
        authors[row.thread_id].add(row.author_id)
    return {one: _Posts(frozenset(states[one]), frozenset(authors[one])) for one in states}


def _moderates_somewhere(reader: Reader) -> bool:
    return reader.view is not None and bool(snapshot().access.scope_of(reader.view.groups).moderate)
