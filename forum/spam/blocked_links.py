"""Blocked domains: posts of new members that link to one wait for a moderator."""

from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from forum import permissions
from forum.audit_log import Change, record
from forum.infra import clock
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.errors import Invalid, NotFound
from forum.infra.paging import Page
from forum.infra.text.messages import say
from forum.models import BlockedLink, Member, Right
from forum.spam.link_domains import domain_of, domains_in, with_parents
from forum.verdicts import Verdict

BLOCKS_PER_PAGE, MAX_PAGES = 50, 100
MAX_DAYS = 3650  # of a block


class BlockedDomain(NamedTuple):
    """What blocking a domain changed: the row, and until when it was blocked before, None if there was no row."""

    id: int
    before: datetime | None


def may_block_links(actor: Member | None) -> Verdict:
    """Whether the actor may block domains: it holds posts in all boards, so who may ban members."""
    return permissions.may_use_right(actor, Right.BAN_MEMBERS)


def first_blocked(html: str) -> str:
    """The first blocked domain to which a post links; empty if there is none. Asks nothing if it has no links."""
    found = domains_in(html)
    names = {name: domain for domain in found for name in with_parents(domain)}
    if not names:
        return ""
    in_force = (in_list(BlockedLink.domain, names), BlockedLink.until > clock.now())
    blocked = set(session.scalars(select(BlockedLink.domain).where(*in_force)))
    return next((name for name in names if name in blocked), "")


def block(actor: Member, text: str, *, days: int, own_host: str = "") -> BlockedDomain | None:
    """Block a domain for some days, or for longer than it is; None if it is for longer already.

    Raises Invalid at `domain` for what is no domain, or that of the forum, which is `own_host`.
    """
    permissions.require(may_block_links(actor))
    domain, now = domain_of(text), clock.now()
    if not domain:
        raise Invalid({"domain": [say("Enter a domain such as pills.example.")]})
    if is_own(domain, own_host):
        raise Invalid({"domain": [say("This is the address of the forum itself.")]})
    until = now + timedelta(days=days)
    values = {"domain": domain, "until": now, "created_at": now, "by_id": actor.id}
    is_new = insert_into(BlockedLink).values(**values).on_conflict_do_nothing().returning(BlockedLink.id)
    made = session.execute(is_new).first() is not None
    row = session.scalars(select(BlockedLink).where(BlockedLink.domain == domain).with_for_update()).one()
    before = None if made else row.until
    if before is not None and before >= until:
        return None
    row.by_id = actor.id
    _set_until(actor, row, until, before=before)
    return BlockedDomain(row.id, before)


def is_own(domain: str, own_host: str) -> bool:
    """Whether a domain is that of the forum, or above it."""
    own = domain_of(own_host)
    return bool(own) and domain in with_parents(own)


def lift(actor: Member, row: BlockedLink) -> None:
    """End a block now."""
    permissions.require(may_block_links(actor))
    session.refresh(row, with_for_update=True)
    if row.until > (now := clock.now()):
        _set_until(actor, row, now, before=row.until)


def set_until(actor: Member, row: BlockedLink, until: datetime | None) -> None:
    """Store an earlier end of a block again; with None the domain was never blocked."""
    permissions.require(may_block_links(actor))
    before = row.until
    if until is not None:
        _set_until(actor, row, until, before=before)
        return
    _record("lift-link", actor, row, Change(_kept(before), _kept(None)))
    session.execute(delete(BlockedLink).where(BlockedLink.id == row.id))
    session.expunge(row)


def _set_until(actor: Member, row: BlockedLink, until: datetime, *, before: datetime | None) -> None:
    row.until = until
    action = "block-link" if until > clock.now() else "lift-link"
    _record(action, actor, row, Change(_kept(before), _kept(until)))
    session.flush()


def _record(action: str, actor: Member, row: BlockedLink, change: Change) -> None:
    record(action, actor=actor, target=f"link:{row.id}", change=change, name=row.domain, **change.now)


def _kept(until: datetime | None) -> dict[str, object]:
    return {"until": until.isoformat() if until else None}


def kept_block(row_id: int) -> dict[str, object] | None:
    """Until when a domain is blocked as the log keeps it; None if there is no row."""
    row = session.get(BlockedLink, row_id, populate_existing=True)
    return _kept(row.until) if row is not None else None


def find(actor: Member, row_id: int) -> BlockedLink:
    """A blocked domain. Raises NotFound."""
    permissions.require(may_block_links(actor))
    row = session.get(BlockedLink, row_id)
    if row is None:
        raise NotFound
    return row


def in_force(actor: Member, number: int) -> tuple[list[BlockedLink], Page]:
    """A page of the blocks in force, the latest first. Raises NotFound past the end."""
    permissions.require(may_block_links(actor))
    rows = select(BlockedLink).where(BlockedLink.until > clock.now())
    page = bounded_count(
        number, rows.with_only_columns(BlockedLink.id), size=BLOCKS_PER_PAGE, most=MAX_PAGES * BLOCKS_PER_PAGE
    )
    if not 1 <= number <= page.count:
        raise NotFound
    newest = rows.order_by(BlockedLink.created_at.desc(), BlockedLink.id.desc()).options(joinedload(BlockedLink.by))
    return list(session.scalars(newest.offset(page.offset).limit(page.size))), page
