"""Which URLs a post may link to and a form may redirect to, parsed as browsers parse them."""

import re
from functools import lru_cache
from html import escape, unescape
from urllib.parse import unquote

import nh3

from forum.markup.limits import MAX_ADDRESS

SCHEMES = frozenset({"http", "https", "mailto"})

_EDGE = "".join(map(chr, range(0x21)))
_DROPPED_INSIDE = str.maketrans("", "", "\t\n\r")
_CONTROL = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\\]")
# A host without the code points that the WHATWG forbids; user:password@ before it is only used to deceive.
_HOST = r"\[[0-9a-f:.]{2,45}\]|[^\x00-\x20#%/:<>?@\[\\\]^|\x7f]+"
_WEB = re.compile(rf"https?://((?:{_HOST})(?::\d{{1,5}})?)(?:[/?#]|$)", re.I)
_MAIL = re.compile(r"mailto:[^\x00-\x20\x7f<>\\]+", re.I)
_OWN_START = re.compile(r"/(?:$|[A-Za-z0-9?#])")
_DOTS = re.compile(r"(?:^|/)\.{1,2}(?:/|$)")


# The URL parser of nh3, which parses URLs as browsers do and drops invalid ones.
_URL_PARSER = nh3.Cleaner(tags={"a"}, attributes={"a": {"href"}}, url_schemes={"https"}, link_rel=None)


def as_browsers_read(address: str) -> str:
    """The URL as a browser preprocesses it: control characters and spaces trimmed, tabs and line ends removed."""
    return address.strip(_EDGE).translate(_DROPPED_INSIDE)


def is_relative(address: str) -> bool:
    """Whether a URL is certain to stay on this host: one slash and a path, or a fragment."""
    read = as_browsers_read(address)
    return read.startswith("#") or (read.startswith("/") and read[1:2] not in ("/", "\\"))


def is_allowed(address: str) -> bool:
    """Whether a post may contain the URL: http(s), mailto or a path of this site."""
    read = as_browsers_read(address)
    if not read or len(read) > MAX_ADDRESS or _CONTROL.search(read):
        return False
    if is_relative(read) or _MAIL.fullmatch(read):
        return True
    web = _WEB.match(read)
    return web is not None and _is_host(web[1])


@lru_cache(maxsize=4096)
def _is_host(host: str) -> bool:
    """Whether browsers accept a host and port: no number that is not an IP address, no invalid punycode."""
    return "href=" in _URL_PARSER.clean(f'<a href="https://{escape(host)}/"></a>')


def is_allowed_in_html(value: str) -> bool:
    """Whether a raw attribute value, with character references, is an allowed URL."""
    return is_allowed(unescape(value))


def host_of(address: str) -> str:
    """The host and port of an http(s) URL in lower case, or an empty string."""
    match = _WEB.match(as_browsers_read(address))
    return match.group(1).lower() if match else ""


def is_own(address: str, own_hosts: frozenset[str]) -> bool:
    """Whether the URL leads to this forum."""
    host = host_of(address)
    return is_relative(address) or host in own_hosts or host.rpartition(":")[0] in own_hosts


def is_own_path(url: str) -> bool:
    """Whether a visitor may be redirected to `url` after a form: a plain path of this site, even if decoded repeatedly.

    Strict: the path begins with a letter or digit and has no empty or dot segments; it contains no control characters,
    spaces or backslashes, plain or percent-encoded.
    """
    if len(url) > MAX_ADDRESS:
        return False
    for _ in range(4):
        if _CONTROL.search(url) or not _OWN_START.match(url):
            return False
        path = re.split(r"[?#]", url, maxsplit=1)[0]
        if "//" in path or _DOTS.search(path):
            return False
        decoded = unquote(url)
        if decoded == url:
            return True
        # Encoded spaces are normal in a query (%20 or +); only literal ones are suspicious.
        url = decoded.replace(" ", "+")
    return False
