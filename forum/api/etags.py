"""The ETags of the API's answers: each names the bytes of one state, in whatever encoding they are sent."""

import hashlib
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import make_response, request
from werkzeug.datastructures import ETags

from forum.api.problems import PreconditionFailed

_ENCODING = re.compile(r"-(?:br|gzip|zstd)$")  # which compress.py adds


def etag_of(body: bytes) -> str:
    """The tag of an answer as it is before it is compressed."""
    return hashlib.sha256(body).hexdigest()[:32]


def matching_etag(given: ETags, tag: str, *, include_weak: bool = True) -> str:
    """The tag among those that a request names that stands for a state, as it is named; else an empty text."""
    if given.star_tag:
        return tag
    return next((each for each in given.as_set(include_weak=include_weak) if _ENCODING.sub("", each) == tag), "")


View = Callable[..., Any]


def only_if_match(view: View, readings: dict[str, View], rule: str) -> View:
    """Refuse a write whose If-Match names no ETag that a GET of the address would have now (RFC 9110, 13.1.1).

    `readings` are the GETs by their addresses. What cannot be read itself, such as one's reaction to a post, is part
    of what is read one step above.
    """

    @wraps(view)
    def answered(*args: Any, **path: Any) -> Any:
        if "If-Match" in request.headers:
            reading = readings.get(rule) or readings.get(rule.rpartition("/")[0])
            if reading is None:
                raise PreconditionFailed
            tag = etag_of(make_response(reading(**path)).get_data())
            if not matching_etag(request.if_match, tag, include_weak=False):
                raise PreconditionFailed
        return view(*args, **path)

    return answered
