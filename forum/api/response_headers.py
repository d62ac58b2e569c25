"""What every answer of the API carries: a name for its state, whom it is for, and what is left of the limit."""

from flask import Flask, Response, request

from forum.api import etags, rate_headers
from forum.api.resource import PREFIX


def register(app: Flask) -> None:
    """Put the headers on every answer of the API."""
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    if not request.path.startswith(f"{PREFIX}/"):
        return response
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(("Authorization", "Cookie"))
    rate_headers.add_headers(response)
    if 300 <= response.status_code < 400:  # the framework's redirect has a page in it
        response.set_data(b"")
    if request.method in {"GET", "HEAD"} and response.status_code == 200:
        tag = etags.etag_of(response.get_data())
        response.set_etag(etags.matching_etag(request.if_none_match, tag) or tag)
        response.make_conditional(request)
    return response
