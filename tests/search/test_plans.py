"""An engine goes by the words that are looked for, also where a statement is planned before it knows them."""

import re
from collections.abc import Callable, Mapping

import pytest
from sqlalchemy import event, text

from forum.base.db import db, session
from forum.search import lookup
from forum.search.found import Scope, rows_with
from forum.search.store import store
from forum.search.tables import THREADS, Expression, Row

ROWS = 4000
MOON = Expression(all_of=(("moon",),))


def plan_of(work: Callable[[], object]) -> str:
    """How PostgreSQL carries out the first statement of some work whatever is asked: as it does from the tenth time."""
    asked: list[tuple[str, Mapping[str, object]]] = []

    def note(_connection: object, _cursor: object, words: str, values: Mapping[str, object], *_: object) -> None:
        asked.append((words, values))

    event.listen(db.engine, "before_cursor_execute", note)
    work()
    event.remove(db.engine, "before_cursor_execute", note)
    words, values = asked[0]
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", words)))
    given = ", ".join("'{}'".format(str(values[name]).replace("'", "''")) for name in names)
    for number, name in enumerate(names, 1):
        words = words.replace(f"%({name})s", f"${number}")
    driver = session.connection().connection.driver_connection
    assert driver is not None
    driver.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    driver.execute(f"PREPARE asked AS {words}")
    plan = "\n".join(row[0] for row in driver.execute(f"EXPLAIN EXECUTE asked ({given})").fetchall())
    driver.execute("DEALLOCATE asked")
    return plan


@pytest.mark.parametrize("library", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
@pytest.mark.usefixtures("library")
def test_postgresql_does_not_walk_from_the_newest_thread_to_find_a_word() -> None:
    said = " ".join(f"word{number}" for number in range(60))
    store().add(THREADS, [Row(number, f"moon {number % 20}", said) for number in range(1, ROWS)])
    session.execute(text("ANALYZE thread_index"))
    plans = [
        plan_of(lambda: lookup.ids_with(THREADS, MOON, budget=100)),
        plan_of(lambda: rows_with(Scope(None), THREADS, MOON, most=100)),
    ]
    for plan in plans:
        assert "ix_thread_index_words" in plan, plan
        assert "thread_index_pkey" not in plan, plan
