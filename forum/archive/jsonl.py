"""Files of JSON lines: read with the place of every fault, written so that nobody else reads along."""

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
        """What to raise when the line cannot be taken."""
        return BadArchive(f"{self.file}, line {self.number}: {message}")


def read(path: Path, shape: Schema) -> Iterator[Line]:
    """The lines of a file, one at a time; a file that is not there has none, and empty lines are passed over."""
    if not path.exists():
        return
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            if raw.strip():
                yield parse_line(Line(path.name, number, {}), raw, shape)


def parse_line(line: Line, raw: bytes, shape: Schema) -> Line:
    """Give a line its data; raises BadArchive unless it is a JSON object of the shape."""
    try:
        line.data = shape.load(json.loads(raw.decode()))
    except UnicodeDecodeError as error:
        raise line.fault("this is not UTF-8.") from error
    except ValidationError as error:
        raise line.fault(_first(error.messages)) from error
    except (ValueError, RecursionError) as error:
        raise line.fault(f"this is not JSON ({error}).") from error
    return line


def _first(messages: Any, path: str = "") -> str:
    """The first of marshmallow's messages, with the name of its field."""
    if isinstance(messages, dict):
        name, inner = next(iter(messages.items()))
        return _first(inner, path if name == "_schema" else f"{path}{name}: ")
    return f"{path}{messages[0] if isinstance(messages, list) else messages}"


def count(path: Path) -> int:
    """How many lines a file has, for a progress bar."""
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(1 for _ in file)


def batches(lines: Iterable[Line], size: int) -> Iterator[list[Line]]:
    """The same lines in lists, so that the database is asked once for many."""
    rest = iter(lines)
    while batch := list(islice(rest, size)):
        yield batch


def write(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    """Write a file with mode 0600 that reaches the disk; the answer is the number of lines, and none leaves no file."""
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
