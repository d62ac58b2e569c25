"""The domains to which a post links, as blocks name them: in small letters, without "www.", in the form of the DNS."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import urlsplit

from forum.models.spam.blocked_link import MAX_DOMAIN

_HREF = re.compile(r'<a [^<>]*?href="(https?://[^"]+)"')
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")
MAX_LABELS_COMPARED = 8


def domains_in(html: str) -> list[str]:
    """The domains to which safe HTML links, each once, in their order."""
    found = (domain_of(unescape(address)) for address in _HREF.findall(html))
    return list(dict.fromkeys(domain for domain in found if domain))


def domain_of(text: str) -> str:
    """The domain of an address, or of a domain as somebody types it; empty if it is none."""
    address = text.strip() if "://" in text else f"https://{text.strip()}"
    try:
        host = urlsplit(address).hostname or ""
        name = host.strip(".").removeprefix("www.").encode("idna").decode("ascii").lower()
    except ValueError:  # also UnicodeError
        return ""
    labels = name.split(".")
    is_domain = len(labels) > 1 and len(name) <= MAX_DOMAIN and all(map(_LABEL.fullmatch, labels))
    return name if is_domain else ""


def with_parents(domain: str) -> Iterator[str]:
    """A domain and those above it, but not the ending alone; a block of any of them is one of it."""
    labels = domain.split(".")[-MAX_LABELS_COMPARED:]
    yield domain
    for first in range(len(labels)):
        if len(labels) - first > 1:
            yield ".".join(labels[first:])
