"""Whom members ignore and follow."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, select

from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import FollowedMember, IgnoredMember, Member, Role


def ignored_by(member: Member | None) -> frozenset[int]:
    """The ids of those whom a member ignores; read once per request, and not at all if the member ignores nobody.

    Those who have become moderators or admins are left out: nobody misses what staff say.
    """
    if member is None or not member.ignores_some:
        return frozenset()
    if member.ignored is None:
        in_force = _in_force().where(IgnoredMember.member_id == member.id)
        member.ignored = frozenset(session.scalars(in_force.with_only_columns(IgnoredMember.ignored_id)))
    return member.ignored


def ignores(member_id: int, other_id: int) -> bool:
    """Whether a member ignores another one, who is not staff."""
    return bool(who_ignore(other_id, [member_id]))


def who_ignore(author_id: int, among: Collection[int]) -> set[int]:
    """Those of some members who ignore an author; nobody ignores staff."""
    if not among:
        return set()
    them = _in_force().where(IgnoredMember.ignored_id == author_id, in_list(IgnoredMember.member_id, among))
    return set(session.scalars(them.with_only_columns(IgnoredMember.member_id)))


def follows(member_id: int, other_id: int) -> bool:
    """Whether a member follows another one."""
    return session.get(FollowedMember, (member_id, other_id)) is not None


def _in_force() -> Select[Any]:
    return select(IgnoredMember).join(IgnoredMember.ignored).where(Member.role == Role.MEMBER)
