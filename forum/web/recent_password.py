"""Pages that ask for the password again if it was last entered more than an hour ago."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import redirect, request
from flask.globals import request_ctx
from werkzeug import Response

from forum.auth import identity
from forum.members.credentials import sessions

View = TypeVar("View", bound=Callable[..., Any])


def requires_recent_password(view: View) -> View:
    """Decorate a view to ask for the password first if it was last entered more than an hour ago."""

    @wraps(view)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return password_redirect() or view(*args, **kwargs)

    return cast("View", wrapper)


def password_redirect(*, page: str = "") -> Response | None:
    """A redirect to the form that asks for the password, if it was last entered more than an hour ago.

    The form leads on to `page`, by default the present one or, for a button's address, the page above it.
    """
    identity.member()
    row = identity.current_session()
    if row is not None and sessions.is_fresh(row):
        return None
    return redirect("/account/confirm?" + urlencode({"next": page or _page_of(request.path)}), 303)


def _page_of(path: str) -> str:
    while path and not _has_page(path):
        path = path.rpartition("/")[0]
    return path or "/"


def _has_page(path: str) -> bool:
    adapter = request_ctx.url_adapter
    return adapter is not None and adapter.test(path, method="GET")
