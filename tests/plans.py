"""How PostgreSQL carries out a statement whatever is asked, as it does from the tenth time it is asked on."""

import re
from collections.abc import Callable, Mapping

from sqlalchemy import event

from forum.base.db import db, session


def plans_of(work: Callable[[], object]) -> list[str]:
    """The plan of each statement of some work, made without knowing its values."""
    asked: list[tuple[str, Mapping[str, object]]] = []

    def note(_connection: object, _cursor: object, words: str, values: Mapping[str, object], *_: object) -> None:
        asked.append((words, values))

    event.listen(db.engine, "before_cursor_execute", note)
    work()
    event.remove(db.engine, "before_cursor_execute", note)
    return [_plan(words, values) for words, values in asked]


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
