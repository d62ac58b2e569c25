"""The cost of a search does not grow with the forum: none of its statements scans a whole table."""

import re
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import event

from forum.infra.database.db import db, session
from forum.infra.errors import Invalid
from tests.factories import a_member, a_post, a_thread
from tests.search.queries import ask, suggested
from tests.search.test_hostile import HOSTILE

pytestmark = pytest.mark.slow

NARROW = (
    "before:2021",
    "after:2000 -moon",
    "board:1 moon",
    "-board:1",
    "board:1 before:2020",
    '"moon base" -w1',
    "mon",
)


@pytest.mark.sqlite
@pytest.mark.usefixtures("app_in_context")
def test_no_statement_scans_a_whole_table() -> None:
    anna = a_member("anna")
    a_post(thread=a_thread(title="A moon base", by=anna, body="w1 w2"), body="The moon")
    thread = a_thread(by=anna)
    session.commit()
    plans = _Plans()
    event.listen(db.engine, "before_cursor_execute", plans.record)
    for q in (*HOSTILE, *NARROW):
        with suppress(Invalid):
            ask(q)
            suggested(q)
    for q in ("", "the moon", "-moon"):
        ask(q, author=anna)
        ask(q, thread=thread)
    event.remove(db.engine, "before_cursor_execute", plans.record)
    assert len(plans.plans_by_statement) > 50
    assert plans.of_whole_tables() == []


class _Plans:
    """SQLite's query plans of the statements it runs."""

    def __init__(self) -> None:
        self.plans_by_statement: dict[str, list[str]] = {}

    def record(self, connection: Any, _: object, statement: str, values: Any, *__: object) -> None:
        if statement.startswith("SELECT") and statement not in self.plans_by_statement:
            rows = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)
            self.plans_by_statement[statement] = [row[3] for row in rows]

    def of_whole_tables(self) -> list[str]:
        """Plan steps that scan a whole growing table, except along an index with a limit."""
        large = re.compile(r"SCAN (post|thread|member|word_index)\b(?!_)")
        steps = [
            (step, statement)
            for statement, plan in self.plans_by_statement.items()
            for step in plan
            if large.match(step)
        ]
        return [f"{step}: {detail}" for step, detail in steps if not ("COVERING INDEX" in step and "LIMIT" in detail)]
