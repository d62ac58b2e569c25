"""Evaluate similar threads and search: run a judged set against a scratch forum with the production queries."""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from pathlib import Path

from sqlalchemy import text

from forum.archive.export import Progress
from forum.archive.judged_sets import JudgedSet, Text
from forum.infra import clock
from forum.infra.database import migrate
from forum.infra.database.db import db, on_sqlite, session, transaction
from forum.infra.errors import BadFile, Invalid
from forum.models import Board, Member, Post, Thread
from forum.search import queries
from forum.search.index import actions as search
from forum.search.index.index_language import language
from forum.search.query.parser import SearchQuery, parse_search
from forum.similar import embeddings, model
from forum.similar.queries import suggest
from forum.similar.scoring import Embeddings
from forum.threads.rules import TITLE_MAX

DEPTH = 100
SHOWN_THREADS = 5
KINDS = ("similar", "title", "search")


@dataclass(frozen=True)
class Answers:
    """For each question, the ranked results with the relevant documents, and the CPU milliseconds it took."""

    lists: list[tuple[list[str], set[str]]]
    spent: list[float]


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """A temporary folder for a forum."""
    with tempfile.TemporaryDirectory(prefix="forum-evaluate-") as folder:
        yield Path(folder)


@contextmanager
def scratch_schema() -> Iterator[None]:
    """Migrate the scratch database, and empty it at the end. Raises BadFile if it already holds a forum."""
    if migrate.current_revision(db.engine) is not None:
        raise BadFile("The database already contains a forum: use an empty one.")
    migrate.upgrade(db.engine)
    try:
        yield
    finally:
        session.remove()
        migrate.downgrade(db.engine, "base")


def load(judged: JudgedSet, progress: Progress = lambda *_: None) -> tuple[dict[int, str], dict[str, str]]:
    """Fill the forum and index it; return each thread's document id, and the named costs of indexing."""
    with transaction():
        names = _write(judged.documents)
    before, started = _size(), time.process_time()
    search.reindex_online(lambda done, total: progress("search index", done, total))
    spent = time.process_time() - started
    size = max(0, _size() - before) / 2**20
    return names, {"threads": str(len(names)), "index CPU s": f"{spent:.1f}", "index MiB": f"{size:.1f}"}


def _write(documents: list[Text]) -> dict[int, str]:
    member, board = Member(username="m", username_key="m"), Board(title="b")
    session.add_all([member, board])
    session.flush()
    names = {}
    for document in documents:
        now = clock.now()
        start = {"started_at": now, "last_posted_at": now, "starter_id": member.id, "last_poster_id": member.id}
        thread = Thread(board_id=board.id, title=document.title[:TITLE_MAX], **start)
        session.add(thread)
        session.flush()
        body = document.body if len(document.title) <= TITLE_MAX else f"{document.title}\n{document.body}"
        about = {"thread_id": thread.id, "author_id": member.id, "created_at": now, "markup_version": 0}
        session.add(Post(position=1, source="", html=f"<p>{escape(body)}</p>", **about))
        names[thread.id] = document.id
    return names


def embed_threads(names: dict[int, str], progress: Progress = lambda *_: None) -> dict[str, str]:
    """Embed every thread with the language model; return the named costs."""
    started = time.process_time()
    for number, thread_id in enumerate(sorted(names), 1):
        with transaction():
            content = embeddings.text_of(thread_id)
            if content is not None:
                embeddings.keep(thread_id, model.embed(content.title, content.body))
        progress("embeddings", number, len(names))
    spent = (time.process_time() - started) * 1000 / max(1, len(names))
    return {"embedding CPU ms per thread": f"{spent:.1f}"}


def _size() -> int:
    """Return the size of the database in bytes."""
    if on_sqlite():
        pages, free, size = (
            session.scalar(text(f"PRAGMA {name}")) or 0 for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * size)
    return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def run_questions(
    kind: str, judged: JudgedSet, names: dict[int, str], progress: Progress = lambda *_: None, *, embed: bool = False
) -> Answers:
    """Run every question against the forum, and drop the document that the question was made from.

    Dropped are the document with the question's id, and documents with identical text unless judged relevant.
    With `embed`, the question is embedded first; a job does that in production, so the time is not counted.
    """
    texts = {document.id: document.words for document in judged.documents}
    lists: list[tuple[list[str], set[str]]] = []
    spent: list[float] = []
    for number, question in enumerate(judged.questions, 1):
        embedding = model.embed(question.title, question.body) if embed else None
        started = time.process_time()
        ranked = [names[thread_id] for thread_id in _search(kind, question, embedding)]
        spent.append((time.process_time() - started) * 1000)
        session.rollback()
        right = judged.right[question.id]
        others = [doc for doc in ranked if doc != question.id and (doc in right or texts[doc] != question.words)]
        lists.append((others, right))
        progress("questions", number, len(judged.questions))
    return Answers(lists, spent)


def _search(kind: str, question: Text, embedding: Embeddings | None) -> list[int]:
    if kind == "search":
        try:
            query = parse_search(SearchQuery(q=question.title or question.body), language())
            return list(queries.matching_thread_ids(None, query))
        except Invalid:  # too long, no words, or an unknown board: no results
            return []
    body = question.body if kind == "similar" else ""
    return [thread.id for thread in suggest(None, question.title, body, DEPTH + 1, embedding=embedding)]


def metrics(answers: Answers) -> dict[str, str]:
    """Return the ranking metrics in per cent, and the CPU times."""
    ranks = [next((n for n, doc in enumerate(ranked[:10], 1) if doc in right), 0) for ranked, right in answers.lists]

    def mean(metric: Callable[[list[str], set[str]], float]) -> str:
        return f"{100 * statistics.fmean(metric(ranked, right) for ranked, right in answers.lists):.1f}"

    return {
        "MAP@100": mean(lambda ranked, right: average_precision(ranked[:DEPTH], right)),
        "MRR@10": f"{100 * statistics.fmean(1 / rank if rank else 0.0 for rank in ranks):.1f}",
        "success@5": mean(lambda ranked, right: float(any(doc in right for doc in ranked[:SHOWN_THREADS]))),
        "recall@10": mean(lambda ranked, right: len(right & set(ranked[:10])) / len(right)),
        "recall@100": mean(lambda ranked, right: len(right & set(ranked[:DEPTH])) / len(right)),
        "empty": mean(lambda ranked, _: float(not ranked)),
        "CPU ms p50": f"{statistics.median(answers.spent):.1f}",
        "CPU ms p95": f"{sorted(answers.spent)[int(len(answers.spent) * 0.95)]:.1f}",
    }


def memory() -> dict[str, str]:
    """Return the peak resident memory of this process."""
    return {"memory MiB": f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f}"}


def average_precision(ranked: list[str], right: set[str]) -> float:
    """The average precision of a list (Manning, Raghavan and Schütze, Introduction to Information Retrieval, 8.4)."""
    hits, total = 0, 0.0
    for rank, doc in enumerate(ranked, 1):
        if doc in right:
            hits += 1
            total += hits / rank
    return total / len(right)
