"""What is said to guests whom the turnstile turns away: made once, sent as it is."""

import json
from functools import cache

from flask import Flask

from forum.front.callers import Environ
from forum.front.turnstile import RETRY_AFTER
from forum.gate import ALWAYS, policy
from forum.site.queries import hold_last_known, let_go

PROBLEM = {
    "type": "about:blank",
    "title": "Service Unavailable",
    "status": 503,
    "detail": "More people came at once than the forum can answer. Try again in a few seconds.",
    "errors": {},
}


def busy(app: Flask, environ: Environ, number: str) -> tuple[list[tuple[str, str]], bytes]:
    """Headers and body of a 503: a page for people, a problem for programs."""
    if environ.get("PATH_INFO", "").startswith("/api/"):
        kind, body = "application/problem+json", json.dumps(PROBLEM).encode()
    else:
        kind, body = "text/html; charset=utf-8", _page(app)
    return [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(RETRY_AFTER)),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", policy()),
        ("Referrer-Policy", "same-origin"),
        ("X-Request-Id", number),
        *ALWAYS.items(),
    ], body


@cache
def _page(app: Flask) -> bytes:
    """In the language that the site had when it was first needed; no query is made for it."""
    with app.test_request_context("/"):
        hold_last_known()
        try:
            return app.jinja_env.get_template("busy.html").render().encode()
        finally:
            let_go()
