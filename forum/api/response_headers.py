"""Headers on every API response: ETag, caching, Vary and the rate limit."""

from flask import Flask, Response, request

from forum.api import etags, rate_headers
from forum.api.blueprint import PREFIX


def register(app: Flask) -> None:
    """Add the headers to every API response."""
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    if not request.path.startswith(f"{PREFIX}/"):
        return response
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.update(("Authorization", "Cookie"))
    rate_headers.add_headers(response)
    if 300 <= response.status_code < 400:  # the framework's redirects have an HTML body
        response.set_data(b"")
    if request.method in {"GET", "HEAD"} and response.status_code == 200:
        tag = etags.etag_of(response.get_data())
        response.set_etag(etags.matching_etag(request.if_none_match, tag) or tag)
        response.make_conditional(request)
    return response
