"""ETags of API responses: a hash of the body before compression."""

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import make_response, request
from werkzeug.datastructures import ETags

from forum.api.problems import PreconditionFailed
from forum.site import actions as site
from forum.site.queries import follow_database

_ENCODING = re.compile(r"-(?:br|gzip|zstd)$")  # suffix added by middleware/compression.py
_ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")  # of a rule, such as <id:group_id>


def etag_of(body: bytes) -> str:
    """The ETag of a response body before compression."""
    return hashlib.sha256(body).hexdigest()[:32]


def matching_etag(given: ETags, tag: str, *, include_weak: bool = True) -> str:
    """The request's ETag that matches `tag`, as the request wrote it; empty if none matches."""
    if given.star_tag:
        return tag
    return next((etag for etag in given.as_set(include_weak=include_weak) if _ENCODING.sub("", etag) == tag), "")


View = Callable[..., Any]
AnyView = TypeVar("AnyView", bound=View)


def locks_site(view: AnyView) -> AnyView:
    """Mark a write of what admins change: it waits for other admins before its If-Match is compared."""
    view.locks_site = True  # type: ignore[attr-defined]
    return view


def only_if_match(view: View, readings: dict[str, View], rule: str) -> View:
    """Reject a write if its If-Match does not contain the ETag that a GET of the address has now (RFC 9110, 13.1.1).

    `readings` are the GET views by route. A resource without a GET, such as the caller's reaction to a post, uses the
    ETag of the resource one path segment above. Raises PreconditionFailed on a mismatch.
    """

    @wraps(view)
    def wrapper(*args: Any, **path: Any) -> Any:
        if "If-Match" in request.headers:
            read_rule = rule if rule in readings else rule.rpartition("/")[0]
            if read_rule not in readings:
                raise PreconditionFailed
            if hasattr(view, "locks_site"):
                site.lock()
                follow_database()
            named = {name: path[name] for name in _ARGUMENT.findall(read_rule)}
            tag = etag_of(make_response(readings[read_rule](**named)).get_data())
            if not matching_etag(request.if_match, tag, include_weak=False):
                raise PreconditionFailed
        return view(*args, **path)

    return wrapper
