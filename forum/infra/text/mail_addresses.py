"""Internationalized e-mail addresses: both forms of a domain (RFC 5891), and SMTPUTF8 (RFC 6531); pure functions."""

import unicodedata

import idna

MAX_DOMAIN, MAX_ADDRESS = 253, 254  # characters (RFC 1035, RFC 5321)


def with_ascii_domain(address: str) -> str:
    """An address with its domain in the ASCII form of DNS, such as user@xn--mnchen-3ya.example.

    Invalid domains are returned unchanged.
    """
    local, at, domain = address.rpartition("@")
    if not at or domain.isascii() or len(domain) > MAX_DOMAIN:
        return address
    try:
        encoded = f"{local}{at}{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        return address
    return encoded if len(encoded) <= MAX_ADDRESS else address


def with_unicode_domain(address: str) -> str:
    """An address with its domain in Unicode, such as user@münchen.example."""
    local, at, domain = address.rpartition("@")
    if "xn--" not in domain.lower() or len(domain) > MAX_DOMAIN:
        return address
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except idna.IDNAError:
        return address


def needs_smtputf8(address: str) -> bool:
    """Whether only mail servers with SMTPUTF8 can deliver to it: the part before the @ has no ASCII form."""
    return not with_ascii_domain(address).isascii()


def address_key(address: str) -> str:
    """A key that all spellings of an address share: independent of case, Unicode form and form of the domain."""
    local, at, domain = with_ascii_domain(unicodedata.normalize("NFC", address)).rpartition("@")
    return unicodedata.normalize("NFC", f"{unicodedata.normalize('NFC', local).casefold()}{at}{domain.lower()}")
