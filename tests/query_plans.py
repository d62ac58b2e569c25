"""Query plans: PostgreSQL's generic plans, which it uses from the tenth execution on, and SQLite's."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import event

from forum.infra.database.db import db, session
from forum.site.queries import pin_snapshot, unpin_snapshot


def postgres_plans(work: Callable[[], object]) -> list[str]:
    """PostgreSQL's generic plan of each statement of some work."""
    statements: list[tuple[str, Mapping[str, object]]] = []

    def record(_connection: object, _cursor: object, words: str, values: Mapping[str, object], *_: object) -> None:
        statements.append((words, values))

    pin_snapshot()  # so that no look at the settings' version comes between, once a second
    event.listen(db.engine, "before_cursor_execute", record)
    work()
    event.remove(db.engine, "before_cursor_execute", record)
    unpin_snapshot()
    return [_plan(words, values) for words, values in statements]


def sqlite_plans(work: Callable[[], object]) -> dict[str, list[str]]:
    """SQLite's plan of each statement of some work."""
    plans: dict[str, list[str]] = {}

    def record(connection: Any, _cursor: object, words: str, values: Any, *_: object) -> None:
        values = values[0] if isinstance(values, list) else values
        rows = connection.connection.driver_connection.execute(f"EXPLAIN QUERY PLAN {words}", values)
        plans[words] = [row[3] for row in rows]

    pin_snapshot()
    event.listen(db.engine, "before_cursor_execute", record)
    work()
    event.remove(db.engine, "before_cursor_execute", record)
    unpin_snapshot()
    return plans


def full_scans(steps: Mapping[str, list[str]]) -> list[str]:
    """The plan steps that scan a whole table of growing size, or an index of more than some threads."""
    large = re.compile(r"SCAN (similar_thread|thread|post|reaction|member)\b(?!_)")
    few = "ix_thread_pinned_everywhere"
    return [step for its in steps.values() for step in its if large.match(step) and not step.endswith(few)]


def _plan(words: str, values: Mapping[str, object]) -> str:
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", words)))
    literals = ", ".join("'{}'".format(str(values[name]).replace("'", "''")) for name in names)
    for number, name in enumerate(names, 1):
        words = words.replace(f"%({name})s", f"${number}")
    driver = session.connection().connection.driver_connection
    assert driver is not None
    driver.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    driver.execute(f"PREPARE asked AS {words}")
    given = f"({literals})" if names else ""
    plan = "\n".join(row[0] for row in driver.execute(f"EXPLAIN EXECUTE asked {given}").fetchall())
    driver.execute("DEALLOCATE asked")
    return plan
