"""Block addresses and e-mail domains from registering, and lift that."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from forum import permissions
from forum.audit_log import Change, forget_targets, record
from forum.infra import clock
from forum.infra.client_ip import client_address
from forum.infra.database.db import current_settings, session
from forum.infra.errors import Conflict, Invalid, NotFound
from forum.infra.text.messages import one_line, say
from forum.members.bans.values import check_is_safe, network_of, normalised
from forum.members.rules import MAX_BAN_REASON
from forum.models import BlockStops, Member, Right, SignupBlock
from forum.verdicts import Verdict

DEFAULT_DAYS = 30
RETENTION = timedelta(days=30)  # for which a block that has ended stays, so that lifting it can be undone
ENDED = say("This block has ended or was lifted already.")


def may_block(actor: Member | None) -> Verdict:
    """Whether the actor may block addresses and e-mail domains, and lift that."""
    return permissions.may_use_right(actor, Right.BAN_MEMBERS)


def block(
    actor: Member,
    typed: str,
    *,
    until: datetime | None,
    reason: str = "",
    stops: BlockStops = BlockStops.REGISTERING,
) -> SignupBlock:
    """Block an address, a range, a domain or an e-mail address; replaces an earlier block of the same. Raises Invalid.

    Only e-mail is blocked for good by others than admins, as addresses pass to other people.
    """
    permissions.require(may_block(actor))
    value, why = normalised(typed), one_line(reason)
    _check(actor, value, until=until, reason=why)
    now = clock.now()
    earlier = update(SignupBlock).where(SignupBlock.value == value, SignupBlock.ended_at.is_(None))
    session.execute(earlier.values(ended_at=now))
    row = SignupBlock(value=value, stops=stops.value, created_at=now, until=until, reason=why, by_id=actor.id)
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        raise Conflict(say("Somebody else has just blocked this, too.")) from error
    change = Change({"in_force": False}, {"in_force": True})
    # without the value: not everybody who reads the log may see addresses
    told = {"until": until.date().isoformat()} if until else {}
    record("block-signup", actor=actor, target=f"signup-block:{row.id}", change=change, reason=why, **told)
    return row


def block_address(actor: Member, network: str, *, until: datetime, reason: str = "") -> SignupBlock | None:
    """Block an address or a range unless that is blocked as long already: then None. Raises Invalid."""
    value = str(network_of(network))
    is_as_long = or_(SignupBlock.until.is_(None), SignupBlock.until >= until)
    found = select(SignupBlock.id).where(SignupBlock.value == value, SignupBlock.ended_at.is_(None), is_as_long)
    if session.scalar(found) is not None:
        return None
    return block(actor, value, until=until, reason=reason)


def lift_block(actor: Member, row: SignupBlock) -> None:
    """Lift a block. Raises Conflict if it was lifted already."""
    permissions.require(may_block(actor))
    ended = update(SignupBlock).where(SignupBlock.id == row.id, SignupBlock.ended_at.is_(None))
    if session.scalar(ended.values(ended_at=clock.now()).returning(SignupBlock.id)) is None:
        raise Conflict(ENDED)
    session.refresh(row, ["ended_at"])
    change = Change({"in_force": True}, {"in_force": False})
    record("unblock-signup", actor=actor, target=f"signup-block:{row.id}", change=change)


def undo_block(actor: Member, row: SignupBlock) -> None:
    """Lift a block, and let the one count again that it replaced, if that would last still. Raises Conflict."""
    lift_block(actor, row)
    lasts = or_(SignupBlock.until.is_(None), SignupBlock.until > clock.now())
    replaced = (SignupBlock.value == row.value, SignupBlock.ended_at == row.created_at, SignupBlock.id != row.id)
    earlier = session.scalars(select(SignupBlock).where(*replaced, lasts)).first()
    if earlier is not None:
        restore_block(actor, earlier)


def restore_block(actor: Member, row: SignupBlock) -> None:
    """Let a block that was lifted count again, for as long as it was to last. Raises Conflict."""
    permissions.require(may_block(actor))
    others = select(SignupBlock.id).where(SignupBlock.value == row.value, SignupBlock.ended_at.is_(None))
    if session.scalar(others) is not None:
        raise Conflict(say("This is blocked already."))
    row.ended_at = None
    session.flush()
    change = Change({"in_force": False}, {"in_force": True})
    record("block-signup", actor=actor, target=f"signup-block:{row.id}", change=change, reason=row.reason)


def find_block(actor: Member, block_id: int) -> SignupBlock:
    """A block. Raises NotFound."""
    permissions.require(may_block(actor))
    row = session.get(SignupBlock, block_id)
    if row is None:
        raise NotFound
    return row


def forget_ended() -> int:
    """Delete the blocks that ended or were lifted long ago, and return their number; run by a job."""
    before = clock.now() - RETENTION
    ids = session.scalars(select(SignupBlock.id).where((SignupBlock.until < before) | (SignupBlock.ended_at < before)))
    gone = ids.all()
    forget_targets(f"signup-block:{block_id}" for block_id in gone)
    session.execute(delete(SignupBlock).where(SignupBlock.id.in_(gone)))
    return len(gone)


def _check(actor: Member, value: str, *, until: datetime | None, reason: str) -> None:
    if "/" in value:
        check_is_safe(network_of(value), own=client_address().address, proxies=current_settings().trusted_proxies)
    if len(reason) > MAX_BAN_REASON:
        raise Invalid({"reason": [say("Use at most %(num)d characters.", num=MAX_BAN_REASON)]})
    if until is None and "/" in value and not permissions.may_administer(actor):
        raise Invalid({"until": [say("Addresses pass to other people. Say until when; only admins may for good.")]})
    if until is not None and until <= clock.now():
        raise Invalid({"until": [say("Choose a day after today.")]})
