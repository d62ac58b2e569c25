"""Which addresses a post may link to and a form may lead back to, read as a browser reads them."""

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
# A host without the code points that the WHATWG forbids in it; user:password@ before it is only ever used to deceive.
_HOST = r"\[[0-9a-f:.]{2,45}\]|[^\x00-\x20#%/:<>?@\[\\\]^|\x7f]+"
_WEB = re.compile(rf"https?://((?:{_HOST})(?::\d{{1,5}})?)(?:[/?#]|$)", re.I)
_MAIL = re.compile(r"mailto:[^\x00-\x20\x7f<>\\]+", re.I)
_OWN_START = re.compile(r"/(?:$|[A-Za-z0-9?#])")
_DOTS = re.compile(r"(?:^|/)\.{1,2}(?:/|$)")


# The parser of the last sanitiser, which reads addresses as browsers do and drops those that it cannot read.
_READER = nh3.Cleaner(tags={"a"}, attributes={"a": {"href"}}, url_schemes={"https"}, link_rel=None)


def as_browsers_read(address: str) -> str:
    """The address after what a browser does first: trim controls and spaces, drop tabs and line ends."""
    return address.strip(_EDGE).translate(_DROPPED_INSIDE)


def is_relative(address: str) -> bool:
    """Whether a browser stays on this host for sure: one slash and a path, or a place on the page."""
    read = as_browsers_read(address)
    return read.startswith("#") or (read.startswith("/") and read[1:2] not in ("/", "\\"))


def is_allowed(address: str) -> bool:
    """Whether a post may hold the address: the web, mail, and our own paths; nothing else."""
    read = as_browsers_read(address)
    if not read or len(read) > MAX_ADDRESS or _CONTROL.search(read):
        return False
    if is_relative(read) or _MAIL.fullmatch(read):
        return True
    web = _WEB.match(read)
    return web is not None and _is_host(web[1])


@lru_cache(maxsize=4096)
def _is_host(host: str) -> bool:
    """Whether browsers can read a host and its port: no number that is no address, no broken punycode."""
    return "href=" in _READER.clean(f'<a href="https://{escape(host)}/"></a>')


def is_allowed_in_html(value: str) -> bool:
    """Whether a raw attribute value, with its character references, holds an allowed address."""
    return is_allowed(unescape(value))


def host_of(address: str) -> str:
    """The host and port of a web address in lower case, or nothing."""
    match = _WEB.match(as_browsers_read(address))
    return match.group(1).lower() if match else ""


def is_own(address: str, own_hosts: frozenset[str]) -> bool:
    """Whether the address leads to this forum."""
    host = host_of(address)
    return is_relative(address) or host in own_hosts or host.rpartition(":")[0] in own_hosts


def is_own_path(url: str) -> bool:
    """Whether a visitor may be sent to `url` after a form: a plain path of this site, however often it is decoded.

    Strict: the path begins with a letter or digit, has no empty or dotted steps, and no control character, space or
    backslash hides in it, plain or percent-encoded.
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
        # A space is what a query holds as %20 or +; only undecoded ones are a trick.
        url = decoded.replace(" ", "+")
    return False
