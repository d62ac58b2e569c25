"""Reads the data needed to compare threads, each item only once.

Threads that are compared one after another are similar: they share words, candidates and neighbours.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Thread
from forum.search.index import postings, term_frequencies
from forum.search.index.tables import THREADS
from forum.search.text.scoring import Frequencies, Text
from forum.similar import embeddings
from forum.similar.scoring import BUDGET, Embeddings

MAX_WORDS = 50_000
MAX_POSTINGS = 500  # words, of up to BUDGET threads each
MAX_THREADS = 2_000  # of up to 4 kB each

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Memo(Generic[K, V]):
    """A cache of what was read, by key; cleared when it would hold too many entries."""

    def __init__(self, read: Callable[[list[K]], Mapping[K, V]], *, most: int) -> None:
        self._read, self._most = read, most
        self._entries: dict[K, V | None] = {}  # None: there is nothing to read for the key

    def get(self, wanted: Iterable[K]) -> dict[K, V]:
        """The values of the keys that have one, in the keys' order."""
        keys = list(dict.fromkeys(wanted))
        new = [key for key in keys if key not in self._entries]
        if new:
            if len(self._entries) + len(new) > self._most:
                self._entries, new = {}, keys
            self._entries.update(dict.fromkeys(new))
            self._entries.update(self._read(new))
        return {key: value for key in keys if (value := self._entries[key]) is not None}


class IndexReader:
    """Valid for one transaction, or as long as nobody writes."""

    def __init__(self) -> None:
        self._totals: Frequencies | None = None
        self._documents = _Memo[str, int](lambda words: term_frequencies.load(words).documents, most=MAX_WORDS)
        self._postings = _Memo[str, list[int]](_threads_with, most=MAX_POSTINGS)
        self._texts = _Memo[int, Text](lambda threads: postings.texts(THREADS, threads), most=MAX_THREADS)
        self._started = _Memo[int, datetime](_started_at, most=MAX_THREADS)
        self._embeddings = _Memo[int, Embeddings](embeddings.load, most=MAX_THREADS)

    def frequencies(self, words: Iterable[str]) -> Frequencies:
        """In how many threads the words occur, and the forum's totals."""
        self._totals = self._totals or term_frequencies.load([])
        return replace(self._totals, documents=self._documents.get(words))

    def threads_with(self, words: Iterable[str]) -> dict[str, list[int]]:
        """The threads that contain each word, the newest ones where they are more than the budget."""
        return self._postings.get(words)

    def texts(self, threads: Iterable[int]) -> dict[int, Text]:
        """The indexed texts of threads."""
        return self._texts.get(threads)

    def started_at(self, threads: Iterable[int]) -> dict[int, datetime]:
        """When threads were started."""
        return self._started.get(threads)

    def embeddings(self, threads: Iterable[int]) -> dict[int, Embeddings]:
        """The embeddings of threads, as far as they are known."""
        return self._embeddings.get(threads)


def _threads_with(words: list[str]) -> dict[str, list[int]]:
    return postings.threads_with(words, budget=BUDGET)


def _started_at(threads: list[int]) -> dict[int, datetime]:
    rows = session.execute(select(Thread.id, Thread.started_at).where(in_list(Thread.id, threads)))
    return {row.id: row.started_at for row in rows}
