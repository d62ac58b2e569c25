"""What the index's upkeep remembers: its language, the tokenizer's version, how far a rebuild and jobs have come."""

from sqlalchemy import delete, select, text

from forum.infra.database.db import session
from forum.search.index.tables import STATE

_STORE = text(
    "INSERT INTO index_state (name, value) VALUES (:name, :value) "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)


def store(name: str, value: str | int) -> None:
    """Store a value under a name."""
    session.execute(_STORE, {"name": name, "value": str(value)})


def load(name: str) -> str | None:
    """The stored value, if there is one."""
    value: str | None = session.scalar(select(STATE.c.value).where(STATE.c.name == name))
    return value


def load_number(name: str) -> int:
    """The stored number, or zero."""
    return int(load(name) or 0)


def clear(name: str) -> None:
    """Forget one value."""
    session.execute(delete(STATE).where(STATE.c.name == name))


def clear_all() -> None:
    """Forget everything, as a rebuild does."""
    session.execute(delete(STATE))
