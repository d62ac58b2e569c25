"""What DNS says about the domain that sends the forum's mail: SPF, DKIM, DMARC, MX, and reverse names.

Receivers look at these before they accept a message or put it among spam.
"""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from dns import reversename
from dns.exception import DNSException
from dns.rdatatype import RdataType
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

from forum.infra.text.messages import Message, say

QUERY_SECONDS = 3.0
MAX_ADDRESSES = 4  # of the mail server, whose names are looked up
SELECTOR = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")


@dataclass(frozen=True)
class Finding:
    """What DNS says about one matter; `is_good` is None if it cannot be judged."""

    name: str
    is_good: bool | None
    words: Message
    record: str = ""


Lookups = dict[str, Callable[[], Finding]]


def lookups(domain: str, mail_host: str, selector: str, resolver: Resolver | None = None) -> Lookups:
    """The look-ups by name, each of which may take QUERY_SECONDS or a few times that.

    Raises DNSException if this machine has no name server.
    """
    known = resolver or Resolver()
    known.lifetime = QUERY_SECONDS
    return {
        "SPF": partial(spf, known, domain),
        "DKIM": partial(dkim, known, domain, selector),
        "DMARC": partial(dmarc, known, domain),
        "MX": partial(mx, known, domain),
        "Reverse DNS": partial(reverse, known, mail_host),
    }


def spf(resolver: Resolver, domain: str) -> Finding:
    """Which servers may send for the domain."""
    records = [text for text in _texts(resolver, domain) if text.lower().split(" ")[0] == "v=spf1"]
    record = " · ".join(records)
    if not records:
        words = say(
            "No record: receivers cannot tell which servers may send for this domain. Your mail provider names it."
        )
        return Finding("SPF", is_good=False, words=words)
    if len(records) > 1:
        return Finding(
            "SPF", is_good=False, words=say("Several records: receivers then ignore them. Join them."), record=record
        )
    if re.search(r"(^|\s)\+?all\b", record):
        return Finding(
            "SPF", is_good=False, words=say("“+all” lets every server send for this domain. Use “~all”."), record=record
        )
    words = say("A record exists. It must include the server that sends the forum's mail; this is not checked here.")
    return Finding("SPF", is_good=True, words=words, record=record)


def dkim(resolver: Resolver, domain: str, selector: str) -> Finding:
    """The key with which the mail server signs."""
    if not selector:
        words = say(
            "The key has a name, the selector, that only the mail server knows. Enter it above: your mail provider "
            "names it, and the header DKIM-Signature of a message you received has it after “s=”."
        )
        return Finding("DKIM", is_good=None, words=words)
    record = " · ".join(text for text in _texts(resolver, f"{selector}._domainkey.{domain}") if "p=" in text)
    if not record:
        return Finding("DKIM", is_good=False, words=say("No key with this selector: signatures cannot be checked."))
    if re.search(r"\bp=\s*(;|$)", record):
        return Finding("DKIM", is_good=False, words=say("The key was withdrawn: it is empty."), record=record)
    words = say("The key exists. Whether the mail server signs with it shows the header of a test message.")
    return Finding("DKIM", is_good=True, words=words, record=record)


def dmarc(resolver: Resolver, domain: str) -> Finding:
    """What receivers do with messages that pass neither SPF nor DKIM; a subdomain has its domain's record."""
    parent = domain.partition(".")[2]
    for name in (domain, parent) if "." in parent else (domain,):
        records = [text for text in _texts(resolver, f"_dmarc.{name}") if text.lower().startswith("v=dmarc1")]
        if records:
            return Finding("DMARC", is_good=True, words=say("A policy exists."), record=records[0])
    words = say(
        "No policy. Large providers require one of who sends much: “v=DMARC1; p=none” at _dmarc is a beginning."
    )
    return Finding("DMARC", is_good=False, words=words)


def mx(resolver: Resolver, domain: str) -> Finding:
    """Where answers and failure notices go."""
    found = [str(record.exchange).rstrip(".") for record in _answers(resolver, domain, RdataType.MX)]
    if any(found):
        return Finding(
            "MX", is_good=True, words=say("Answers and failure notices have a server."), record=", ".join(found)
        )
    words = say(
        "The sender's domain receives no mail: answers and failure notices are lost, and some servers refuse it."
    )
    return Finding("MX", is_good=False, words=words)


def reverse(resolver: Resolver, host: str) -> Finding:
    """Whether the addresses of the mail server have names that lead back to them."""
    name = "Reverse DNS"
    try:
        addresses = [str(ipaddress.ip_address(host))]
    except ValueError:
        addresses = _addresses(resolver, host) if host and host != "localhost" else []
    if not addresses and host not in {"", "localhost"}:
        return Finding(name, is_good=False, words=say("The name of the mail server has no address."), record=host)
    public = [address for address in addresses if ipaddress.ip_address(address).is_global][:MAX_ADDRESSES]
    if not public:
        words = say(
            "The mail server is on this machine or in a private network, so its public address cannot be seen from "
            "here. The address in the header Received of a test message must have a name in DNS that leads back to it."
        )
        return Finding(name, is_good=None, words=words)
    names = {address: _confirmed_name(resolver, address) for address in public}
    record = ", ".join(f"{address} → {found or '–'}" for address, found in names.items())
    if all(names.values()):
        return Finding(name, is_good=True, words=say("Its addresses have names that lead back to them."), record=record)
    words = say(
        "An address of the mail server has no name that leads back to it. If it sends itself, receivers refuse it."
    )
    return Finding(name, is_good=False, words=words, record=record)


def _confirmed_name(resolver: Resolver, address: str) -> str:
    """A name of an address that has this address; empty if there is none."""
    found = _answers(resolver, str(reversename.from_address(address)), RdataType.PTR)
    names = [str(record.target).rstrip(".") for record in found[:MAX_ADDRESSES]]
    return next((name for name in names if address in _addresses(resolver, name)), "")


def _addresses(resolver: Resolver, host: str) -> list[str]:
    kinds = (RdataType.A, RdataType.AAAA)
    return [str(ipaddress.ip_address(record.address)) for kind in kinds for record in _answers(resolver, host, kind)]


def _texts(resolver: Resolver, name: str) -> list[str]:
    found = _answers(resolver, name, RdataType.TXT)
    return [b"".join(record.strings).decode(errors="replace") for record in found]


def _answers(resolver: Resolver, name: str, kind: RdataType) -> list[Any]:
    """The records; empty if there are none. Raises DNSException if the name servers do not answer."""
    try:
        return list(resolver.resolve(name, kind, search=False))
    except (NXDOMAIN, NoAnswer):
        return []


__all__ = ["DNSException", "Finding", "Lookups", "lookups"]
