"""The addresses that a member has used: blocked from registering with a cleaning, and allowed again."""

from datetime import timedelta

from sqlalchemy import select

from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.members.bans import actions as bans
from forum.members.bans.values import network_of
from forum.models import LogEntry, Member, MemberSession, SignupBlock
from forum.models.log_entry import EXPIRED
from forum.moderation.cleaning.plan import MAX_LISTED
from forum.site.ip_addresses import expiry

READ_ENTRIES = 1000  # the member's newest entries of the log


def networks_of(member: Member) -> list[str]:
    """The networks from which a member was here lately, the latest first; at most MAX_LISTED."""
    logins = select(MemberSession.address).where(MemberSession.member_id == member.id)
    entries = select(LogEntry.address).where(LogEntry.actor_id == member.id, LogEntry.at >= expiry())
    used = [
        *session.scalars(logins.order_by(MemberSession.last_used_at.desc()).limit(MAX_LISTED)),
        *session.scalars(entries.order_by(LogEntry.id.desc()).limit(READ_ENTRIES)),
    ]
    found = dict.fromkeys(address for address in used if address not in {"", EXPIRED})
    networks = dict.fromkeys(network for address in found if (network := _network(address)))
    return list(networks)[:MAX_LISTED]


def _network(address: str) -> str:
    try:
        return str(network_of(address))
    except Invalid:
        return ""


def block(actor: Member, networks: list[str], *, days: int, reason: str) -> int:
    """Block networks from registering; not the moderator's own, and none that is blocked as long already."""
    until, blocked = clock.now() + timedelta(days=days), 0
    for network in networks:
        try:
            with session.begin_nested():
                blocked += bans.block_address(actor, network, until=until, reason=reason) is not None
        except Invalid:  # the moderator's own address, or that of a proxy
            continue
    return blocked


def allow_again(actor: Member, block_id: int) -> bool:
    """Lift a block that is still in force, and let the one count again that it replaced; whether that was done."""
    row = session.get(SignupBlock, block_id, populate_existing=True)
    if row is None or row.ended_at is not None:
        return False
    bans.undo_block(actor, row)
    return True
