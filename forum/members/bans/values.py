"""What a block is about: a network, an e-mail domain or an e-mail address, as typed and as stored; pure functions."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from forum.infra.errors import Invalid, MessageText
from forum.infra.text.messages import say
from forum.members.rules import email_key

Network = IPv4Network | IPv6Network
WIDEST = {4: 16, 6: 32}  # the shortest prefix of a range that may be blocked
NARROWEST = {4: 32, 6: 64}  # an IPv6 address stands for its /64, which one connection has
MAX_VALUE = 254
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def normalised(typed: str) -> str:
    """A network, domain or e-mail address as it is stored. Raises Invalid at `value`."""
    text = typed.strip()
    if "/" in text or ":" in text or re.fullmatch(r"[\d.]+", text):
        return str(network_of(text))
    name, at, _ = email_key(text if "@" in text else f"@{text}").rpartition("@")
    domain = email_key(text if "@" in text else f"@{text}").rpartition("@")[2]
    labels = domain.split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels) or len(text) > MAX_VALUE:
        raise _wrong(say("Enter an address (192.0.2.7), a range (192.0.2.0/24), a domain or an e-mail address."))
    return f"{name}{at}{domain}" if name else domain


def network_of(typed: str) -> Network:
    """The network of an address or range; an IPv6 address stands for its /64. Raises Invalid at `value`."""
    address, _, prefix = typed.strip().partition("/")
    try:
        parsed = plain_address(address)
        length = int(prefix) if prefix else parsed.max_prefixlen
        network = ip_network((parsed, min(length, NARROWEST[parsed.version])), strict=False)
    except ValueError as error:
        raise _wrong(say("This is not an IP address or a range such as 192.0.2.0/24.")) from error
    if network.prefixlen < WIDEST[network.version]:
        most = f"/{WIDEST[network.version]}"
        raise _wrong(say("This range is too wide: it would shut out whole providers. Use %(most)s or more.", most=most))
    return network


def _wrong(words: MessageText) -> Invalid:
    return Invalid({"value": [words]})


def plain_address(text: str) -> IPv4Address | IPv6Address:
    """An address; an IPv4 address in the form of IPv6 is an IPv4 address. Raises ValueError."""
    address = ip_address(text.partition("%")[0])
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def check_is_safe(network: Network, *, own: str, proxies: Iterable[Network]) -> None:
    """Raise Invalid for a network that has the moderator's own address or that of a proxy, behind which all are."""
    try:
        has_own = plain_address(own) in network
    except ValueError:  # a command has none
        has_own = False
    if has_own:
        raise _wrong(say("Your own address is in this range."))
    if any(network.overlaps(proxy) for proxy in proxies if proxy.version == network.version):
        raise _wrong(say("A proxy of this forum (FORUM_TRUSTED_PROXIES) is in this range."))


def values_of_address(address: str) -> list[str]:
    """The values of all blocks that an address is in: every range that may be blocked."""
    try:
        parsed = plain_address(address)
    except ValueError:
        return []
    lengths = range(WIDEST[parsed.version], NARROWEST[parsed.version] + 1)
    return [str(ip_network((parsed, length), strict=False)) for length in lengths]


def values_of_email(email: str) -> list[str]:
    """The values of all blocks that an e-mail address is in: the address, its domain and those above that."""
    key = email_key(email)
    return [key, *_domains(key.rpartition("@")[2])]


def _domains(domain: str) -> Iterator[str]:
    labels = domain.split(".")
    for start in range(len(labels) - 1):
        yield ".".join(labels[start:])
