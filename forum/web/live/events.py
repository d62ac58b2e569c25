"""Events of a stream, in the format of server-sent events."""

from typing import Any

from flask import json

from forum.web.live.readers import Reader

END = b"event: end\ndata: {}\n\n"  # the page is not told of anything more: its reader may not see it any longer
Told = list[tuple[Reader, bytes]]


def event(name: str, values: dict[str, Any], *, mark: str = "") -> bytes:
    """An event; a browser that connects again sends the last mark."""
    head = f"id: {mark}\n" if mark else ""
    return f"{head}event: {name}\ndata: {json.dumps(values)}\n\n".encode()


def position_of(mark: str) -> tuple[int, int] | None:
    """The version of a thread and the last position that a mark stands for; None if it is not one."""
    version, _, last = mark.partition(".")
    is_one = all(part.isascii() and part.isdigit() and len(part) <= 9 for part in (version, last))
    return (int(version), int(last)) if is_one else None


def mark_of(version: int, last: int) -> str:
    """The mark of the state of a thread."""
    return f"{version}.{last}"
