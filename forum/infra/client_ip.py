"""Where the present request comes from, for what is logged far below the doors."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class ClientAddress:
    """A network address, what the program there calls itself, and the number of the request."""

    address: str = ""
    agent: str = ""
    request_id: str = ""


NO_ADDRESS = ClientAddress()
_origin: ContextVar[ClientAddress] = ContextVar("origin", default=NO_ADDRESS)


def client_address() -> ClientAddress:
    """Where the present request comes from; empty in commands and jobs."""
    return _origin.get()


def set_client_address(where: ClientAddress) -> None:
    """Called once at the gate for each request."""
    _origin.set(where)
