"""Give, change and withdraw reactions."""

from sqlalchemy import ColumnElement, select

from forum import page_versions, permissions
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.members import counters as member_counters
from forum.models import Member, Post, Reaction, ReactionKind
from forum.notifications import actions as notifications


def react(actor: Member, post: Post, *, kind: str) -> Reaction:
    """Set the actor's one reaction to a post, replacing an earlier one. Raises Invalid for an unknown kind."""
    page_versions.lock_thread(post.thread, post)
    permissions.require(permissions.may_react(actor, post))
    reaction = session.get(Reaction, (post.id, actor.id))
    chosen, before = kind_named(kind), reaction.kind_id if reaction else None
    if reaction is None:
        reaction = Reaction(post_id=post.id, member_id=actor.id, kind_id=chosen.id, created_at=clock.now())
        session.add(reaction)
        notifications.notify_of_reaction(actor, post)
    reaction.kind_id = chosen.id
    session.flush()
    if before is not None:
        _count(post, _score(before), -1)
    _count(post, chosen.score, 1)
    return reaction


def withdraw_reaction(actor: Member, post: Post) -> None:
    """Remove the actor's reaction, if any."""
    page_versions.lock_thread(post.thread, post)
    permissions.require(permissions.may_react(actor, post))
    reaction = session.get(Reaction, (post.id, actor.id))
    if reaction is None:
        return
    score = _score(reaction.kind_id)
    session.delete(reaction)
    session.flush()
    _count(post, score, -1)
    notifications.withdraw_reaction(actor, post)


def count_reaction(post: Post, kind_id: int, sign: int) -> None:
    """Count a reaction to a post for its author (+1), or no longer (−1); post.thread must be loaded."""
    _count(post, _score(kind_id), sign)


def kind_named(key: str) -> ReactionKind:
    """The kind with a key, which stays until the transaction ends. Raises Invalid if there is none."""
    kind = _find_kind(ReactionKind.key == key)
    if kind is None:
        raise Invalid({"kind": [say("There is no such reaction.")]})
    return kind


def _find_kind(condition: ColumnElement[bool]) -> ReactionKind | None:
    """A kind, which no admin deletes or changes until the transaction ends; the snapshot may be older than the rows."""
    kinds = select(ReactionKind).where(condition).with_for_update(read=True, key_share=True)
    return session.scalars(kinds, execution_options={"populate_existing": True}).one_or_none()


def _score(kind_id: int) -> int:
    kind = _find_kind(ReactionKind.id == kind_id)
    return kind.score if kind else 0


def _count(post: Post, score: int, sign: int) -> None:
    if score and member_counters.is_counted(post):
        member_counters.count_reaction(post.author_id, score, sign)
