"""Events of a stream, in the format of server-sent events."""

from typing import Any

from flask import json
from flask_babel import gettext as _

from forum.web.live.readers import Reader

Told = list[tuple[Reader, bytes]]


def event(name: str, values: dict[str, Any], *, mark: str = "") -> bytes:
    """An event; a browser that connects again sends the last mark."""
    head = f"id: {mark}\n" if mark else ""
    return f"{head}event: {name}\ndata: {json.dumps(values)}\n\n".encode()


def end(*, is_login: bool = False) -> bytes:
    """The last event of a stream: the reader may not see the page any longer, or their login has ended.

    Who may see it again can open another stream; a page of a login that has ended remains as it is.
    """
    words = _("This page is not here any more, or it is no longer shown to you.")
    return event("end", {"text": words, "link": _("Load it again"), "is_login": is_login})


def is_end(frame: bytes) -> bool:
    """Whether a frame is the last event of a stream."""
    return frame.startswith(b"event: end\n")


def position_of(mark: str) -> tuple[int, int] | None:
    """The version of a thread and the last position that a mark stands for; None if it is not one."""
    version, __, last = mark.partition(".")
    is_one = all(part.isascii() and part.isdigit() and len(part) <= 9 for part in (version, last))
    return (int(version), int(last)) if is_one else None


def mark_of(version: int, last: int) -> str:
    """The mark of the state of a thread."""
    return f"{version}.{last}"
