"""The client of the current request, for code below the interfaces that logs it."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class ClientAddress:
    """IP address, User-Agent and request id."""

    address: str = ""
    agent: str = ""
    request_id: str = ""
    is_stored: bool = True  # whether the forum stores IP addresses

    @property
    def stored(self) -> str:
        """The IP address as the forum stores it; empty if it stores none."""
        return self.address[:45] if self.is_stored else ""


NO_ADDRESS = ClientAddress()
_client: ContextVar[ClientAddress] = ContextVar("origin", default=NO_ADDRESS)


def client_address() -> ClientAddress:
    """The current request's client; empty in commands and jobs."""
    return _client.get()


def set_client_address(client: ClientAddress) -> None:
    """Set the current request's client; the request guards call this once per request."""
    _client.set(client)
