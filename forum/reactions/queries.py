"""Read queries for reactions to posts, and to messages of conversations."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, select
from sqlalchemy.orm import joinedload

from forum.infra.database.db import session
from forum.models import ConversationMessage, Member, MessageReaction, Post, Reaction
from forum.site.queries import Kind, snapshot

NAMES_SHOWN = 3  # per kind; the reactions page lists all
MAX_LISTED_REACTIONS = 500
AnyReaction = Reaction | MessageReaction


@dataclass(frozen=True, slots=True)
class ReactionCount:
    """The count of one kind of reaction, and the names of the latest."""

    kind: Kind
    count: int
    names: tuple[str, ...]


@dataclass(frozen=True)
class Reactions:
    """All reactions to a post or message by kind, most frequent first, and the reader's own."""

    counts: tuple[ReactionCount, ...] = ()
    mine: Kind | None = None


def reactions_on(posts: Sequence[Post], reader: Member | None) -> dict[int, Reactions]:
    """Reactions by post id, in one query that returns at most a few rows per post and kind."""
    return _found(Reaction, [post.id for post in posts], reader)


def reactions_to_messages(messages: Sequence[ConversationMessage], reader: Member) -> dict[int, Reactions]:
    """The same by message id, for somebody who may read the messages."""
    return _found(MessageReaction, [message.id for message in messages if not message.event], reader)


def _found(model: type[AnyReaction], ids: list[int], reader: Member | None) -> dict[int, Reactions]:
    if not ids:
        return {}
    values = {"ids": ids, "reader_id": reader.id if reader else 0}
    return _by_owner([tuple(row) for row in session.execute(_ranked_reactions(model), values)], reader)


@cache
def _ranked_reactions(model: type[AnyReaction]) -> Select[Any]:
    """The latest few reactions per post and kind with the total, and the reader's own (:reader_id is 0 for guests)."""
    owner: Any = _owner_of(model)
    same = (owner, model.kind_id)
    ranked = (
        select(
            owner.label("owner_id"),
            model.kind_id,
            model.member_id,
            func.count().over(partition_by=same).label("total"),
            func.row_number().over(partition_by=same, order_by=model.created_at.desc()).label("rank"),
        )
        .where(owner.in_(bindparam("ids", expanding=True)))
        .subquery()
    )
    shown = (ranked.c.rank <= NAMES_SHOWN) | (ranked.c.member_id == bindparam("reader_id"))
    return (
        select(ranked, Member.username)
        .join(Member, and_(Member.id == ranked.c.member_id, shown))
        .order_by(ranked.c.owner_id, ranked.c.total.desc(), ranked.c.kind_id, ranked.c.rank)
    )


def _owner_of(model: type[AnyReaction]) -> Any:
    return Reaction.post_id if model is Reaction else MessageReaction.message_id


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


def _by_owner(rows: list[tuple[int, int, int, int, int, str]], reader: Member | None) -> dict[int, Reactions]:
    site = snapshot()
    counts: dict[int, dict[int, ReactionCount]] = {}
    mine: dict[int, Kind] = {}
    for owner_id, kind_id, member_id, total, rank, name in rows:
        kind = site.kind_by_id(kind_id)
        if kind is None:  # created within the last second, by another process
            continue
        group = counts.setdefault(owner_id, {})
        names = group[kind_id].names if kind_id in group else ()
        group[kind_id] = ReactionCount(kind, total, (*names, name) if rank <= NAMES_SHOWN else names)
        if reader is not None and member_id == reader.id:
            mine[owner_id] = kind
    return {owner_id: Reactions(tuple(kinds.values()), mine.get(owner_id)) for owner_id, kinds in counts.items()}


def who_reacted(post: Post) -> list[tuple[Kind, list[Member]]]:
    """The members who reacted to a post, by kind, latest first; at most MAX_LISTED_REACTIONS."""
    return _who(Reaction, post.id)


def who_reacted_to_message(message: ConversationMessage) -> list[tuple[Kind, list[Member]]]:
    """The same of a message, for somebody who may read it."""
    return _who(MessageReaction, message.id)


def _who(model: type[AnyReaction], owner_id: int) -> list[tuple[Kind, list[Member]]]:
    statement = select(model).where(_owner_of(model) == owner_id).options(joinedload(model.member))
    rows: list[Any] = list(session.scalars(statement.order_by(model.created_at.desc()).limit(MAX_LISTED_REACTIONS)))
    kinds = [kind for kind in snapshot().reaction_kinds if any(row.kind_id == kind.id for row in rows)]
    return [(kind, [row.member for row in rows if row.kind_id == kind.id]) for kind in kinds]
