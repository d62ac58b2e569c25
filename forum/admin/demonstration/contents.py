"""What belongs to the demonstration that a new forum is filled with.

The seed's site.json names its members and boards; the setting `demonstration` keeps the names. A member belongs to it
while nobody can log in as them, a thread if such a member started it, a board while it has the name of the seed.
Everything else was written by real members.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, func, select

from forum.admin.board_actions import boards_in_order
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.members.rules import username_key
from forum.models import Board, Member, OldName, Post, Role, SiteSetting, Thread
from forum.models.discussion.board_tree import BoardTree

SETTING = "demonstration"
MAX_WRITERS_SHOWN = 20


@dataclass(frozen=True)
class Preview:
    """What goes with the demonstration; the last three are what real members wrote in its threads."""

    name: str
    threads: int
    posts: int
    members: int
    boards: list[str]
    answered_threads: int
    answers: int
    writers: list[tuple[str, int]]


def names() -> Mapping[str, Any] | None:
    """What the seed says of its demonstration: the forum's `name`, `members` and `boards`; None without one."""
    row = session.get(SiteSetting, SETTING, populate_existing=True)
    return cast("Mapping[str, Any]", row.value) if row else None


def member_ids(named: Mapping[str, Any]) -> list[int]:
    """The demonstration's members, also if they were renamed: those as whom nobody can log in."""
    keys = [username_key(name) for name in named["members"]]
    nobody = (Member.password_hash.is_(None), Member.email.is_(None), Member.role == Role.MEMBER)
    renamed = Member.id.in_(select(OldName.member_id).where(in_list(OldName.name_key, keys)))
    return list(session.scalars(select(Member.id).where(in_list(Member.username_key, keys) | renamed, *nobody)))


def written_by_members(members: list[int], *, after: datetime | None = None) -> ColumnElement[bool]:
    """A condition over Post: not written by one of the demonstration's members, and later than `after` if given."""
    others = ~in_list(Post.author_id, members)
    return others if after is None else and_(others, Post.created_at > after)


def preview() -> Preview | None:
    """What would go; None if the forum has no demonstration."""
    named = names()
    if named is None:
        return None
    members = member_ids(named)
    threads = in_list(Thread.starter_id, members)
    many, posts = session.execute(select(func.count(), func.sum(Thread.reply_count + 1)).where(threads)).one()
    answers = select(Post).join(Thread, Thread.id == Post.thread_id).where(threads, written_by_members(members))
    answered, count = session.execute(
        answers.with_only_columns(func.count(Post.thread_id.distinct()), func.count())
    ).one()
    writers = answers.join(Member, Member.id == Post.author_id).with_only_columns(Member.username, func.count())
    writers = writers.group_by(Member.username).order_by(func.count().desc(), Member.username).limit(MAX_WRITERS_SHOWN)
    return Preview(
        name=str(named.get("name", "")),
        threads=many,
        posts=int(posts or 0),
        members=len(members),
        boards=[board.title for board in boards_without_others(named, members)],
        answered_threads=answered,
        answers=count,
        writers=[(row[0], row[1]) for row in session.execute(writers)],
    )


def boards_without_others(named: Mapping[str, Any], members: list[int]) -> list[Board]:
    """The demonstration's boards that hold neither threads of real members nor boards that stay, innermost first."""
    boards = boards_in_order()
    real = set(session.scalars(select(Thread.board_id).where(~in_list(Thread.starter_id, members)).distinct()))
    going: list[Board] = []
    for board in reversed(boards.depth_first()):
        if board.title in named["boards"] and board.id not in real and _all_go(boards, board, going):
            going.append(board)
    return going


def _all_go(boards: BoardTree[Board], board: Board, going: list[Board]) -> bool:
    return all(child in going for child in boards.children(board))
