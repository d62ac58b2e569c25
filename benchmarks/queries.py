"""How many statements a request asks of the two databases: counted in this process, not under load.

What the front step asks by connections of its own (two plain looks at whether anything changed) is not among them.
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
from forum.infra.db import db

NOT_COUNTED = ("BEGIN", "PRAGMA", "SAVEPOINT", "RELEASE")
AGAIN = 5  # times that a page is asked for: now and then a request has more to note than its neighbours
WARMING = "http://localhost"
_others = (
    f"http://127.0.0.{number}" for number in count(1)
)  # guests' pages are kept by host: under each they are made


@dataclass
class StatementCounts:
    """Statements to the database of what must survive, and to that of what may be lost."""

    content: int = 0
    volatile: int = 0


def count_read(app: Flask, scenario: Scenario) -> dict[str, object]:
    """Statements for a page that is made, and for the same page when it is asked for again, as under load."""
    client, other = app.test_client(use_cookies=False), next(_others)
    _sure(client.get(scenario.path, headers=scenario.headers, base_url=WARMING))
    with _counted(app) as made:
        _sure(client.get(scenario.path, headers=scenario.headers, base_url=other))
    found = []
    for _ in range(AGAIN):
        with _counted(app) as again:
            _sure(client.get(scenario.path, headers=scenario.headers, base_url=other))
        found.append(asdict(again))
    usual = {name: median_low(each[name] for each in found) for name in found[0]}
    return {"queries_made": asdict(made), "queries": usual}


def count_reply(app: Flask, thread: str, headers: dict[str, str]) -> dict[str, object]:
    """Statements for a member's reply."""
    client = app.test_client(use_cookies=False)
    page = client.get(thread, headers=headers).text
    for number in range(2):
        with _counted(app) as asked:
            form = urlencode(reply_form(page, f"Reply {number}."))
            typed = {"Content-Type": "application/x-www-form-urlencoded"}
            answer = client.post(f"{thread}/reply", data=form, headers=headers | typed)
        _sure(answer, 303)
    return {"queries": asdict(asked)}


def _sure(answer: TestResponse, status: int = 200) -> None:
    if answer.status_code not in {status, 304}:
        raise LoadFailed(f"{answer.request.path} is answered by {answer.status} in this process.")


@contextmanager
def _counted(app: Flask) -> Iterator[StatementCounts]:
    asked = StatementCounts()
    with app.app_context():
        engines = {"content": db.engine, "volatile": app.extensions["forum.volatile"]}
    notes = [(engine, _note(asked, name)) for name, engine in engines.items()]
    for engine, note in notes:
        event.listen(engine, "before_cursor_execute", note)
    yield asked
    for engine, note in notes:
        event.remove(engine, "before_cursor_execute", note)


def _note(asked: StatementCounts, name: str) -> Callable[..., None]:
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(NOT_COUNTED):
            setattr(asked, name, getattr(asked, name) + 1)

    return note
