"""Where the present request reads: from the primary, unless the front step chose a replica for it."""

from contextvars import ContextVar

from sqlalchemy import Engine

_replica: ContextVar[Engine | None] = ContextVar("replica", default=None)


def replica() -> Engine | None:
    """The replica, where the present request reads from it."""
    return _replica.get()


def read_from(engine: Engine | None) -> None:
    """Read from a replica from now on; None is the primary."""
    _replica.set(engine)


def use_primary() -> bool:
    """Read from the primary from now on; whether it was otherwise before."""
    was = _replica.get() is not None
    if was:
        _replica.set(None)
    return was
