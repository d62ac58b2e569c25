"""From which addresses and devices a member used the forum, and who else used the same addresses; each look is logged.

Addresses are in the log and with logins, and expire by the setting `address_days` (site/ip_addresses.py).
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_network
from typing import Any, NamedTuple

from sqlalchemy import func, select, union_all

from forum import permissions
from forum.audit_log import record
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.members.bans.values import NARROWEST, plain_address
from forum.members.credentials import sessions
from forum.members.credentials.device_names import device_name
from forum.models import LogEntry, Member, MemberSession, Right
from forum.models.log_entry import EXPIRED
from forum.site.ip_addresses import expiry
from forum.verdicts import Verdict

LOOKED, LOOK = "see-addresses", timedelta(minutes=15)
MAX_ADDRESSES = 100  # of a member, the latest
MAX_OTHERS = 100  # members who used the same
OWN_ENTRIES = 10_000  # the member's newest entries of the log
RANGE_ENTRIES = 50_000  # the newest entries of the log, among which other addresses of a /64 are searched


class Use(NamedTuple):
    """When something was used first and last, and how often it was noted."""

    first: datetime
    last: datetime
    times: int


class Other(NamedTuple):
    """A member who used the same address, or one of the same /64."""

    member: Member
    address: str
    last: datetime


class Seen(NamedTuple):
    """What is known of a member's addresses and devices."""

    addresses: dict[str, Use]  # the latest first
    devices: dict[str, Use]
    others: dict[str, list[Other]]  # by the member's own address


def may_see_addresses(actor: Member | None) -> Verdict:
    """Whether the actor may see from where members use the forum."""
    return permissions.may_use_right(actor, Right.SEE_ADDRESSES)


def find_account(member_id: int) -> Member:
    """A member, also one who waits to be approved. Raises NotFound."""
    member = session.get(Member, member_id)
    if member is None or member.closed_at is not None:
        raise NotFound
    return member


def begin_look(actor: Member, member: Member) -> None:
    """Log that the actor looks at the addresses of a member, which they can then see for LOOK."""
    permissions.require(may_see_addresses(actor))
    record(LOOKED, actor=actor, target=f"member:{member.id}")
    session.flush()


def seen_of(actor: Member, member: Member) -> Seen | None:
    """The addresses and devices of a member; None unless the actor has begun to look a short time ago."""
    permissions.require(may_see_addresses(actor))
    own = (LogEntry.actor_id == actor.id, LogEntry.target == f"member:{member.id}")
    looks = select(LogEntry.id).where(LogEntry.action == LOOKED, LogEntry.at > clock.now() - LOOK, *own)
    if session.scalar(looks.limit(1)) is None:
        return None
    addresses = _addresses_of(member)
    return Seen(addresses, _devices_of(member), _others(member, addresses))


def _addresses_of(member: Member) -> dict[str, Use]:
    own = select(LogEntry.address, LogEntry.at).where(LogEntry.actor_id == member.id).order_by(LogEntry.id.desc())
    logged = own.limit(OWN_ENTRIES).subquery()
    seen = select(MemberSession.address, MemberSession.last_used_at.label("at"))
    rows = union_all(select(logged.c.address, logged.c.at), seen.where(MemberSession.member_id == member.id)).subquery()
    known = rows.c.address.not_in(("", EXPIRED)) & (rows.c.at >= expiry())
    uses = select(rows.c.address, func.min(rows.c.at), func.max(rows.c.at), func.count()).where(known)
    latest = uses.group_by(rows.c.address).order_by(func.max(rows.c.at).desc(), rows.c.address).limit(MAX_ADDRESSES)
    return {address: Use(first, last, count) for address, first, last, count in session.execute(latest)}


def _devices_of(member: Member) -> dict[str, Use]:
    """The devices on which the member is logged in, by their names."""
    found: dict[str, Use] = {}
    for row in sessions.of(member):
        name = device_name(row.agent)
        had = found.get(name, Use(row.created_at, row.last_used_at, 0))
        found[name] = Use(min(had.first, row.created_at), max(had.last, row.last_used_at), had.times + 1)
    return found


def _others(member: Member, addresses: Iterable[str]) -> dict[str, list[Other]]:
    """Other members at the same addresses, the latest first, MAX_OTHERS in all."""
    rows = _uses_of_others(member, list(addresses))
    by_range = {_range_of(address): address for address in reversed(list(addresses))}
    latest: dict[tuple[int, str], datetime] = {}
    for member_id, address, at in rows:
        own = address if address in set(addresses) else by_range.get(_range_of(address))
        if own is not None:
            key = (member_id, own)
            latest[key] = max(latest.get(key, at), at)
    newest = sorted(latest.items(), key=lambda pair: pair[1], reverse=True)
    ids = list(dict.fromkeys(key[0] for key, _ in newest))[:MAX_OTHERS]
    named = {each.id: each for each in session.scalars(select(Member).where(Member.id.in_(ids)))} if ids else {}
    found: dict[str, list[Other]] = {}
    for (member_id, own), at in newest:
        if member_id in named:
            found.setdefault(own, []).append(Other(named[member_id], own, at))
    return found


def _uses_of_others(member: Member, addresses: list[str]) -> list[tuple[int, str, datetime]]:
    """Members with the addresses that they used, and when last: the same ones, and others of the same /64."""
    if not addresses:
        return []
    logged = _grouped(LogEntry.actor_id, LogEntry.address, LogEntry.at)
    seen = _grouped(MemberSession.member_id, MemberSession.address, MemberSession.last_used_at)
    theirs = (LogEntry.actor_id.is_not(None), LogEntry.actor_id != member.id)
    parts = [
        logged.where(LogEntry.address.in_(addresses), *theirs),
        seen.where(MemberSession.address.in_(addresses), MemberSession.member_id != member.id),
    ]
    newest = session.scalar(select(func.max(LogEntry.id))) or 0
    for prefix in {prefix for address in addresses if (prefix := _text_prefix(address))}:
        is_near = LogEntry.address.startswith(prefix, autoescape=True) & (LogEntry.id > newest - RANGE_ENTRIES)
        parts.append(logged.where(is_near, *theirs))
        near = MemberSession.address.startswith(prefix, autoescape=True)
        parts.append(seen.where(near, MemberSession.member_id != member.id))
    return [(row[0], row[1], row[2]) for part in parts for row in session.execute(part)]


def _grouped(who: Any, address: Any, at: Any) -> Any:
    latest = func.max(at)
    uses = select(who, address, latest).where(at >= expiry()).group_by(who, address)
    return uses.order_by(latest.desc()).limit(MAX_OTHERS * 2)


def _range_of(address: str) -> str:
    """The /64 of an IPv6 address, and an IPv4 address itself."""
    try:
        parsed = plain_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, NARROWEST[parsed.version]), strict=False))


def _text_prefix(address: str) -> str:
    """With what every IPv6 address of the same /64 begins as it is stored; empty for others."""
    try:
        parsed = plain_address(address)
    except ValueError:
        return ""
    if not isinstance(parsed, IPv6Address):
        return ""
    return _range_of(address).partition("::")[0] + ":"
