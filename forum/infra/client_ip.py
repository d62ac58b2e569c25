"""Where the present request comes from, for what is logged far below the doors."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Origin:
    """A network address, what the program there calls itself, and the number of the request."""

    address: str = ""
    agent: str = ""
    request_id: str = ""


NOWHERE = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=NOWHERE)


def origin() -> Origin:
    """Where the present request comes from; empty in commands and jobs."""
    return _origin.get()


def set_origin(where: Origin) -> None:
    """Called once at the gate for each request."""
    _origin.set(where)
