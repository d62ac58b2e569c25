"""Whom members ignore and follow."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import contains_eager

from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.errors import NotFound
from forum.infra.paging import Page
from forum.models import FollowedMember, IgnoredMember, Member, Post, Role
from forum.models.members.member import is_public
from forum.relations.rules import MAX_FOLLOWED, MAX_IGNORED, MAX_LISTED_FOLLOWERS


def ignored_by(member: Member | None) -> frozenset[int]:
    """The ids of those whom a member ignores, who are not staff; they come with the member's row."""
    if member is None or not member.ignored_ids:
        return frozenset()
    return frozenset(map(int, member.ignored_ids.split(",")))


def ignores(member_id: int, other_id: int) -> bool:
    """Whether a member ignores another one, who is not staff."""
    return bool(who_ignore(other_id, [member_id]))


def who_ignore(author_id: int, among: Collection[int]) -> set[int]:
    """Those of some members who ignore an author; nobody ignores staff."""
    if not among:
        return set()
    statement = select(IgnoredMember.member_id).join(IgnoredMember.ignored)
    theirs = (IgnoredMember.ignored_id == author_id, in_list(IgnoredMember.member_id, among))
    return set(session.scalars(statement.where(*theirs, Member.role == Role.MEMBER)))


def ignore_author(author_id: ColumnElement[int]) -> ColumnElement[bool]:
    """SQL condition over Member: they ignore an author, as long as that one is not staff."""
    author = Member.__table__.alias()
    statement = select(IgnoredMember.member_id).join(author, author.c.id == IgnoredMember.ignored_id)
    theirs = (IgnoredMember.member_id == Member.id, IgnoredMember.ignored_id == author_id)
    return statement.where(*theirs, author.c.role == Role.MEMBER.value).correlate(Member).exists()


def posts_of_ignored(post_ids: Collection[int], ignored: Collection[int]) -> set[int]:
    """Those of some posts whose authors are among the ignored."""
    if not post_ids or not ignored:
        return set()
    statement = select(Post.id).where(in_list(Post.id, post_ids), in_list(Post.author_id, ignored))
    return set(session.scalars(statement))


def follows(member_id: int, other_id: int) -> bool:
    """Whether a member follows another one."""
    return session.get(FollowedMember, (member_id, other_id)) is not None


def ignored_on_page(actor: Member, number: int) -> tuple[list[IgnoredMember], Page]:
    """A page of those whom the actor ignores, in the order of their names."""
    return _on_page(
        _named(IgnoredMember, IgnoredMember.ignored, IgnoredMember.member_id == actor.id), number, MAX_IGNORED
    )


def followed_on_page(actor: Member, number: int) -> tuple[list[FollowedMember], Page]:
    """A page of those whom the actor follows, in the order of their names."""
    rows = _named(FollowedMember, FollowedMember.followed, FollowedMember.member_id == actor.id)
    return _on_page(rows, number, MAX_FOLLOWED)


def followers_on_page(actor: Member, number: int) -> tuple[list[FollowedMember], Page]:
    """A page of those who follow the actor, in the order of their names."""
    rows = _named(FollowedMember, FollowedMember.member, FollowedMember.followed_id == actor.id)
    return _on_page(rows, number, MAX_LISTED_FOLLOWERS)


def _named(model: Any, who: Any, mine: ColumnElement[bool]) -> Select[Any]:
    named = contains_eager(who).load_only(*Member.line())
    return select(model).join(who).where(mine, is_public()).options(named).order_by(Member.plain_name, Member.id)


def _on_page(rows: Select[Any], number: int, most: int) -> tuple[list[Any], Page]:
    page = bounded_count(number, rows.with_only_columns(Member.id), most=most)
    if number > page.count:
        raise NotFound
    return list(session.scalars(rows.limit(page.size).offset(page.offset))), page


def counts_of(member: Member) -> tuple[int, int]:
    """How many members a member follows, and how many follow them."""
    followed = select(func.count()).where(FollowedMember.member_id == member.id).scalar_subquery()
    followers = select(func.count()).where(FollowedMember.followed_id == member.id).scalar_subquery()
    row = session.execute(select(followed, followers)).one()
    return row[0], row[1]
