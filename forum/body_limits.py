"""Size limits and deadlines of request bodies, by view and by whether a member sends them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class BodyLimit:
    """The maximum size of a body in bytes, and the seconds in which it must be complete."""

    most_bytes: int
    seconds: float


GUEST = BodyLimit(2**16, 20.0)  # a name, an address, a password
MEMBER = BodyLimit(2**16, 30.0)
# 50,000 characters of up to 12 bytes each, in a form or in JSON; a phone on a slow connection sends 10 kB a second
TEXT = BodyLimit(5 * 2**17, 60.0)
MAX_FORM_FIELDS = 100  # per form
MANY_FORM_FIELDS = 1000  # per form with a box for each member, board or group
MAX_JSON_COMMAS = 60_000  # per JSON body: more than a post may contain


def takes_text(view: View) -> View:
    """Mark a view that accepts long text from members: a post, a draft, a preview."""
    view.takes_text = True  # type: ignore[attr-defined]
    return view


def takes_picture(view: View) -> View:
    """Mark a view that accepts a picture from admins: its form may be as large as that of the longest text."""
    view.takes_picture = True  # type: ignore[attr-defined]
    return takes_text(view)


def takes_many_fields(view: View) -> View:
    """Mark a view whose form has fields for each of many members, boards or groups."""
    view.takes_many_fields = True  # type: ignore[attr-defined]
    return view


def most_fields_of(view: Callable[..., Any] | None) -> int:
    """The number of fields that a form for a view may have."""
    return MANY_FORM_FIELDS if hasattr(view, "takes_many_fields") else MAX_FORM_FIELDS


def limit_of(app: Flask, method: str, path: str, *, is_member: bool) -> BodyLimit:
    """The limit of a request before Flask handles it; `path` is PATH_INFO."""
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
