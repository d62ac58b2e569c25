"""A response before it is sent."""

from collections.abc import Iterable
from dataclasses import dataclass

Headers = list[tuple[str, str]]
Body = Iterable[bytes]


@dataclass(slots=True)
class RawResponse:
    """Status, headers and body; `is_kept`: served from memory, and not written to the access log."""

    status: str
    headers: Headers
    body: Body
    is_kept: bool = False
