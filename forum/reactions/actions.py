"""Give, change and withdraw reactions."""

from forum import page_versions, permissions
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.infra.text.messages import say
from forum.members import counters as member_counters
from forum.models import Member, Post, Reaction
from forum.notifications import actions as notifications
from forum.site.queries import snapshot


def react(actor: Member, post: Post, *, kind: str) -> Reaction:
    """Set the actor's one reaction to a post, replacing an earlier one. Raises Invalid for an unknown kind."""
    page_versions.lock_thread(post.thread, post)
    permissions.require(permissions.may_react(actor, post))
    chosen = snapshot().kind(kind)
    if chosen is None:
        raise Invalid({"kind": [say("There is no such reaction.")]})
    reaction = session.get(Reaction, (post.id, actor.id))
    before = snapshot().kind_by_id(reaction.kind_id).score if reaction else 0
    if reaction is None:
        reaction = Reaction(post_id=post.id, member_id=actor.id, kind_id=chosen.id, created_at=clock.now())
        session.add(reaction)
        notifications.alert_for_reaction(actor, post)
    reaction.kind_id = chosen.id
    session.flush()
    _count(post, before, -1)
    _count(post, chosen.score, 1)
    return reaction


def withdraw_reaction(actor: Member, post: Post) -> None:
    """Remove the actor's reaction, if any."""
    page_versions.lock_thread(post.thread, post)
    permissions.require(permissions.may_react(actor, post))
    reaction = session.get(Reaction, (post.id, actor.id))
    if reaction is None:
        return
    score = snapshot().kind_by_id(reaction.kind_id).score
    session.delete(reaction)
    session.flush()
    _count(post, score, -1)
    notifications.forget_reaction(actor, post)


def _count(post: Post, score: int, sign: int) -> None:
    if score and member_counters.is_counted(post):
        member_counters.count_reaction(post.author_id, score, sign)
