"""Error responses sent without calling Flask: rendered once and reused."""

import json
from functools import lru_cache

from flask import Flask
from flask_babel import gettext as _

from forum.infra.text.messages import Message, say
from forum.interfaces import translate
from forum.middleware.guest_cache.request_context import Environ
from forum.middleware.guest_cache.response import RawResponse
from forum.request_guards import SECURITY_HEADERS, hsts, policy, rate_limit_message
from forum.site.queries import last_known_version, pin_last_known, snapshot, unpin_snapshot

BUSY, TOO_SOON = "503 Service Unavailable", "429 Too Many Requests"
TOO_LARGE, TOO_SLOW = "413 Content Too Large", "408 Request Timeout"
BAD_REQUEST, FAULT = "400 Bad Request", "500 Internal Server Error"
RETRY_AFTER = 5  # seconds, for requests that get no slot
REASONS: dict[str, Message] = {
    BUSY: say("The forum is very busy. Please try again in a few seconds."),
    TOO_LARGE: say("What you sent is too large for this forum."),
    TOO_SLOW: say("What you sent did not arrive in time. Go back and send it again."),
    BAD_REQUEST: say("The forum did not understand this request."),
    FAULT: say("Something went wrong on our side. The error has been logged."),
}


def refusal(app: Flask, environ: Environ, number: str, status: str, *, wait: int = 0) -> RawResponse:
    """An error response: problem+json for API paths, else an HTML page. `wait`: seconds for Retry-After."""
    version = last_known_version(app.extensions["forum.settings"])
    if environ.get("PATH_INFO", "").startswith("/api/"):
        content_type, body = "application/problem+json", _problem(app, status, wait, version)
    else:
        content_type, body = "text/html; charset=utf-8", _page(app, status, wait, version)
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", policy()),
        ("Referrer-Policy", "same-origin"),
        ("X-Request-Id", number),
        *([("Retry-After", str(wait))] if wait else []),
        *SECURITY_HEADERS.items(),
    ]
    if environ["wsgi.url_scheme"] == "https":
        headers.append(hsts(app.extensions["forum.settings"]))
    return RawResponse(status, headers, [body])


def busy(app: Flask, environ: Environ, number: str) -> RawResponse:
    """A 503 for a request that gets no slot."""
    return refusal(app, environ, number, BUSY, wait=RETRY_AFTER)


def too_soon(app: Flask, environ: Environ, number: str, wait: int) -> RawResponse:
    """A 429 for an address over its rate limit; `wait` is in seconds."""
    return refusal(app, environ, number, TOO_SOON, wait=wait)


@lru_cache(maxsize=128)
def _page(app: Flask, status: str, wait: int, _version: int) -> bytes:
    """Render the page with the last known name and language of the site; needs no query."""
    with app.test_request_context("/"):
        pin_last_known()
        try:
            page = app.jinja_env.get_template("refusal.html")
            title, message = _title(status), translate(_reason(status, wait))
            shown = {"title": title, "message": message, "is_again": bool(wait), "site": snapshot()}
            return page.render(status=status[:3], **shown).encode()
        finally:
            unpin_snapshot()


def _title(status: str) -> str:
    titles = {TOO_LARGE: _("Too large"), TOO_SLOW: _("That took too long"), FAULT: _("Something went wrong")}
    return str(titles.get(status) or (_("Bad request") if status == BAD_REQUEST else _("Just a moment")))


@lru_cache(maxsize=128)
def _problem(app: Flask, status: str, wait: int, _version: int) -> bytes:
    with app.test_request_context("/"):
        pin_last_known()
        try:
            detail = translate(_reason(status, wait))
        finally:
            unpin_snapshot()
    problem = {"type": "about:blank", "title": status[4:], "status": int(status[:3])}
    return json.dumps(problem | {"detail": detail, "errors": {}}).encode()


def _reason(status: str, wait: int) -> Message:
    return rate_limit_message(wait) if status == TOO_SOON else REASONS[status]
