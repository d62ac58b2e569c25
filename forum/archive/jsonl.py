"""JSON Lines files: read with file and line number in every error, written with mode 0600."""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from marshmallow import Schema, ValidationError

from forum.archive.errors import BadArchive


@dataclass
class Line:
    """A line that its schema accepts."""

    file: str
    number: int
    data: dict[str, Any]

    def fault(self, message: str) -> BadArchive:
        """Return the error to raise when the line is invalid."""
        return BadArchive(f"{self.file}, line {self.number}: {message}")


def read(path: Path, shape: Schema) -> Iterator[Line]:
    """The lines of a file, one at a time; a missing file has none, and empty lines are skipped.

    Raises BadArchive at the first invalid line.
    """
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if raw.strip():
                yield parse_line(Line(path.name, number, {}), raw, shape)


def parse_line(line: Line, raw: bytes, shape: Schema) -> Line:
    """Parse `raw` into the line's data. Raises BadArchive unless it is a JSON object that the schema accepts."""
    try:
        line.data = shape.load(json.loads(raw.decode()))
    except UnicodeDecodeError as error:
        raise line.fault("not valid UTF-8.") from error
    except ValidationError as error:
        raise line.fault(_first(error.messages)) from error
    except (ValueError, RecursionError) as error:
        raise line.fault(f"not valid JSON ({error}).") from error
    return line


def _first(messages: Any, path: str = "") -> str:
    """The first of marshmallow's messages, with the path of its field."""
    if isinstance(messages, dict):
        name, inner = next(iter(messages.items()))
        return _first(inner, path if name == "_schema" else f"{path}{name}: ")
    return f"{path}{messages[0] if isinstance(messages, list) else messages}"


def count(path: Path) -> int:
    """The number of lines in a file, for a progress bar."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(1 for _ in file)


def batches(lines: Iterable[Line], size: int) -> Iterator[list[Line]]:
    """Group the lines into lists of up to `size`, so that one query serves many."""
    rest = iter(lines)
    while batch := list(islice(rest, size)):
        yield batch


def write(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    """Write a new file with mode 0600 and fsync it; return the number of lines. Without rows no file is left."""
    written = 0
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline="\n"
    ) as file:
        for row in rows:
            written += 1
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
    if not written:
        path.unlink()
    return written
