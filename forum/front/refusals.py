"""What is said to guests who are turned away before the house is asked: made once, sent as it is."""

import json
from functools import lru_cache

from flask import Flask

from forum.base.text import Message, say
from forum.doorway import words
from forum.front.callers import Environ
from forum.front.turnstile import RETRY_AFTER
from forum.gate import ALWAYS, HSTS, policy, too_many
from forum.site.queries import hold_last_known, let_go

Refusal = tuple[str, list[tuple[str, str]], bytes]
BUSY, TOO_SOON = "503 Service Unavailable", "429 Too Many Requests"


def busy(app: Flask, environ: Environ, number: str) -> Refusal:
    """Status, headers and body of a 503: a page for people, a problem for programs."""
    return _refusal(app, environ, number, BUSY, RETRY_AFTER)


def too_soon(app: Flask, environ: Environ, number: str, wait: int) -> Refusal:
    """The same of a 429, for an address that asked for more than its share: `wait` is in seconds."""
    return _refusal(app, environ, number, TOO_SOON, wait)


def _refusal(app: Flask, environ: Environ, number: str, status: str, wait: int) -> Refusal:
    if environ.get("PATH_INFO", "").startswith("/api/"):
        kind, body = "application/problem+json", _problem(app, status, wait)
    else:
        kind, body = "text/html; charset=utf-8", _page(app, status, wait)
    headers = [
        ("Content-Type", kind),
        ("Content-Length", str(len(body))),
        ("Retry-After", str(wait)),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", policy()),
        ("Referrer-Policy", "same-origin"),
        ("X-Request-Id", number),
        *ALWAYS.items(),
    ]
    if environ["wsgi.url_scheme"] == "https":
        headers.append(HSTS)
    return status, headers, body


@lru_cache(maxsize=128)
def _page(app: Flask, status: str, wait: int) -> bytes:
    """In the language that the site had when it was first needed; no query is made for it."""
    with app.test_request_context("/"):
        hold_last_known()
        try:
            page = app.jinja_env.get_template("refusal.html")
            return page.render(status=status[:3], message=words(_reason(status, wait))).encode()
        finally:
            let_go()


@lru_cache(maxsize=128)
def _problem(app: Flask, status: str, wait: int) -> bytes:
    with app.test_request_context("/"):
        hold_last_known()
        try:
            detail = words(_reason(status, wait))
        finally:
            let_go()
    about = {"type": "about:blank", "title": status[4:], "status": int(status[:3])}
    return json.dumps(about | {"detail": detail, "errors": {}}).encode()


def _reason(status: str, wait: int) -> Message:
    if status == TOO_SOON:
        return too_many(wait)
    return say("More people came at once than the forum can answer. Please try again in a few seconds.")
