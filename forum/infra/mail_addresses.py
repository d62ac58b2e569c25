"""E-mail addresses beyond ASCII: both forms of a domain (RFC 5891), and who needs SMTPUTF8 (RFC 6531); pure."""

import unicodedata

import idna

MAX_DOMAIN, MAX_ADDRESS = 253, 254  # characters (RFC 1035, RFC 5321)


def with_ascii_domain(address: str) -> str:
    """An address with its domain in the form that DNS and every mail server know, such as user@xn--mnchen-3ya.example.

    What is no domain stays as it is.
    """
    local, at, domain = address.rpartition("@")
    if not at or domain.isascii() or len(domain) > MAX_DOMAIN:
        return address
    try:
        found = f"{local}{at}{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError:
        return address
    return found if len(found) <= MAX_ADDRESS else address


def with_unicode_domain(address: str) -> str:
    """An address with its domain as people write it, such as user@münchen.example."""
    local, at, domain = address.rpartition("@")
    if "xn--" not in domain.lower() or len(domain) > MAX_DOMAIN:
        return address
    try:
        return f"{local}{at}{idna.decode(domain)}"
    except idna.IDNAError:
        return address


def needs_smtputf8(address: str) -> bool:
    """Whether only mail servers with SMTPUTF8 carry mail to it: the part before the @ has no form in ASCII."""
    return not with_ascii_domain(address).isascii()


def address_key(address: str) -> str:
    """What all forms of an address have in common, whatever their case, Unicode form (NFC) and form of the domain."""
    local, at, domain = with_ascii_domain(unicodedata.normalize("NFC", address)).rpartition("@")
    return unicodedata.normalize("NFC", f"{unicodedata.normalize('NFC', local).casefold()}{at}{domain.lower()}")
