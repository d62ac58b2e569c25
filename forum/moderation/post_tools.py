"""Moderator actions on posts besides editing and deleting: a notice by staff, and another author."""

from sqlalchemy import select, update

from forum import page_versions, permissions
from forum.audit_log import Change, record
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.infra.text.messages import one_line, say
from forum.models import Member, Notification, Post, Reaction, ReviewItem, Right
from forum.notifications import actions as notifications
from forum.reactions.actions import count_reaction
from forum.search.index import actions as search
from forum.threads import counters
from forum.threads.actions import ERASED
from forum.threads.approval import edits
from forum.verdicts import YES, Verdict

MAX_NOTICE = 300


def set_staff_notice(actor: Member, post: Post, *, text: str) -> None:
    """Show a notice by staff with a post, change it, or remove it with an empty text."""
    page_versions.lock_thread(post.thread, post)
    permissions.require(permissions.may_moderate(actor, post.thread))
    permissions.require(ERASED if post.is_erased else YES)
    clean, was = one_line(text), post.staff_notice
    if len(clean) > MAX_NOTICE:
        told = say("Notices can have at most %(most)d characters (you have %(num)d).", most=MAX_NOTICE, num=len(clean))
        raise Invalid({"staff_notice": [told]})
    if clean == was:
        return
    post.staff_notice = clean
    session.flush()
    change = Change({"staff_notice": was}, {"staff_notice": clean})
    record("notice-at-post", actor=actor, target=f"post:{post.id}", change=change, was=was, now=clean)


def may_change_author(actor: Member | None, post: Post) -> Verdict:
    """Whether the actor may make a post that of another member: who moderates the board and manages members."""
    moderates = permissions.may_moderate(actor, post.thread)
    return permissions.may_use_right(actor, Right.MANAGE_MEMBERS) if moderates else moderates


def change_author(actor: Member, post: Post, *, author: Member) -> None:
    """Make a post, and the thread that it begins, that of another member, with all that counts for its author.

    A reaction of the new author to it is withdrawn, and what waited of the old one's edit becomes their draft.
    """
    page_versions.lock_thread(post.thread, post)
    permissions.require(may_change_author(actor, post))
    permissions.require(ERASED if post.is_erased else YES)
    old = session.get_one(Member, post.author_id)
    if old.id == author.id:
        return
    page_versions.bump_board(post.thread.board_id)
    edits.withdraw_locked(old, post)
    _withdraw_reaction(author, post)
    counters.change_author(post, author.id)
    if post.position == 1:
        post.thread.starter_id = author.id
    session.flush()
    session.expire(post, ["author"])
    session.expire(post.thread, ["starter", "last_poster"])
    theirs = (ReviewItem.post_id == post.id, ReviewItem.member_id == old.id)
    session.execute(update(ReviewItem).where(*theirs).values(member_id=author.id))
    _move_notifications(post, old, author)
    search.index_post(post.id)
    change = Change({"author_id": old.id}, {"author_id": author.id})
    names = {"was": old.username, "now": author.username}
    record("change-author", actor=actor, target=f"post:{post.id}", change=change, **names)


def _withdraw_reaction(author: Member, post: Post) -> None:
    """Nobody reacts to their own post."""
    reaction = session.get(Reaction, (post.id, author.id))
    if reaction is None:
        return
    kind_id = reaction.kind_id
    session.delete(reaction)
    session.flush()
    if post.is_public and post.thread.is_public:
        count_reaction(post, kind_id, -1)
    notifications.withdraw_reaction(author, post)


def _move_notifications(post: Post, old: Member, author: Member) -> None:
    """Delete what the old author was told about the post, and name the new one in what others were told."""
    about = (Notification.post_id == post.id) | Notification.is_about(f"post:{post.id}")
    notifications.forget(about & (Notification.member_id == old.id))
    notifications.forget((Notification.post_id == post.id) & (Notification.member_id == author.id))
    by_old = update(Notification).where(Notification.post_id == post.id, Notification.actor_id == old.id)
    session.execute(by_old.values(actor_id=author.id).execution_options(synchronize_session=False))


def author_by_id(member_id: int) -> Member | None:
    """A member whom an entry of the log names, locked so that the account is not erased meanwhile."""
    return session.scalars(select(Member).where(Member.id == member_id).with_for_update(key_share=True)).one_or_none()
