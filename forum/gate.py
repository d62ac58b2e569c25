"""What every request passes on its way in and out: its number, host, limits, form token and headers."""

import ipaddress
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, request
from werkzeug.exceptions import BadRequest

from forum import identity
from forum.base import limits
from forum.base.caller import Origin, set_origin
from forum.base.db import deployed, start_writing
from forum.base.errors import Forbidden, TooSoon
from forum.base.text import Message, say
from forum.site import queries as site

REQUESTS_A_MINUTE = 200
GUEST_SEARCHES_A_MINUTE = 15
MAX_BODY_BYTES = 2_000_000
UNCOUNTED = ("/static/", "/health/", "/avatars/")
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}


HSTS = ("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def policy(*, remote_images: bool = False) -> str:
    """The Content-Security-Policy; pictures from elsewhere only with the operator's leave."""
    pictures = {"img-src": "'self' https:"} if remote_images else {}
    return "; ".join(f"{name} {value}" for name, value in (POLICY | pictures).items())


def guard(app: Flask) -> None:
    """Put the gate before an app."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_BODY_BYTES
    app.before_request(_open)
    app.after_request(_add_headers)
    app.teardown_request(lambda _: site.let_go())


def _open() -> None:
    g.request_id = secrets.token_hex(8)
    agent = request.headers.get("User-Agent", "")[:500]
    set_origin(Origin(request.remote_addr or "", agent, g.request_id))
    _check_host()
    if request.method == "TRACE":
        abort(405)
    if not request.path.startswith(UNCOUNTED):
        site.hold()
        g.remote_images = site.snapshot().remote_images
    _count_request()  # before the write lock, which a flood must not take only to be refused
    view = current_app.view_functions.get(request.endpoint or "")
    is_write = request.method not in identity.READING
    if is_write and view is not None and not hasattr(view, "reads_first"):
        start_writing()
    if is_write and view is not None:
        _check_form()


def _check_host() -> None:
    forwarded = request.headers.get("X-Forwarded-Host")
    for host in (request.headers.get("Host", ""), *([forwarded] if forwarded else [])):
        if not _is_our_host(host):
            abort(
                Response(
                    "Unknown host. The operator names the forum's address in FORUM_BASE_URL.\n",
                    400,
                    mimetype="text/plain",
                )
            )


def _is_our_host(host: str) -> bool:
    ours = deployed().host
    if ours and host.lower() == ours.lower():
        return True
    name = urlsplit(f"//{host}").hostname or ""
    is_health = request.path.startswith("/health/")
    return (not ours or is_health) and _is_address(name)


def _is_address(name: str) -> bool:
    """Whether a host is localhost or a plain IP address, which no other site's name can lead a browser to."""
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _count_request() -> None:
    if request.path.startswith(UNCOUNTED):
        return
    address = request.remote_addr or ""
    wait = wait_of(address)
    if not wait and request.path in {"/search", "/api/v1/search"} and identity.visitor() is None:
        wait = limits.meter("searches:" + limits.address_key(address), limit=GUEST_SEARCHES_A_MINUTE, seconds=60)
    if wait:
        raise TooSoon(too_many(wait), retry_after=wait)


def too_many(wait: int) -> Message:
    """What is said to an address that asked for more than its share."""
    return say("Too many requests from your address. Wait %(num)d seconds.", num=wait)


def wait_of(address: str) -> int:
    """Count a request of an address: 0, or the seconds to wait."""
    return limits.meter("requests:" + limits.address_key(address), limit=REQUESTS_A_MINUTE, seconds=60)


def _check_form() -> None:
    """Refuse a write that another site made the browser send."""
    if identity.is_bearer():
        return
    source = request.headers.get("Origin")
    if source is not None and source.lower() != f"{request.scheme}://{request.host}".lower():
        raise Forbidden(say("This form was sent from another site."))
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Forbidden(say("This form was sent from another site."))
    view = current_app.view_functions.get(request.endpoint or "")
    if identity.visitor() is None and hasattr(view, "open_to_guests"):
        return
    try:
        token = request.headers.get("X-CSRFToken") or request.form.get("csrf_token", "")
    except BadRequest:
        token = ""
    if not identity.is_our_form(token):
        raise Forbidden(say("This form is no longer valid. Reload the page and send it again."))


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = g.get("request_id", "")
    headers.setdefault("Content-Security-Policy", policy(remote_images=g.get("remote_images", False)))
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.update(ALWAYS)
    if request.is_secure:
        headers[HSTS[0]] = HSTS[1]
    if "Cache-Control" not in headers:
        _forbid_sharing(response)
    return response


def _forbid_sharing(response: Response) -> None:
    has_login = "session_row" in g or "scopes" in g or bool(request.cookies)
    response.headers["Cache-Control"] = "private, no-store" if has_login else "private, no-cache"
    response.vary.add("Cookie")
