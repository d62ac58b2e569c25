"""Read queries for reactions."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import joinedload

from forum.infra.database.db import session
from forum.models import Member, Post, Reaction
from forum.site.queries import Kind, snapshot

NAMES_SHOWN = 3  # per kind; the reactions page lists all
MAX_LISTED_REACTIONS = 500


@dataclass(frozen=True, slots=True)
class ReactionCount:
    """The count of one kind of reaction on a post, and the names of the latest."""

    kind: Kind
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class PostReactions:
    """All reactions of a post by kind, most frequent first, and the reader's own."""

    counts: tuple[ReactionCount, ...] = ()
    mine: Kind | None = None


def reactions_on(posts: Sequence[Post], reader: Member | None) -> dict[int, PostReactions]:
    """Reactions by post id, in one query that returns at most a few rows per post and kind."""
    if not posts:
        return {}
    values = {"posts": [post.id for post in posts], "reader_id": reader.id if reader else 0}
    return _by_post([tuple(row) for row in session.execute(_ranked_reactions(), values)], reader)


@cache
def _ranked_reactions() -> Select[Any]:
    """The latest few reactions per post and kind with the total, and the reader's own (:reader_id is 0 for guests)."""
    same = (Reaction.post_id, Reaction.kind_id)
    ranked = (
        select(
            Reaction.post_id,
            Reaction.kind_id,
            Reaction.member_id,
            func.count().over(partition_by=same).label("total"),
            func.row_number().over(partition_by=same, order_by=Reaction.created_at.desc()).label("rank"),
        )
        .where(Reaction.post_id.in_(bindparam("posts", expanding=True)))
        .subquery()
    )
    shown = (ranked.c.rank <= NAMES_SHOWN) | (ranked.c.member_id == bindparam("reader_id"))
    return (
        select(ranked, Member.username)
        .join(Member, and_(Member.id == ranked.c.member_id, shown))
        .order_by(ranked.c.post_id, ranked.c.total.desc(), ranked.c.kind_id, ranked.c.rank)
    )


def own_reactions(reader: Member | None, posts: Sequence[int]) -> dict[int, str]:
    """The reader's reaction keys by post id, in the order of the posts."""
    if reader is None or not posts:
        return {}
    rows = session.execute(_own(), {"posts": list(posts), "reader_id": reader.id})
    given: dict[int, int] = {row.post_id: row.kind_id for row in rows}
    kinds = {post_id: snapshot().kind_by_id(given[post_id]) for post_id in posts if post_id in given}
    return {post_id: kind.key for post_id, kind in kinds.items() if kind}


@cache
def _own() -> Select[int, int]:
    mine = (Reaction.member_id == bindparam("reader_id"), Reaction.post_id.in_(bindparam("posts", expanding=True)))
    return select(Reaction.post_id, Reaction.kind_id).where(*mine)


def _by_post(rows: list[tuple[int, int, int, int, int, str]], reader: Member | None) -> dict[int, PostReactions]:
    site = snapshot()
    counts: dict[int, dict[int, ReactionCount]] = {}
    mine: dict[int, Kind] = {}
    for post_id, kind_id, member_id, total, rank, name in rows:
        kind = site.kind_by_id(kind_id)
        if kind is None:  # created within the last second, by another process
            continue
        group = counts.setdefault(post_id, {})
        names = group[kind_id].names if kind_id in group else ()
        group[kind_id] = ReactionCount(kind, total, (*names, name) if rank <= NAMES_SHOWN else names)
        if reader is not None and member_id == reader.id:
            mine[post_id] = kind
    return {post_id: PostReactions(tuple(kinds.values()), mine.get(post_id)) for post_id, kinds in counts.items()}


def who_reacted(post: Post) -> list[tuple[Kind, list[Member]]]:
    """The members who reacted to a post, by kind, latest first; at most MAX_LISTED_REACTIONS."""
    statement = select(Reaction).filter_by(post_id=post.id).options(joinedload(Reaction.member))
    rows = list(session.scalars(statement.order_by(Reaction.created_at.desc()).limit(MAX_LISTED_REACTIONS)))
    kinds = [kind for kind in snapshot().reaction_kinds if any(row.kind_id == kind.id for row in rows)]
    return [(kind, [row.member for row in rows if row.kind_id == kind.id]) for kind in kinds]
