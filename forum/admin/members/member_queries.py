"""Find members by name, e-mail address and role."""

from typing import Any

from sqlalchemy import ColumnElement, Select, select

from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import SIZE, Page
from forum.infra.text.messages import comparison_key
from forum.members.lists import LAST_LETTER
from forum.members.queries import member_by_login
from forum.models import Invitation, Member, Role, Sanction
from forum.models.members.member import is_public
from forum.models.members.sanction import bans_in_force

FILTERS = ("all", "staff", "banned")
MAX_PAGES = 500


def find_account(member_id: int) -> Member:
    """A member, also one whose e-mail address is not confirmed yet. Raises NotFound."""
    member = session.get(Member, member_id)
    if member is None:
        raise NotFound
    return member


def search_members(words: str, chosen: str, number: int, *, invited_by: int | None = None) -> tuple[list[Member], Page]:
    """A page of the members whose name begins with `words`, or who have it as their name or e-mail address.

    Without words, the newest members come first; an account that is not confirmed yet is found by its whole name or
    address only. `chosen` is one of FILTERS; `invited_by` is the id of an inviter. Raises NotFound past the end.
    """
    ids = _ids(words, chosen)
    if invited_by is not None:
        ids = ids.where(Member.id.in_(select(Invitation.used_by_id).where(Invitation.inviter_id == invited_by)))
    page = bounded_count(number, ids, most=MAX_PAGES * SIZE)
    exact = member_by_login(words) if words and chosen == "all" and number == 1 and invited_by is None else None
    if not 1 <= number <= page.count:
        raise NotFound
    found = ids.offset(page.offset).limit(page.size)
    members = list(session.scalars(select(Member).where(Member.id.in_(found)).order_by(*_order(words))))
    return members if exact is None else [exact, *(member for member in members if member.id != exact.id)], page


def _ids(words: str, chosen: str) -> Select[Any]:
    ids = select(Member.id).where(is_public()).order_by(*_order(words))
    typed = comparison_key(words)
    if typed:
        ids = ids.where(Member.plain_name.between(typed, typed + LAST_LETTER))
    if chosen == "staff":
        ids = ids.where(Member.role != Role.MEMBER)
    if chosen == "banned":
        ids = ids.where(Member.id.in_(select(Sanction.member_id).where(bans_in_force())))
    return ids


def _order(words: str) -> tuple[ColumnElement[Any], ...]:
    return (Member.plain_name.asc(), Member.id.asc()) if words else (Member.joined_at.desc(), Member.id.desc())
