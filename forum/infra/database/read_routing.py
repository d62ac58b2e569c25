"""Read routing: the current request reads from the primary, unless the guest cache chose the replica for it."""

from contextvars import ContextVar

from sqlalchemy import Engine

_replica: ContextVar[Engine | None] = ContextVar("replica", default=None)


def replica() -> Engine | None:
    """The replica, if the current request reads from it."""
    return _replica.get()


def read_from(engine: Engine | None) -> None:
    """Read from this replica from now on; None means the primary."""
    _replica.set(engine)


def use_primary() -> bool:
    """Read from the primary from now on; returns whether reads went to the replica before."""
    was = _replica.get() is not None
    if was:
        _replica.set(None)
    return was
