"""What is to be said to somebody, before it is."""

from collections.abc import Iterable
from dataclasses import dataclass

Headers = list[tuple[str, str]]
Body = Iterable[bytes]


@dataclass(slots=True)
class RawResponse:
    """Status, headers and body; `is_kept`: from memory, which is no line of the log."""

    status: str
    headers: Headers
    body: Body
    is_kept: bool = False
