"""Whether a block stops somebody from registering, from an e-mail address, or from posting as a new member."""

from collections.abc import Sequence

from sqlalchemy import or_, select

from forum.infra import clock
from forum.infra.client_ip import client_address
from forum.infra.database.db import session
from forum.infra.errors import Forbidden, Invalid
from forum.infra.text.messages import Message, say
from forum.members.bans.values import values_of_address, values_of_email
from forum.models import BlockStops, SignupBlock
from forum.site.queries import snapshot


class Blocked(Forbidden):
    """Refuses somebody because their address is blocked."""

    slug = "blocked"


def require_may_register() -> None:
    """Raise Blocked if the address of this request is blocked."""
    block = _found(values_of_address(client_address().address))
    if block is not None:
        raise Blocked(_words(block, say("Nobody can register from your address at present.")))


def require_usable_email(email: str) -> None:
    """Raise Invalid at `email` for an e-mail address that is blocked, or whose domain is."""
    block = _found(values_of_email(email))
    if block is not None:
        raise Invalid({"email": [_words(block, say("This e-mail address cannot be used here."))]})


def require_may_post(email: str | None) -> None:
    """Raise Blocked if a block stops the posts of new members from this address, or with this e-mail address."""
    values = values_of_address(client_address().address) + (values_of_email(email) if email else [])
    block = _found(values, stops=BlockStops.POSTING)
    if block is not None:
        raise Blocked(_words(block, say("New members cannot post from your address at present.")))


def _found(values: Sequence[str], stops: BlockStops | None = None) -> SignupBlock | None:
    """The block in force that lasts longest; one statement."""
    in_force = or_(SignupBlock.until.is_(None), SignupBlock.until > clock.now())
    blocks = select(SignupBlock).where(SignupBlock.value.in_(values), SignupBlock.ended_at.is_(None), in_force)
    if stops is not None:
        blocks = blocks.where(SignupBlock.stops == stops.value)
    order = (SignupBlock.until.is_not(None), SignupBlock.until.desc())
    return session.scalars(blocks.order_by(*order).limit(1)).first() if values else None


def _words(block: SignupBlock, what: Message) -> Message:
    """What somebody is told, with how long and why, and where to turn."""
    given: dict[str, object] = {"what": what, "reason": block.reason}
    if block.until is None:
        told = say("%(what)s Reason: %(reason)s", **given) if block.reason else what
    else:
        given["day"] = snapshot().day_of(block.until)
        lasts = say("%(what)s This ends on %(day)s.", **given)
        told = say("%(what)s This ends on %(day)s. Reason: %(reason)s", **given) if block.reason else lasts
    return say("%(told)s – If this is a mistake, tell us: /contact", told=told)
