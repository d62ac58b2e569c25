"""Remove the reactions that a member gave in one thread, and bring them back."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from forum import page_versions, permissions
from forum.audit_log import Change, record
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Member, Post, Reaction, ReactionKind, Thread
from forum.moderation.cleaning import targets
from forum.moderation.cleaning.plan import Plan
from forum.reactions.actions import count_reaction


def remove_in_thread(actor: Member, member: Member, plan: Plan, thread: Thread, post_ids: Collection[int]) -> int:
    """Remove a member's reactions to posts of a thread, if the actor moderates it; returns how many."""
    page_versions.lock_thread(thread)
    if not permissions.may_moderate(actor, thread):
        return 0
    theirs = (in_list(Reaction.post_id, post_ids), *targets.own_reactions(member.id, plan))
    found = select(Reaction, Post).join(Post, Post.id == Reaction.post_id).where(Post.thread_id == thread.id, *theirs)
    found = found.options(joinedload(Post.thread)).order_by(Post.id).with_for_update(of=(Reaction, Post))
    removed: list[tuple[int, int, str]] = []
    for reaction, post in session.execute(found, execution_options={"populate_existing": True}).all():
        removed.append((post.id, reaction.kind_id, reaction.created_at.isoformat()))
        if post.is_public:  # else it does not count
            count_reaction(post, reaction.kind_id, -1)
    ids = [post_id for post_id, _, _ in removed]
    gone = delete(Reaction).where(Reaction.member_id == member.id, in_list(Reaction.post_id, ids))
    session.execute(gone, execution_options={"synchronize_session": "fetch"})
    if removed:
        change = Change({"member": member.id, "reactions": removed}, {"reactions": []})
        record("remove-reactions", actor=actor, target=f"thread:{thread.id}", change=change, number=len(removed))
    return len(removed)


def posts_of(removed: Collection[tuple[int, int, str]]) -> list[Post]:
    """The posts of removed reactions that still exist, by thread, with their threads."""
    found = select(Post).where(in_list(Post.id, [post_id for post_id, _, _ in removed]))
    ordered = found.options(joinedload(Post.thread)).order_by(Post.thread_id, Post.id)
    return list(session.scalars(ordered, execution_options={"populate_existing": True}))


def restore(member_id: int, removed: Collection[tuple[int, int, str]]) -> int:
    """Bring back reactions, unless the member has reacted to the post again, or the kind is gone; returns how many."""
    given = {post_id: (kind_id, moment) for post_id, kind_id, moment in removed}
    kinds, restored = set(session.scalars(select(ReactionKind.id))), 0
    locked = set[int]()
    for post in posts_of(removed):
        kind_id, moment = given[post.id]
        if kind_id not in kinds:
            continue
        if post.thread_id not in locked:
            page_versions.lock_thread(post.thread)
            locked.add(post.thread_id)
        values = {"post_id": post.id, "member_id": member_id, "kind_id": kind_id}
        statement = insert_into(Reaction).values(**values, created_at=datetime.fromisoformat(moment))
        if session.execute(statement.on_conflict_do_nothing().returning(Reaction.post_id)).first() is None:
            continue
        restored += 1
        session.refresh(post, ["visibility"])
        if post.is_public:
            count_reaction(post, kind_id, 1)
    return restored
