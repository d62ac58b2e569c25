"""How good similar threads and search are: loads judged sets into a scratch forum and asks the forum's own queries.

    python benchmarks/evaluate.py similar|title|search DIR [--database-url postgresql+psycopg://…]

DIR holds corpus.jsonl {id, title, body}, queries.jsonl {id, title, body} and qrels.tsv (query TAB document TAB grade).
`title` asks as while a title is typed. A document with the query's own id, or its very text, is never an answer.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

from forum.app import create_app
from forum.base import clock, migrate
from forum.base.db import db, session, transaction
from forum.base.settings import from_environment
from forum.models import Board, Member, Post, Thread
from forum.search import actions, queries
from forum.search.rules import SearchQuery, take_apart
from forum.similar.queries import suggest

DEPTH = 100
SHOWN = 5
TITLE_MAX = 150  # of the forum; longer titles go on in the body


def main() -> None:
    """Load, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("kind", choices=("similar", "title", "search"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--database-url", default="")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as data:
        environment = {"FORUM_DATA": data, "FORUM_DATABASE_URL": given.database_url, "FORUM_LIMITS": "off"}
        app = create_app(from_environment(environment))
        with app.app_context():
            migrate.upgrade(db.engine)
            report(given.kind, given.folder)


def read(file: Path) -> list[dict[str, Any]]:
    """The objects of a file of JSON lines."""
    return [json.loads(line) for line in file.read_text().splitlines() if line.strip()]


def report(kind: str, folder: Path) -> None:
    """Print the figures of a set."""
    corpus, questions = read(folder / "corpus.jsonl"), read(folder / "queries.jsonl")
    related: dict[str, set[str]] = defaultdict(set)
    for line in (folder / "qrels.tsv").read_text().splitlines():
        question, document, grade = line.split("\t")
        if int(grade) > 0:
            related[question].add(document)
    started = time.process_time()
    names = load(corpus)
    print(f"indexed {len(corpus)} threads in {time.process_time() - started:.1f} s of CPU")  # noqa: T201
    texts = {document["id"]: (document["title"], document["body"]) for document in corpus}
    lists, spent = [], []
    for question in questions:
        if not related[question["id"]]:
            continue
        started = time.process_time()
        found = [names[one] for one in ask(kind, question)]
        spent.append((time.process_time() - started) * 1000)
        own = (question["title"], question["body"])
        lists.append(([one for one in found if one != question["id"] and texts[one] != own], related[question["id"]]))
    show(lists, spent)


def load(corpus: list[dict[str, Any]]) -> dict[int, str]:
    """Fill the forum; the answer names each thread's document."""
    with transaction():
        member, board = Member(username="m", username_key="m"), Board(title="b")
        session.add_all([member, board])
        session.flush()
        names = {}
        for document in corpus:
            now = clock.now()
            start = {"started_at": now, "last_posted_at": now, "starter_id": member.id, "last_poster_id": member.id}
            thread = Thread(board_id=board.id, title=document["title"][:TITLE_MAX], **start)
            session.add(thread)
            session.flush()
            body = (
                document["body"] if len(document["title"]) <= TITLE_MAX else f"{document['title']}\n{document['body']}"
            )
            html = f"<p>{escape(body)}</p>"
            about = {"thread_id": thread.id, "author_id": member.id, "created_at": now, "markup_version": 0}
            session.add(Post(position=1, source="", html=html, **about))
            names[thread.id] = document["id"]
        session.flush()
        actions.reindex(lambda *_: None)
    return names


def ask(kind: str, question: dict[str, Any]) -> Iterator[int]:
    """The ids of the forum's answers, the best first."""
    if kind == "search":
        yield from queries.threads_found(None, take_apart(SearchQuery(q=question["title"])))
    else:
        body = question["body"] if kind == "similar" else ""
        yield from (thread.id for thread in suggest(None, question["title"], body, limit=DEPTH + 1))
    session.rollback()


def show(lists: list[tuple[list[str], set[str]]], spent: list[float]) -> None:
    """Print what the ranked lists are worth."""
    count = len(lists)

    def mean(values: list[float]) -> str:
        return f"{100 * sum(values) / count:.1f}"

    ranks = [next((n for n, one in enumerate(found[:10], 1) if one in right), 0) for found, right in lists]
    figures = {
        "MAP@100": mean([precision(found[:DEPTH], right) for found, right in lists]),
        "MRR@10": mean([1 / rank if rank else 0.0 for rank in ranks]),
        "right in five": mean([float(any(one in right for one in found[:SHOWN])) for found, right in lists]),
        "recall@10": mean([len(right & set(found[:10])) / len(right) for found, right in lists]),
        "recall@100": mean([len(right & set(found[:DEPTH])) / len(right) for found, right in lists]),
        "empty": mean([float(not found) for found, _ in lists]),
        "CPU ms p50": f"{statistics.median(spent):.1f}",
        "CPU ms p95": f"{sorted(spent)[int(len(spent) * 0.95)]:.1f}",
    }
    sys.stdout.write("  ".join(f"{name}: {figure}" for name, figure in figures.items()) + "\n")


def precision(found: list[str], right: set[str]) -> float:
    """The average precision of a list."""
    hits, total = 0, 0.0
    for place, one in enumerate(found, 1):
        if one in right:
            hits += 1
            total += hits / place
    return total / len(right)


if __name__ == "__main__":
    main()
