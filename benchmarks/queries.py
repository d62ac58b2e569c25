"""Number of statements that a request sends to the two databases, counted in this process without load.

The guest cache's two validation queries, which use their own connections, are not counted.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from statistics import median_low
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from benchmarks.load import LoadFailed
from benchmarks.scenarios import Scenario, reply_form
from forum.infra.database.db import db

NOT_COUNTED = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")
AGAIN = 5  # requests per page: now and then one has more to record than the others
WARMING = "http://localhost"
_others = (
    f"http://127.0.0.{number}" for number in count(1)
)  # guests' pages are cached by host: each new host renders them again


@dataclass
class StatementCounts:
    """Statements to the content database and to the ephemeral one."""

    content: int = 0
    volatile: int = 0


def count_read(app: Flask, scenario: Scenario) -> dict[str, object]:
    """Statements for a page that is rendered, and for the same page requested again, as under load."""
    client, other = app.test_client(use_cookies=False), next(_others)
    _expect(client.get(scenario.path, headers=scenario.headers, base_url=WARMING))
    with _counted(app) as made:
        _expect(client.get(scenario.path, headers=scenario.headers, base_url=other))
    found = []
    for _ in range(AGAIN):
        with _counted(app) as again:
            _expect(client.get(scenario.path, headers=scenario.headers, base_url=other))
        found.append(asdict(again))
    usual = {name: median_low(each[name] for each in found) for name in found[0]}
    return {"queries_made": asdict(made), "queries": usual}


def count_reply(app: Flask, thread: str, headers: dict[str, str]) -> dict[str, object]:
    """Statements for posting a reply."""
    client = app.test_client(use_cookies=False)
    page = client.get(thread, headers=headers).text
    for number in range(2):
        with _counted(app) as asked:
            form = urlencode(reply_form(page, f"Reply {number}."))
            typed = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = client.post(f"{thread}/reply", data=form, headers=headers | typed)
        _expect(answer, 303)
    return {"queries": asdict(asked)}


def _expect(answer: TestResponse, status: int = 200) -> None:
    if answer.status_code not in {status, 304}:
        raise LoadFailed(f"{answer.request.path} answers {answer.status} in this process.")


@contextmanager
def _counted(app: Flask) -> Iterator[StatementCounts]:
    asked = StatementCounts()
    with app.app_context():
        engines = {"content": db.engine, "volatile": app.extensions["forum.ephemeral"]}
    counters = [(engine, _counter(asked, name)) for name, engine in engines.items()]
    for engine, increment in counters:
        event.listen(engine, "before_cursor_execute", increment)
    yield asked
    for engine, increment in counters:
        event.remove(engine, "before_cursor_execute", increment)


def _counter(asked: StatementCounts, name: str) -> Callable[..., None]:
    def increment(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(NOT_COUNTED):
            setattr(asked, name, getattr(asked, name) + 1)

    return increment
