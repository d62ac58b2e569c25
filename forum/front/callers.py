"""Who stands before the house: the visitor's own address behind proxies, and whether they are a guest who reads."""

import ipaddress
import re
from functools import lru_cache
from typing import Any

from forum.base.replica import position
from forum.base.settings import Network, Settings

Environ = dict[str, Any]
OUR_COOKIE = "forum_"  # in the names of all our cookies: who has none is a guest
PAGES = re.compile(r"/|/feed\.atom|/(?:boards|threads)/\d{1,10}-[^/]*(?:/feed\.atom)?")
QUERIES = re.compile(r"(?:(?:page=\d{1,9}|sort=[a-z]{1,12})(?:&|$)){0,2}")
_THREAD = re.compile(r"/threads/(\d{1,9})-")
LIGHT = ("/static/", "/avatars/", "/health/")  # cost little, and must be answered when nothing else is
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
    return [item.strip() for item in environ.get(name, "").split(",") if item.strip()]


@lru_cache(maxsize=1024)
def _is_trusted(address: str, proxies: tuple[Network, ...]) -> bool:
    if not proxies:
        return False
    try:
        here = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(here in network for network in proxies)


def is_guest(environ: Environ) -> bool:
    """Whether nothing in the request says who is asking."""
    return OUR_COOKIE not in environ.get("HTTP_COOKIE", "") and "HTTP_AUTHORIZATION" not in environ


def key_of(environ: Environ) -> tuple[str, ...] | None:
    """What a page is kept by; None where it may differ by who reads, or is no page that many read."""
    if environ["REQUEST_METHOD"] != "GET" or not is_guest(environ):
        return None
    path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
    if not PAGES.fullmatch(path) or (query and not QUERIES.fullmatch(query)):
        return None
    named = environ.get("HTTP_HOST", ""), environ.get("HTTP_X_FORWARDED_HOST", "")  # the gate judges both
    return (path, query, environ["wsgi.url_scheme"], *named)


def thread_of(path: str) -> int:
    """The thread that a path leads to; 0 for the lists."""
    found = _THREAD.match(path)
    return int(found[1]) if found else 0


def who_asks(environ: Environ) -> str:
    """By what an operator tells requests apart: guest, member (whoever has a cookie of ours), api, light."""
    path = environ.get("PATH_INFO", "")
    if path.startswith("/api/"):
        return "api"
    if path.startswith(LIGHT):
        return "light"
    return "guest" if is_guest(environ) else "member"


def written_before(environ: Environ) -> int | None:
    """The position in PostgreSQL's log that the reader must not read before; None if they must read the primary."""
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or "HTTP_AUTHORIZATION" in environ:
        return None
    if environ.get("PATH_INFO", "").startswith(ALWAYS_PRIMARY):
        return None
    found = _WRITTEN.search(environ.get("HTTP_COOKIE", ""))
    return position(found[1]) if found else 0
