"""Domains of throw-away mailboxes: a list that comes as a dependency, and what admins add to it or except."""

from collections.abc import Iterator
from functools import lru_cache

from disposable_email_domains import blocklist

from forum.infra.text.mail_addresses import address_key
from forum.site.queries import snapshot

HOLD, REFUSE, ACCEPT = "hold", "refuse", "accept"
EFFECTS = (HOLD, REFUSE, ACCEPT)


def disposable_domain(email: str) -> str:
    """The listed domain of an address, its own or one above it; empty if none is listed, or one nearer is excepted."""
    site = snapshot()
    added, excepted = _domains(site.disposable_domains), _domains(site.trusted_mail_domains)
    for domain in _with_parents(_key(email.rpartition("@")[2])):
        if domain in excepted:
            return ""
        if domain in added or domain in blocklist:
            return domain
    return ""


def _with_parents(domain: str) -> Iterator[str]:
    """A domain and those above it, without the top-level one."""
    while "." in domain:
        yield domain
        domain = domain.partition(".")[2]


@lru_cache(maxsize=8)
def _domains(listed: str) -> frozenset[str]:
    lines = (line.strip().lstrip("@").removeprefix("*.") for line in listed.splitlines())
    return frozenset(_key(line) for line in lines if line)


def _key(domain: str) -> str:
    """A domain in the form of the list: small letters, and ASCII (IDNA)."""
    return address_key(f"x@{domain}").rpartition("@")[2]
