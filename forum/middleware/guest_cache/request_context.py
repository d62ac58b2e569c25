"""Classifies a request before Flask sees it: client address behind proxies, request class and cache key."""

import ipaddress
import re
from enum import Enum
from functools import lru_cache
from typing import Any

from forum.infra.database.replica import parse_lsn
from forum.infra.settings import Network, Settings
from forum.members.credentials.secret import is_signed

Environ = dict[str, Any]
PAGES = re.compile(r"/|/feed\.atom|/(?:boards|threads)/\d{1,10}-[^/]*(?:/feed\.atom)?|/(?:terms|privacy|help|contact)")
QUERIES = re.compile(r"(?:(?:page=[1-9]\d{0,8}|sort=[a-z]{1,12})(?:&|$)){0,2}")
TRACKING_PARAMS = re.compile(
    r"(?:utm_\w+|fbclid|gclid|msclkid|mc_[ce]id|igshid)=[^&]*(?:&|$)"
)  # added to links by other sites
_LOGIN = re.compile(r"(?:^|;)\s*(?:__Host-)?forum_session=([^;]*)")
_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>\d+\.\d+\.\d+\.\d+))(?::\d+)?")
_THREAD = re.compile(r"/threads/(\d{1,9})-")
CHEAP_PATHS = (
    "/static/",
    "/appearance/",
    "/site-images/",
    "/avatars/",
    "/favicon.ico",
    "/manifest.webmanifest",
    "/service-worker.js",
    "/offline",
    "/health/",
    "/metrics",
)  # cheap, and must be answered even under overload
ALWAYS_PRIMARY = ("/account", "/health/", "/metrics", "/setup", "/moderation")
_WRITTEN = re.compile(r"forum_written=([0-9A-F]{1,8}/[0-9A-F]{1,8})(?:;|$)")
HOPS = 50  # maximum proxies read from X-Forwarded-For


def resolve_client_address(environ: Environ, settings: Settings) -> None:
    """Take the client's address and scheme from X-Forwarded-* headers, if a trusted proxy sent them."""
    peer_address = environ.get("REMOTE_ADDR") or ""
    if _is_trusted(peer_address, settings.trusted_proxies):
        chain = [peer_address, *reversed(_items(environ, "HTTP_X_FORWARDED_FOR")[-HOPS:])]
        hop = 0
        while hop + 1 < len(chain) and _is_trusted(chain[hop], settings.trusted_proxies):
            hop += 1
        environ["REMOTE_ADDR"] = chain[hop][:45]
        proto = _items(environ, "HTTP_X_FORWARDED_PROTO")
        if proto and proto[-1] in {"http", "https"}:
            environ["wsgi.url_scheme"] = proto[-1]
    if settings.is_https:  # requests to the forum's own host name came through TLS
        environ["wsgi.url_scheme"] = "https"


def _items(environ: Environ, name: str) -> list[str]:
    return [_bare(item.strip()) for item in environ.get(name, "").split(",") if item.strip()]


def _bare(item: str) -> str:
    """An address without the port that some proxies append."""
    match = _ADDRESS.fullmatch(item)
    return match["six"] or match["four"] if match else item


@lru_cache(maxsize=1024)
def _is_trusted(address: str, proxies: tuple[Network, ...]) -> bool:
    if not proxies:
        return False
    try:
        here = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(here in network for network in proxies)


class RequestClass(Enum):
    """The class of a request by its credentials; only members get priority."""

    MEMBER = "member"  # with a session cookie or API token that carries our signature
    UNVERIFIED = "stranger"  # with one that does not: queued like a guest, and looked up by the app
    GUEST = "guest"


def login_token(environ: Environ) -> str:
    """The token of the session cookie; empty if there is none."""
    match = _LOGIN.search(environ.get("HTTP_COOKIE", ""))
    return match[1].strip() if match else ""


def classify(environ: Environ, settings: Settings) -> RequestClass:
    """The class of a request; makes no query."""
    if (token := environ.get("HTTP_AUTHORIZATION")) is None:
        cookies = environ.get("HTTP_COOKIE")
        match = _LOGIN.search(cookies) if cookies else None
        if match is None:
            return RequestClass.GUEST
        token = match[1]
    else:
        token = token.partition(" ")[2]
    return RequestClass.MEMBER if is_signed(token.strip(), settings.secret_key) else RequestClass.UNVERIFIED


def cache_key(environ: Environ) -> tuple[str, ...] | None:
    """The cache key of a guest's page, without tracking parameters; None if the page is not cacheable."""
    path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
    if not PAGES.fullmatch(path):
        return None
    if query:
        query = TRACKING_PARAMS.sub("", query).rstrip("&")
        if not QUERIES.fullmatch(query):
            return None
        environ["QUERY_STRING"] = query
    hosts = environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_HOST", "")  # the request guards check both
    return (path, query, environ["wsgi.url_scheme"], *hosts)


def thread_id_of(path: str) -> int:
    """The id of the thread in a path; 0 for lists."""
    match = _THREAD.match(path)
    return int(match[1]) if match else 0


def client_class(environ: Environ, request_class: RequestClass) -> str:
    """The client label in metrics and logs: guest, member (any login or token sent), api, light."""
    path = environ.get("PATH_INFO", "")
    if path.startswith("/api/"):
        return "api"
    if path.startswith(CHEAP_PATHS):
        return "light"
    return "guest" if request_class is RequestClass.GUEST else "member"


def required_wal_position(environ: Environ) -> int | None:
    """The WAL position that a replica must have reached for this request; None if it must use the primary."""
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or "HTTP_AUTHORIZATION" in environ:
        return None
    if environ.get("PATH_INFO", "").startswith(ALWAYS_PRIMARY):
        return None
    match = _WRITTEN.search(environ.get("HTTP_COOKIE", ""))
    return parse_lsn(match[1]) if match else 0
