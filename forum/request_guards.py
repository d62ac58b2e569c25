"""What every request passes on its way in and out: its number, host, limits, form token and headers."""

import ipaddress
import re
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, abort, current_app, g, request
from flask.globals import request_ctx
from werkzeug import Response as AnyResponse
from werkzeug.exceptions import HTTPException
from werkzeug.utils import redirect

from forum.auth import identity
from forum.body_limits import MOST_FIELDS, TEXT, limit_for
from forum.infra import rate_limits
from forum.infra.client_ip import ClientAddress, set_client_address
from forum.infra.db import current_settings, start_writing
from forum.infra.errors import Forbidden, TooSoon
from forum.infra.messages import Message, say
from forum.infra.settings import Settings
from forum.search.query.parser import QUERY_MAX
from forum.site import queries as site

REQUESTS_A_MINUTE = 200
GUEST_SEARCHES_A_MINUTE = 15
OLD_FORM = say("This form is no longer valid. Reload the page and send it again.")
HOST = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<name>[A-Za-z0-9.-]+))(?::\d{1,5})?")
MOST_QUERY_BYTES = 8192
SEARCHES = ("/search", "/suggest/search", "/api/v1/search")
MOST_SEARCH_BYTES = MOST_QUERY_BYTES // 4 + 12 * QUERY_MAX  # a character takes up to 12, percent-encoded
UNCOUNTED = ("/static/", "/health/", "/avatars/", "/favicon.ico")
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


HSTS = "max-age=31536000"  # a year
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


def hsts(settings: Settings) -> tuple[str, str]:
    """The header that keeps browsers on TLS; only the operator knows whether all subdomains are served under it."""
    return "Strict-Transport-Security", HSTS + ("; includeSubDomains" if settings.hsts_subdomains else "")


def guard(app: Flask) -> None:
    """Put the gate before an app."""
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = TEXT.most_bytes
    app.config["MAX_FORM_PARTS"] = MOST_FIELDS
    app.before_request(_open)
    app.after_request(_add_headers)
    app.teardown_request(lambda _: site.unpin_snapshot())


def _open() -> AnyResponse | None:
    g.request_id = secrets.token_hex(8)
    agent = request.headers.get("User-Agent", "")[:500]
    set_client_address(ClientAddress(request.remote_addr or "", agent, g.request_id))
    _check_host()
    if not request.path.startswith(UNCOUNTED):
        site.pin_snapshot()
        g.remote_images = site.snapshot().remote_images
    _count_request()
    most = MOST_SEARCH_BYTES if request.path in SEARCHES else MOST_QUERY_BYTES
    if len(request.query_string) > most or request.query_string.count(b"&") >= MOST_FIELDS:
        abort(414)
    view = current_app.view_functions.get(request.endpoint or "")
    if request.method not in identity.READING and view is not None:
        _admit_write(view)
    return _without_slash() if request.path.endswith("/") else None


def _without_slash() -> AnyResponse | None:
    """A redirect to the address without the slash at its end, if that is one; what is written is to be sent again."""
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
    """Take the body and look where it comes from before the write lock, of which there is one on SQLite."""
    _take_body(view)
    _check_source(view)
    if not hasattr(view, "reads_first") and identity.may_be_logged_in():
        start_writing()
    _check_form(view)


def _take_body(view: Callable[..., Any]) -> None:
    """Read the body whole."""
    request.max_content_length = limit_for(view, is_member=identity.shows_login()).most_bytes
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
    """Whether a host is the operator's, or where none is named this machine's; nothing around it is passed over."""
    ours, found = current_settings().host, HOST.fullmatch(host)
    if ours and host.lower() == ours.lower():
        return True
    is_health = request.path.startswith("/health/")
    return (not ours or is_health) and found is not None and _is_address(found["six"] or found["name"])


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
        wait = rate_limits.batched_limit(
            "searches:" + rate_limits.address_key(address), limit=GUEST_SEARCHES_A_MINUTE, seconds=60
        )
    if wait:
        raise TooSoon(too_many(wait), retry_after=wait)


def too_many(wait: int) -> Message:
    """What is said to an address that asked for more than its share."""
    return say("Too many requests from your address. Wait %(num)d seconds.", num=wait)


def wait_of(address: str) -> int:
    """Count a request of an address: 0, or the seconds to wait."""
    return rate_limits.batched_limit(
        "requests:" + rate_limits.address_key(address), limit=REQUESTS_A_MINUTE, seconds=60
    )


def wait_known(address: str) -> int | None:
    """The same as far as this process knows; None, and nothing counted, if the store must be asked."""
    return rate_limits.batched_limit_if_known(
        "requests:" + rate_limits.address_key(address), limit=REQUESTS_A_MINUTE, seconds=60
    )


def _check_source(view: Callable[..., Any]) -> None:
    """Refuse what another site made the browser send, as far as the request itself tells: no look into the database."""
    if identity.has_token():
        return
    source = request.headers.get("Origin")
    if source is not None and source.lower() != f"{request.scheme}://{request.host}".lower():
        raise Forbidden(say("This form was sent from another site."))
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        raise Forbidden(say("This form was sent from another site."))
    if not hasattr(view, "open_to_guests") and not identity.may_be_our_form(_form_token()):
        raise Forbidden(OLD_FORM)


def _check_form(view: Callable[..., Any]) -> None:
    """Refuse a form that was made for somebody else than the member who sends it."""
    if identity.is_bearer() or (identity.visitor() is None and hasattr(view, "open_to_guests")):
        return
    if not identity.is_our_form(_form_token()):
        raise Forbidden(OLD_FORM)


def _form_token() -> str:
    return request.headers.get("X-CSRFToken") or request.form.get("csrf_token", "")


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers["X-Request-Id"] = g.get("request_id", "")
    headers.setdefault("Content-Security-Policy", policy(remote_images=g.get("remote_images", False)))
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.update(ALWAYS)
    if request.is_secure:
        headers.update([hsts(current_settings())])
    if "Cache-Control" not in headers:
        _forbid_sharing(response)
    return response


def _forbid_sharing(response: Response) -> None:
    has_login = "session_row" in g or "scopes" in g or bool(request.cookies)
    response.headers["Cache-Control"] = "private, no-store" if has_login else "private, no-cache"
    response.vary.add("Cookie")
