"""Deciding about edits that wait: the approved text stays public until one is approved."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import joinedload

from forum import page_versions, permissions
from forum.audit_log import Change, record
from forum.decisions.actions import NO_GROUNDS, Grounds, end_latest, state
from forum.infra.database.db import session
from forum.infra.errors import Conflict, NotFound
from forum.infra.text.messages import one_line, say
from forum.models import (
    DecisionKind,
    HeldEdit,
    LogEntry,
    Member,
    Notification,
    Post,
    PostRevision,
    ReviewItem,
    ReviewKind,
    Thread,
)
from forum.moderation import reviews
from forum.notifications import actions as notifications
from forum.spam import actions as spam
from forum.threads import actions
from forum.threads.approval import edits
from forum.threads.approval.reasons import SPAM
from forum.threads.rules import REASON_MAX
from forum.threads.writing import render
from forum.verdicts import YES, Verdict

APPROVED = "edit-approved"  # the kind of notification
CHANGED = Verdict(Conflict(say("The author has changed this edit since. Read it again before you decide.")))
OUTDATED = Verdict(
    Conflict(say("The post was changed after this edit was written. Compare the two under “Edit and approve”."))
)
POST_DELETED = Verdict(Conflict(say("The post was deleted meanwhile, and its edit with it.")))
WITHDRAWN = Verdict(Conflict(say("The author has withdrawn this edit meanwhile.")))
CANNOT_REOPEN = Verdict(Conflict(say("This was changed again since, so it is not undone.")))
_ENDED = {"deleted": POST_DELETED, "withdrawn": WITHDRAWN}


class Correction(NamedTuple):
    """What a moderator approves in place of what the author wrote, and the post's revision that they compared with."""

    body: str
    title: str | None = None
    seen_revision: int | None = None
    grounds: Grounds = NO_GROUNDS


def is_outdated(edit: HeldEdit, post: Post) -> bool:
    """Whether the post's text or its thread's title was changed after the edit was written."""
    is_renamed = post.position != 1 or post.thread.title != edit.title_before
    return bool((edit.source and edit.revision != post.revision_count) or (edit.title and is_renamed))


def approve(
    actor: Member, item: ReviewItem, *, number: int | None = None, correction: Correction | None = None
) -> LogEntry:
    """Make an edit public, or the moderator's correction of it.

    Raises Conflict if it is decided already, if its author changed it after `number`, or if the post has changed since.
    """
    post, edit = _begin(actor, item)
    permissions.require(YES if number in {None, edit.number} else CHANGED)
    permissions.require(OUTDATED if correction is None and is_outdated(edit, post) else YES)
    was = _values(item)
    reviews.decide(actor, item, "approve")
    post.has_held_edit = False
    before = post.revision_count
    author = session.get_one(Member, post.author_id)
    edit.revision, edit.title_before = before, post.thread.title
    written = render(edit.source or post.source)
    edit.sample_id = spam.learn_edit(written.html, edit.title, is_spam=False, was_held=SPAM in item.held_for)
    if edit.source and edit.source != post.source:
        edits.store_text(author, post, written)
    if edit.title and post.position == 1:
        edits.store_title(post.thread, edit.title)
    if correction is not None:
        _correct(actor, post, edit, correction, before)
    elif post.is_public and post.thread.is_public:
        notifications.notify_of_edit(post, mentions=written.mentions)
    edit.approved_revision = post.revision_count
    _forget_approval(post)
    notifications.tell(post.author_id, APPROVED, subject=f"post:{post.id}", post=post)
    return _record("approve-edit", actor, post, was, _values(item))


def _correct(actor: Member, post: Post, edit: HeldEdit, correction: Correction, before: int) -> None:
    if correction.seen_revision not in {None, before}:
        permissions.require(OUTDATED)
    if correction.title is not None and post.position == 1:
        actions.change_title(actor, post.thread, title=correction.title, grounds=correction.grounds)
        edit.title = post.thread.title if edit.title else ""
    actions.edit_post(actor, post, body=correction.body, grounds=correction.grounds)


def _forget_approval(post: Post) -> None:
    notifications.forget((Notification.kind == APPROVED) & (Notification.post_id == post.id))


def reject(
    actor: Member,
    item: ReviewItem,
    *,
    decision: str = "reject",
    grounds: Grounds = NO_GROUNDS,
    number: int | None = None,
) -> LogEntry:
    """Leave the approved text as it is; the author reads why, and what they wrote. Raises Conflict as `approve`."""
    post, edit = _begin(actor, item)
    permissions.require(YES if number in {None, edit.number} else CHANGED)
    was, why = _values(item), one_line(grounds.reason)[:REASON_MAX]
    reviews.decide(actor, item, decision)
    item.answer = why
    post.has_held_edit = False
    if decision == "spam":
        edit.sample_id = spam.learn_edit(render(edit.source or post.source).html, edit.title, is_spam=True)
    text = "\n\n".join(part for part in (edit.title, edit.source) if part)
    state(DecisionKind.EDIT_REJECTED, actor, post.author_id, Grounds(why, grounds.rule), about=post, text=text)
    return _record("reject-edit", actor, post, was, _values(item))


def reopen(actor: Member, item: ReviewItem) -> LogEntry:
    """Let an edit wait again that was approved or rejected: an approved one is taken out of the post again."""
    post = _lock(item)
    session.refresh(item, ["decided_at", "decision"])
    permissions.require(reviews.may_review(actor, item))
    edit, was = _edit(item), _values(item)
    permissions.require(YES if _may_wait_again(item, edit, post) else CANNOT_REOPEN)
    if item.decision == "approve":
        _take_back(actor, post, edit)
    if edit.sample_id is not None:
        spam.forget_edit(edit.sample_id)
    edit.sample_id = edit.approved_revision = None
    end_latest(DecisionKind.EDIT_REJECTED, post)
    values = {"decided_at": None, "decided_by_id": None, "decision": "", "answer": ""}
    session.execute(update(ReviewItem).where(ReviewItem.id == item.id).values(**values))
    session.refresh(item, list(values))
    post.has_held_edit = True
    session.flush()
    return _record("hold-edit", actor, post, was, _values(item))


def _may_wait_again(item: ReviewItem, edit: HeldEdit, post: Post) -> bool:
    """Whether it is the last edit of the post that was judged, and nothing of the post was changed since."""
    later = select(func.max(ReviewItem.id)).where(ReviewItem.post_id == post.id, ReviewItem.kind == item.kind)
    if item.decision not in {"approve", "reject", "spam"} or session.scalar(later) != item.id or not post.is_public:
        return False
    if item.decision != "approve":
        return True
    is_title_same = not edit.title or (post.position == 1 and post.thread.title == edit.title)
    return edit.approved_revision == post.revision_count and is_title_same


def _take_back(actor: Member, post: Post, edit: HeldEdit) -> None:
    """Store the text and title of before the approval again, and delete what it told."""
    _forget_approval(post)
    key = (post.id, edit.revision + 1)
    old = session.get(PostRevision, key) if post.revision_count > edit.revision else None
    if old is not None:
        since = old.replaced_at
        told = (Notification.post_id == post.id) & (Notification.kind == "mention")
        notifications.withdraw(told & (Notification.created_at >= since))
        edits.store_text(actor, post, render(old.source))
    if edit.title:
        edits.store_title(post.thread, edit.title_before)
        page_versions.invalidate_removed_threads()
    edit.revision = post.revision_count


def _begin(actor: Member, item: ReviewItem) -> tuple[Post, HeldEdit]:
    """Lock an edit that waits. Raises Conflict unless it still does, Forbidden if the actor may not decide."""
    post = _lock(item)
    permissions.require(reviews.may_review(actor, item))
    session.refresh(item, ["decided_at", "decision", "held_for"])
    if item.decided_at is not None:
        permissions.require(_ENDED.get(item.decision, reviews.ALREADY_DECIDED))
    return post, _edit(item)


def _lock(item: ReviewItem) -> Post:
    post = item.post
    if post is None:
        raise NotFound
    page_versions.lock_thread(post.thread, post)
    return post


def _edit(item: ReviewItem) -> HeldEdit:
    found = select(HeldEdit).where(HeldEdit.item_id == item.id)
    edit = session.scalars(found, execution_options={"populate_existing": True}).one_or_none()
    if edit is None:  # an account was erased with it
        raise NotFound
    return edit


def kept_decision(item_id: int) -> dict[str, object] | None:
    """What the log keeps of a decision, as it is stored now; None if the post or the edit is gone."""
    item = session.get(ReviewItem, item_id, populate_existing=True)
    has_edit = session.scalar(select(HeldEdit.id).where(HeldEdit.item_id == item_id))
    return _values(item) if item is not None and has_edit is not None else None


def find_item(item_id: int) -> ReviewItem:
    """The case of an edit, without a check of who may see it. Raises NotFound."""
    found = select(ReviewItem).where(ReviewItem.id == item_id, ReviewItem.kind == ReviewKind.HELD_EDIT.value)
    whole = joinedload(ReviewItem.post).joinedload(Post.thread).joinedload(Thread.board)
    item = session.scalars(found.options(whole)).one_or_none()
    if item is None:
        raise NotFound
    return item


def _values(item: ReviewItem) -> dict[str, Any]:
    return {"item": item.id, "decision": item.decision, "reason": item.answer}


def _record(action: str, actor: Member, post: Post, was: Mapping[str, object], now: Mapping[str, object]) -> LogEntry:
    details = {name: now[name] for name in ("reason", "decision")}
    entry = record(action, actor=actor, target=f"post:{post.id}", change=Change(was, now), **details)
    session.flush()
    return entry


def settle_account(member: Member) -> None:
    """Withdraw the edits of a member whose account is closed; the texts are their drafts if they come back."""
    waiting = (ReviewItem.kind == ReviewKind.HELD_EDIT.value, ReviewItem.decided_at.is_(None))
    theirs = select(Post).join(ReviewItem, ReviewItem.post_id == Post.id).where(Post.author_id == member.id, *waiting)
    whole = joinedload(Post.thread).joinedload(Thread.board)
    for post in session.scalars(theirs.order_by(Post.thread_id, Post.id).options(whole)).all():
        page_versions.lock_thread(post.thread, post)
        edits.withdraw_locked(member, post)
