"""Who stands before the house: the visitor's own address behind proxies, and which of three ways is theirs."""

import ipaddress
import re
from enum import Enum
from functools import lru_cache
from typing import Any

from forum.infra.replica import parse_lsn
from forum.infra.settings import Network, Settings
from forum.members.secret import is_signed

Environ = dict[str, Any]
PAGES = re.compile(r"/|/feed\.atom|/(?:boards|threads)/\d{1,10}-[^/]*(?:/feed\.atom)?")
QUERIES = re.compile(r"(?:(?:page=[1-9]\d{0,8}|sort=[a-z]{1,12})(?:&|$)){0,2}")
TRACKING_PARAMS = re.compile(
    r"(?:utm_\w+|fbclid|gclid|msclkid|mc_[ce]id|igshid)=[^&]*(?:&|$)"
)  # what other sites add to links
_LOGIN = re.compile(r"(?:^|;)\s*(?:__Host-)?forum_session=([^;]*)")
_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.]+)\]|(?P<four>\d+\.\d+\.\d+\.\d+))(?::\d+)?")
_THREAD = re.compile(r"/threads/(\d{1,9})-")
CHEAP_PATHS = (
    "/static/",
    "/avatars/",
    "/favicon.ico",
    "/health/",
    "/metrics",
)  # cost little, and must be answered when nothing else is
ALWAYS_PRIMARY = ("/account", "/health/", "/metrics", "/setup", "/moderation")
_WRITTEN = re.compile(r"forum_written=([0-9A-F]{1,8}/[0-9A-F]{1,8})(?:;|$)")
HOPS = 50  # of a chain of proxies that are looked at


def take_address(environ: Environ, settings: Settings) -> None:
    """Take the visitor's address and scheme from a proxy that the operator named, and from nobody else."""
    here = environ.get("REMOTE_ADDR") or ""
    if _is_trusted(here, settings.trusted_proxies):
        chain = [here, *reversed(_items(environ, "HTTP_X_FORWARDED_FOR")[-HOPS:])]
        hop = 0
        while hop + 1 < len(chain) and _is_trusted(chain[hop], settings.trusted_proxies):
            hop += 1
        environ["REMOTE_ADDR"] = chain[hop][:45]
        proto = _items(environ, "HTTP_X_FORWARDED_PROTO")
        if proto and proto[-1] in {"http", "https"}:
            environ["wsgi.url_scheme"] = proto[-1]
    if settings.is_https:  # whoever comes by the forum's own name came through its TLS
        environ["wsgi.url_scheme"] = "https"


def _items(environ: Environ, name: str) -> list[str]:
    return [_bare(item.strip()) for item in environ.get(name, "").split(",") if item.strip()]


def _bare(item: str) -> str:
    """An address without the port that some proxies write after it."""
    found = _ADDRESS.fullmatch(item)
    return found["six"] or found["four"] if found else item


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
    """How somebody comes in: members first; whoever only says so waits with those who are nobody yet."""

    MEMBER = "member"  # with a login or a token that was once handed out
    STRANGER = "stranger"  # with one that nobody knows: the house looks, when it has time
    GUEST = "guest"


def classify(environ: Environ, settings: Settings) -> RequestClass:
    """Which way is theirs; nothing is looked up for it."""
    if (token := environ.get("HTTP_AUTHORIZATION")) is None:
        cookies = environ.get("HTTP_COOKIE")
        found = _LOGIN.search(cookies) if cookies else None
        if found is None:
            return RequestClass.GUEST
        token = found[1]
    else:
        token = token.partition(" ")[2]
    return RequestClass.MEMBER if is_signed(token.strip(), settings.secret_key) else RequestClass.STRANGER


def cache_key(environ: Environ) -> tuple[str, ...] | None:
    """What a guest's page is kept by; None where it is no page that many read."""
    path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
    if not PAGES.fullmatch(path):
        return None
    if query:
        query = TRACKING_PARAMS.sub("", query).rstrip("&")
        if not QUERIES.fullmatch(query):
            return None
        environ["QUERY_STRING"] = query
    named = environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_HOST", "")  # the gate judges both
    return (path, query, environ["wsgi.url_scheme"], *named)


def thread_id_of(path: str) -> int:
    """The thread that a path leads to; 0 for the lists."""
    found = _THREAD.match(path)
    return int(found[1]) if found else 0


def client_class(environ: Environ, way: RequestClass) -> str:
    """By what an operator tells requests apart: guest, member (whoever shows a login), api, light."""
    path = environ.get("PATH_INFO", "")
    if path.startswith("/api/"):
        return "api"
    if path.startswith(CHEAP_PATHS):
        return "light"
    return "guest" if way is RequestClass.GUEST else "member"


def written_before(environ: Environ) -> int | None:
    """The position in PostgreSQL's log that the reader must not read before; None if they must read the primary."""
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or "HTTP_AUTHORIZATION" in environ:
        return None
    if environ.get("PATH_INFO", "").startswith(ALWAYS_PRIMARY):
        return None
    found = _WRITTEN.search(environ.get("HTTP_COOKIE", ""))
    return parse_lsn(found[1]) if found else 0
