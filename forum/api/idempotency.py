"""The Idempotency-Key of a POST: a repeated request gets the first response."""

import json
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, make_response, request

from forum.auth import identity
from forum.infra.database.db import start_writing
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.interfaces import claim_idempotency_key

HEADER = "Idempotency-Key"
MAX_KEY_LENGTH = 255
KEY_PATTERN = "^[!-~]+$"
View = Callable[..., Any]


def idempotent(view: View) -> View:
    """Answer a repeated key with the first response; the body, if there is one, is the only positional argument."""

    @wraps(view)
    def wrapper(*body: dict[str, Any], **path: Any) -> Response:
        key = request.headers.get(HEADER)
        if key is None:
            return make_response(view(*body, **path))
        _check(key)
        if hasattr(view, "defers_write_lock"):
            start_writing()
        content = json.dumps([request.method, request.path, *body], sort_keys=True, default=str)  # moments are datetime
        claim = claim_idempotency_key(identity.member(), key, content=content)
        if claim.earlier is not None:
            return _replay(claim.earlier.status, claim.earlier.location, claim.earlier.answer)
        response = make_response(view(*body, **path))
        location = response.headers.get("Location", "")
        claim.answered(status=response.status_code, location=location, answer=response.get_data(as_text=True))
        return response

    return wrapper


def _check(key: str) -> None:
    if len(key) > MAX_KEY_LENGTH or not re.fullmatch(KEY_PATTERN, key):
        raise Invalid({HEADER: [say("Use 1 to %(num)d ASCII characters without spaces.", num=MAX_KEY_LENGTH)]})


def _replay(status: int, location: str, answer: str) -> Response:
    response = Response(answer, status, content_type="application/json")
    response.headers["Idempotency-Replayed"] = "true"
    if location:
        response.headers["Location"] = location
    return response
