"""All bans in force: of members, from the forum or a board or thread, and blocks of addresses and of e-mail."""

from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select, union_all
from sqlalchemy.orm import joinedload

from forum import permissions
from forum.infra import clock
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import Invalid, NotFound
from forum.infra.paging import SIZE, Page
from forum.infra.text.messages import comparison_key
from forum.members.bans.actions import may_block
from forum.members.bans.values import normalised, values_of_address, values_of_email
from forum.members.lists import LAST_LETTER
from forum.models import Member, Right, Sanction, SignupBlock
from forum.models.members.sanction import bans_in_force, holds_in_force, mutes_in_force

KINDS = ("all", "members", "mutes", "holds", "addresses", "emails")
MAX_PAGES = 500


class Listed(NamedTuple):
    """A ban of a member or a block of addresses or e-mail; one of the two is None."""

    sanction: Sanction | None
    block: SignupBlock | None


def bans_on_page(actor: Member, *, kind: str, text: str, number: int) -> tuple[list[Listed], Page]:
    """A page of what is in force of a kind, newest first; with a text of a member, an address or an e-mail domain.

    Addresses are found by those only who may see them. Raises NotFound past the end.
    """
    permissions.require(may_block(actor))
    parts = [part for part in (_sanctions(kind, text), _blocks(actor, kind, text)) if part is not None]
    both = union_all(*parts).subquery()
    ids = select(both.c.of, both.c.id).order_by(both.c.created_at.desc(), both.c.of, both.c.id.desc())
    page = bounded_count(number, ids, most=MAX_PAGES * SIZE)
    if not 1 <= number <= page.count:
        raise NotFound
    return _loaded([(row.of, row.id) for row in session.execute(ids.offset(page.offset).limit(page.size))]), page


def _loaded(found: list[tuple[str, int]]) -> list[Listed]:
    sanctions = select(Sanction).where(Sanction.id.in_([number for of, number in found if of == "sanction"]))
    blocks = select(SignupBlock).where(SignupBlock.id.in_([number for of, number in found if of == "block"]))
    rows = session.scalars(sanctions.options(joinedload(Sanction.member), joinedload(Sanction.by)))
    by_key: dict[tuple[str, int], Listed] = {("sanction", row.id): Listed(row, None) for row in rows}
    for block in session.scalars(blocks.options(joinedload(SignupBlock.by))):
        by_key["block", block.id] = Listed(None, block)
    return [by_key[key] for key in found if key in by_key]


def _sanctions(kind: str, text: str) -> Select[Any] | None:
    if kind in {"addresses", "emails"}:
        return None
    wanted: dict[str, ColumnElement[bool]] = {
        "members": bans_in_force(),
        "mutes": mutes_in_force(),
        "holds": holds_in_force(),
    }
    columns: tuple[Any, ...] = (literal("sanction").label("of"), Sanction.id, Sanction.created_at)
    rows = select(*columns).where(wanted.get(kind, or_(*wanted.values())))
    typed = comparison_key(text)
    if not typed:
        return rows
    named = select(Member.id).where(Member.plain_name.between(typed, typed + LAST_LETTER))
    return rows.where(Sanction.member_id.in_(named))


def _blocks(actor: Member, kind: str, text: str) -> Select[Any] | None:
    if kind in {"members", "mutes", "holds"}:
        return None
    in_force = or_(SignupBlock.until.is_(None), SignupBlock.until > clock.now())
    columns: tuple[Any, ...] = (literal("block").label("of"), SignupBlock.id, SignupBlock.created_at)
    rows = select(*columns).where(SignupBlock.ended_at.is_(None), in_force)
    is_network = SignupBlock.value.contains("/")
    if kind != "all":
        rows = rows.where(is_network if kind == "addresses" else ~is_network)
    if not text.strip():
        return rows
    found = SignupBlock.value.in_(_values_for(text))
    return rows.where(found if permissions.has_right(actor, Right.SEE_ADDRESSES) else and_(found, ~is_network))


def _values_for(text: str) -> list[str]:
    """The values of the blocks that a text is in or names."""
    try:
        value = normalised(text)
    except Invalid:
        return []
    if "/" in value:
        return [value, *values_of_address(text.strip().partition("/")[0])]
    return values_of_email(value) if "@" in value else values_of_email(f"@{value}")
