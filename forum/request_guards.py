"""What every request passes: request id, host check, limits, CSRF check and security headers."""

import ipaddress
import re
import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, abort, current_app, g, request
from flask.globals import request_ctx
from werkzeug import Response as AnyResponse
from werkzeug.exceptions import HTTPException
from werkzeug.utils import redirect

from forum.auth import identity
from forum.body_limits import MAX_FORM_FIELDS, TEXT, limit_for
from forum.infra.client_ip import ClientAddress, client_address, set_client_address
from forum.infra.database.db import current_settings, start_writing
from forum.infra.ephemeral import rate_limits
from forum.infra.errors import Forbidden, TooSoon
from forum.infra.settings import Settings
from forum.infra.text.messages import Message, say
from forum.interfaces import PAGE_VERSIONS
from forum.search.query.parser import QUERY_MAX
from forum.site import queries as site

REQUESTS_A_MINUTE = 200
GUEST_SEARCHES_A_MINUTE = 15
INVALID_TOKEN_MESSAGE = say("This form is no longer valid. Reload the page and send it again.")
HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9.-]+))(?::\d{1,5})?")
MOST_QUERY_BYTES = 8192
SEARCHES = ("/search", "/suggest/search", "/api/v1/search")
MOST_SEARCH_BYTES = MOST_QUERY_BYTES // 4 + 12 * QUERY_MAX  # a character takes up to 12 bytes percent-encoded
UNLIMITED_PATHS = (
    "/static/",
    "/appearance/",
    "/site-images/",
    "/board-icons/",
    "/health/",
    "/avatars/",
    "/favicon.ico",
    "/manifest.webmanifest",
    "/service-worker.js",
    "/offline",
)
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "worker-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}


HSTS = "max-age=31536000"  # a year
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


def policy(*, remote_images: bool = False, captcha: str = "") -> str:
    """The Content-Security-Policy; images from other sites only if the operator allows them, a script for a CAPTCHA."""
    more = {"img-src": "'self' https:"} if remote_images else {}
    more |= {"script-src": f"'self' {captcha}", "frame-src": captcha} if captcha else {}
    return "; ".join(f"{name} {value}" for name, value in (POLICY | more).items())


def hsts(settings: Settings) -> tuple[str, str]:
    """The Strict-Transport-Security header; includeSubDomains only if the operator says that all of them use TLS."""
    return "Strict-Transport-Security", HSTS + ("; includeSubDomains" if settings.hsts_subdomains else "")


def guard(app: Flask) -> None:
    """Register the guards on an app."""
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = TEXT.most_bytes
    app.config["MAX_FORM_PARTS"] = MAX_FORM_FIELDS
    app.before_request(_before_request)
    app.after_request(_add_headers)
    app.teardown_request(lambda _: site.unpin_snapshot())


def _before_request() -> AnyResponse | None:
    g.request_id = secrets.token_hex(8)
    agent = request.headers.get("User-Agent", "")[:500]
    set_client_address(ClientAddress(request.remote_addr or "", agent, g.request_id))
    _check_host()
    if not request.path.startswith(UNLIMITED_PATHS):
        site.pin_snapshot(*request.environ.get(PAGE_VERSIONS, ()))
        g.remote_images = site.snapshot().remote_images
        if not site.snapshot().address_days:
            set_client_address(replace(client_address(), is_stored=False))
    _count_request()
    max_bytes = MOST_SEARCH_BYTES if request.path in SEARCHES else MOST_QUERY_BYTES
    if len(request.query_string) > max_bytes or request.query_string.count(b"&") >= MAX_FORM_FIELDS:
        abort(414)
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method not in identity.READING and view is not None:
        _admit_write(view)
    return _redirect_without_slash() if request.path.endswith("/") else None


def _redirect_without_slash() -> AnyResponse | None:
    """A redirect to the URL without its trailing slash, if that exists; 308 for writes, so that they are resent."""
    path, adapter = request.path.rstrip("/") or "/", request_ctx.url_adapter
    if path == request.path or adapter is None:
        return None
    try:
        adapter.match(path)
    except HTTPException:
        return None
    query = request.query_string.decode("latin-1")
    return redirect(quote(path) + (f"?{query}" if query else ""), 301 if request.method in {"GET", "HEAD"} else 308)


def _admit_write(view: Callable[..., Any]) -> None:
    """Read the body and check its origin before taking the write lock: SQLite has only one.

    Origin and form count for nothing where the address itself has a token that allows the write.
    """
    _read_body(view)
    if hasattr(view, "is_signed_by_address"):
        return
    _check_source(view)
    if not hasattr(view, "defers_write_lock") and identity.may_be_logged_in():
        start_writing()
    _check_form(view)


def _read_body(view: Callable[..., Any]) -> None:
    """Read the whole body, up to the view's limit; in several parts, which are dear to take apart, only a picture.

    Mail clients may send their one word in parts (RFC 8058), which nobody takes apart.
    """
    takes_parts = hasattr(view, "takes_picture") or hasattr(view, "is_signed_by_address")
    if request.mimetype == "multipart/form-data" and not takes_parts:
        abort(415)
    request.max_content_length = limit_for(view, is_member=identity.has_signed_credentials()).most_bytes
    request.get_data()


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
    """Whether a host is the configured one; without one, and for health checks, localhost or an IP address."""
    ours, match = current_settings().host, HOST.fullmatch(host)
    if ours and host.lower() == ours.lower():
        return True
    is_health = request.path.startswith("/health/")
    return (not ours or is_health) and match is not None and _is_address(match["six"] or match["name"])


def _is_address(name: str) -> bool:
    """Whether a host is localhost or an IP address, which DNS rebinding cannot use."""
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _count_request() -> None:
    if request.path.startswith(UNLIMITED_PATHS):
        return
    address = request.remote_addr or ""
    wait = count_request(address)
    if not wait and request.path in {"/search", "/api/v1/search"} and identity.visitor() is None:
        wait = rate_limits.batched_limit(
            "searches:" + rate_limits.address_key(address), limit=GUEST_SEARCHES_A_MINUTE, seconds=60
        )
    if wait:
        raise TooSoon(rate_limit_message(wait), retry_after=wait)


def rate_limit_message(wait: int) -> Message:
    """The message for an address over its rate limit."""
    return say("Too many requests from your address. Wait %(num)d seconds.", num=wait)


def count_request(address: str) -> int:
    """Count a request of an address; returns 0, or the seconds to wait."""
    return rate_limits.batched_limit(
        "requests:" + rate_limits.address_key(address), limit=REQUESTS_A_MINUTE, seconds=60
    )


def count_request_locally(address: str) -> int | None:
    """Like `count_request` without a query; None, and nothing is counted, if the store is needed."""
    return rate_limits.batched_limit_if_known(
        "requests:" + rate_limits.address_key(address), limit=REQUESTS_A_MINUTE, seconds=60
    )


def _check_source(view: Callable[..., Any]) -> None:
    """Refuse cross-site requests, as far as the request itself shows; makes no query."""
    if identity.has_token():
        return
    source = request.headers.get("Origin")
    if source is not None and source.lower() != f"{request.scheme}://{request.host}".lower():
        raise Forbidden(say("This form was sent from another site."))
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Forbidden(say("This form was sent from another site."))
    if not hasattr(view, "open_to_guests") and not identity.csrf_token_matches_cookie(_form_token()):
        raise Forbidden(INVALID_TOKEN_MESSAGE)


def _check_form(view: Callable[..., Any]) -> None:
    """Refuse a CSRF token that was issued for another login."""
    if identity.is_bearer():
        return
    if identity.visitor() is None and hasattr(view, "open_to_guests"):
        _refuse_while_viewing_as(view)
        return
    if not identity.is_csrf_token_valid(_form_token()):
        raise Forbidden(INVALID_TOKEN_MESSAGE)
    _refuse_while_viewing_as(view)


def _refuse_while_viewing_as(view: Callable[..., Any]) -> None:
    if not hasattr(view, "allowed_while_viewing_as") and identity.viewed_groups() is not None:
        raise Forbidden(say("You are viewing the forum as somebody else. Stop that before you change anything."))


def _form_token() -> str:
    return request.headers.get("X-CSRFToken") or request.form.get("csrf_token", "")


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = g.get("request_id", "")
    headers.setdefault(
        "Content-Security-Policy", policy(remote_images=g.get("remote_images", False), captcha=g.get("captcha", ""))
    )
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.update(SECURITY_HEADERS)
    if request.is_secure:
        headers.update([hsts(current_settings())])
    if "Cache-Control" not in headers:
        _forbid_sharing(response)
    return response


def _forbid_sharing(response: Response) -> None:
    has_login = "session_row" in g or "scopes" in g or bool(request.cookies)
    response.headers["Cache-Control"] = "private, no-store" if has_login else "private, no-cache"
    response.vary.add("Cookie")
