"""How large the body of a request may be and how long it may take to arrive, by what it is sent to and by whom."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class BodyLimit:
    """The size that a body may have in bytes, and the seconds in which it must be whole."""

    most_bytes: int
    seconds: float


GUEST = BodyLimit(2**16, 20.0)  # a name, an address, a password
MEMBER = BodyLimit(2**16, 30.0)
# 50,000 characters take up to 12 bytes each in a form and in JSON; a phone on a bad line sends 10 kB a second
TEXT = BodyLimit(5 * 2**17, 60.0)
MOST_FIELDS = 100  # of a form
MOST_COMMAS = 60_000  # of a body in JSON: more than a post may have


def takes_text(view: View) -> View:
    """Mark a view that takes what a member wrote: a post, a draft, a preview."""
    view.takes_text = True  # type: ignore[attr-defined]
    return view


def limit_of(app: Flask, method: str, path: str, *, is_member: bool) -> BodyLimit:
    """The limit of a request before Flask has seen it; `path` as WSGI has it."""
    return limit_for(_view(app, method, path) if is_member else None, is_member=is_member)


def limit_for(view: Callable[..., Any] | None, *, is_member: bool) -> BodyLimit:
    """The limit of a request to a view."""
    if not is_member:
        return GUEST
    return TEXT if hasattr(view, "takes_text") else MEMBER


def _view(app: Flask, method: str, path: str) -> Callable[..., Any] | None:
    try:
        endpoint, _ = app.url_map.bind("").match(path.encode("latin-1").decode("utf-8", "replace"), method=method)
    except (HTTPException, RequestRedirect):
        return None
    return app.view_functions.get(endpoint)
