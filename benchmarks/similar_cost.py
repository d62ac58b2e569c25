"""Cost of computing similar threads, as after posting, and of reading the result: in this process, without load."""

import random
import time

from sqlalchemy import event, func, select

from benchmarks.load import LoadFailed
from forum.infra.database.db import db, session, start_writing
from forum.models import Thread
from forum.similar.actions import recompute
from forum.similar.queries import similar_to

THREADS = 200
WARMING = 10  # threads computed first and not counted, while statements are compiled


def measure_similar() -> dict[str, object]:
    """CPU time (ms) to compute and store the threads similar to one, and the statements to read them.

    Does not include the PostgreSQL server's CPU time. Everything is rolled back. Call it inside an app context.
    """
    last = session.scalar(select(func.max(Thread.id))) or 0
    chosen = random.Random(5).sample(range(1, last + 1), min(last, THREADS + WARMING))  # noqa: S311 - no secret
    existing = set(session.scalars(select(Thread.id).where(Thread.id.in_(chosen))))
    spent = [_compute(thread_id) for thread_id in chosen if thread_id in existing][WARMING:]
    if not spent:
        raise LoadFailed("There are no threads to compare.")
    spent.sort()
    shares: dict[str, object] = {
        f"p{share}": spent[min(len(spent) - 1, len(spent) * share // 100)] for share in (50, 95, 99)
    }
    return shares | {"statements_read": _statements(existing.pop())}


def _compute(thread_id: int) -> float:
    start_writing()
    began = time.process_time()
    recompute(thread_id)
    session.flush()
    spent = time.process_time() - began
    session.rollback()
    return spent * 1000


def _statements(thread_id: int) -> int:
    """Number of statements to read the similar threads of a loaded thread."""
    thread, asked = session.get_one(Thread, thread_id), list[str]()
    similar_to(None, thread)

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    similar_to(None, thread)
    event.remove(db.engine, "before_cursor_execute", note)
    session.rollback()
    return len(asked)
