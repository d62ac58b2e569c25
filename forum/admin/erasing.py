"""Delete posts and threads for good: after a moderator has deleted them, by admins, without a way back.

Of a post its place remains, so that positions and pages stay as they are; of a thread nothing.
"""

import math

from sqlalchemy import delete, func, select, update

from forum import page_versions, permissions
from forum.admin.removal import thread_erasures, thread_removal
from forum.audit_log import record
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid
from forum.infra.text.messages import one_line, say
from forum.markup.render import VERSION
from forum.models import Decision, HeldEdit, Member, Notification, Post, PostRevision, Reaction, Thread, ThreadErasure
from forum.notifications import actions as notifications
from forum.search.index import actions as search
from forum.spam import actions as spam
from forum.threads import drafts
from forum.threads.actions import ERASED
from forum.threads.approval import holding
from forum.threads.rules import REASON_MAX
from forum.verdicts import YES, Verdict

MAX_POSTS = 1000  # of a thread that is deleted in one request; more need a job
NOT_DELETED = Verdict(Conflict(say("Only what is deleted already can be deleted for good.")))
WITH_THREAD = Verdict(Conflict(say("The first post can only be deleted for good with its thread.")))


def may_erase_post(actor: Member | None, post: Post) -> Verdict:
    """Whether the actor may delete a post for good: admins, once it is deleted."""
    admin = permissions.may_administer(actor)
    if not admin or post.position == 1:
        return admin and WITH_THREAD
    if post.is_erased:
        return ERASED
    return YES if post.is_deleted else NOT_DELETED


def erase_post(actor: Member, post: Post, *, reason: str) -> None:
    """Delete a post for good: text, versions, reactions, notifications, and copies of staff's decisions about it."""
    page_versions.lock_thread(post.thread, post)
    permissions.require(may_erase_post(actor, post))
    why = _checked_reason(reason)
    spam.forget_text(post)
    for sample_id in session.scalars(select(HeldEdit.sample_id).where(HeldEdit.post_id == post.id)).all():
        if sample_id is not None:
            spam.forget_edit_text(sample_id)
    holding.close_case(post.id, "deleted", actor)
    for model in (PostRevision, Reaction, HeldEdit):
        session.execute(delete(model).where(model.post_id == post.id))
    copies = update(Decision).where(Decision.about_post_id == post.id)
    session.execute(copies.values(text="").execution_options(synchronize_session=False))
    notifications.forget((Notification.post_id == post.id) | Notification.is_about(f"post:{post.id}"))
    drafts.discard_all([f"post:{post.id}"])
    post.source = post.html = post.staff_notice = post.delete_reason = ""
    post.markup_version, post.revision_count = VERSION, 0
    post.edited_at = post.editor_id = None
    session.flush()
    search.remove_post(post.id)
    record("erase-post", actor=actor, target=f"post:{post.id}", reason=why)


def may_erase_thread(actor: Member | None, thread: Thread) -> Verdict:
    """Whether the actor may delete a thread for good: admins, once it is deleted."""
    admin = permissions.may_administer(actor)
    return admin and (YES if thread.is_deleted else NOT_DELETED)


def erase_thread(actor: Member, thread: Thread, *, reason: str) -> ThreadErasure | None:
    """Delete a thread with all its posts for good, or begin to, if it is long; that is begun once."""
    page_versions.lock_thread(thread)
    permissions.require(may_erase_thread(actor, thread))
    if thread.is_being_merged:
        return thread_erasures.running_of(thread.id)
    why = _checked_reason(reason)
    number = session.scalar(select(func.count()).where(Post.thread_id == thread.id)) or 0
    if number > MAX_POSTS or thread_removal.follow_many(thread):
        return thread_erasures.begin(actor, thread, posts=number, reason=why)
    page_versions.lock_boards(thread.board_id)
    thread_id = thread.id
    while not thread_erasures.remove_some(thread, math.inf):
        session.refresh(thread)
    session.expunge(thread)
    page_versions.invalidate_removed_threads()
    record("erase-thread", actor=actor, reason=why, number=thread_id)
    return None


def _checked_reason(reason: str) -> str:
    clean = one_line(reason)[:REASON_MAX]
    if not clean:
        raise Invalid({"reason": [say("Say why this is deleted for good.")]})
    return clean
