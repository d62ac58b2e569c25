"""A response before it is sent."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

Headers = list[tuple[str, str]]
Body = Iterable[bytes]


PART_BYTES = 64 * 1024


class FileParts:
    """The content of a file in parts; it is closed after the last one, or by `close`."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __iter__(self) -> Iterator[bytes]:
        try:
            self._file.seek(0)
            while part := self._file.read(PART_BYTES):
                yield part
        finally:
            self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


@dataclass(slots=True)
class RawResponse:
    """Status, headers and body; `is_kept`: served from memory, and not written to the access log."""

    status: str
    headers: Headers
    body: Body
    is_kept: bool = False
