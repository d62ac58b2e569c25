"""What every answer of the API carries: a name for its state, whom it is for, and what is left of the limit."""

import hashlib

from flask import Flask, Response, request

from forum.api import rates
from forum.api.noun import PREFIX


def finish(app: Flask) -> None:
    """Put the headers on every answer of the API."""
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    if not request.path.startswith(f"{PREFIX}/"):
        return response
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(("Authorization", "Cookie"))
    rates.tell(response)
    if 300 <= response.status_code < 400:  # the framework's redirect has a page in it
        response.set_data(b"")
    if request.method in {"GET", "HEAD"} and response.status_code == 200:
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:32])
        response.make_conditional(request)
    return response
