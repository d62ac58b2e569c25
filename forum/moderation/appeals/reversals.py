"""How each kind of decision is reversed: one entry a kind.

A kind without an entry is only marked as no longer in force. What was changed again meanwhile stays as it is: the post
is restored already, a later edit or title stands, a later ban is a decision of its own.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from forum.decisions.actions import end_about
from forum.infra import clock
from forum.infra.database.db import session
from forum.members import sanctions
from forum.members.bans import holds
from forum.members.bans.replaced import bring_back
from forum.members.bans.thread_bans import bans_from_thread, unban_from_thread
from forum.models import (
    Decision,
    DecisionKind,
    Member,
    Post,
    PostRevision,
    ReviewItem,
    ReviewKind,
    Sanction,
    SanctionKind,
    SpamCleaning,
    Thread,
    Visibility,
)
from forum.moderation import edits, queue, tools
from forum.moderation.cleaning import actions as cleanings
from forum.moderation.reports import hiding
from forum.moderation.warnings import giving, lists
from forum.site.mutes import board_of
from forum.spam import actions as spam
from forum.threads import actions
from forum.threads.approval import publishing

Reversal = Callable[[Member, Decision], None]
APPEALED = "Reversed after an appeal."  # the reason of a warning that is withdrawn
REJECTIONS = ("reject", "spam")  # decisions of the approval queue


def reverse(actor: Member, decision: Decision) -> None:
    """Undo what was decided, as far as it still stands, and mark the decision as no longer in force."""
    if decision.ended_at is not None:
        return
    if (undo := REVERSALS.get(decision.kind)) is not None:
        undo(actor, decision)
    session.flush()
    open_still = update(Decision).where(Decision.id == decision.id, Decision.ended_at.is_(None))
    session.execute(open_still.values(ended_at=clock.now()))
    session.refresh(decision, ["ended_at"])


def _post(decision: Decision) -> Post | None:
    """The post, or the first of the thread, with thread and board."""
    place = joinedload(Post.thread).joinedload(Thread.board)
    found = select(Post).options(place).execution_options(populate_existing=True)
    if decision.about_post_id is not None:
        return session.scalars(found.where(Post.id == decision.about_post_id)).one_or_none()
    return session.scalars(found.where(Post.thread_id == decision.about_thread_id, Post.position == 1)).one_or_none()


def _undelete_post(actor: Member, decision: Decision) -> None:
    post = _post(decision)
    if post is None or not post.is_deleted:
        return
    if post.was_published:
        actions.undelete_post(actor, post)
    else:  # it was waiting for approval
        publishing.publish(post)
        end_about(DecisionKind.POST_DELETED, post)
    spam.forget(post)


def _undelete_thread(actor: Member, decision: Decision) -> None:
    post = _post(decision)
    if post is not None and post.thread.is_deleted:
        tools.undelete_thread(actor, post.thread)
        spam.forget(post)


def _put_text_back(actor: Member, decision: Decision) -> None:
    post = _post(decision)
    if post is None or post.is_deleted or post.edited_at is None or post.edited_at < decision.at:
        return
    last = select(PostRevision.source).where(
        PostRevision.post_id == post.id, PostRevision.number == post.revision_count
    )
    if session.scalar(last) == decision.text:  # nobody has edited it since
        actions.edit_post(actor, post, body=decision.text)
        end_about(DecisionKind.POST_EDITED, post)


def _put_title_back(actor: Member, decision: Decision) -> None:
    post = _post(decision)
    same = (Decision.about_thread_id == decision.about_thread_id, Decision.kind == decision.kind)
    later = session.scalar(select(Decision.id).where(*same, Decision.id > decision.id).limit(1))
    if post is not None and later is None:
        actions.change_title(actor, post.thread, title=decision.text)
        end_about(DecisionKind.TITLE_EDITED, post.thread)


def _approve(actor: Member, decision: Decision) -> None:
    """Approve what a moderator has rejected, or show again what reports had hidden."""
    post = _post(decision)
    if post is None or hiding.hidden_part(post).visibility != Visibility.REJECTED:
        return
    waited = select(ReviewItem).where(ReviewItem.post_id == post.id, ReviewItem.kind == ReviewKind.HELD_POST.value)
    item = session.scalars(waited.order_by(ReviewItem.id.desc()).limit(1)).first()
    if item is not None and item.decision in REJECTIONS:
        item = queue.find(actor, item.id)
        queue.reopen(actor, item)
        queue.approve(actor, item)
        return
    hiding.show_again(post)
    end_about(DecisionKind.POST_REJECTED, hiding.hidden_part(post))


def _lift_ban(actor: Member, decision: Decision) -> None:
    member = session.get_one(Member, decision.member_id)
    ban = sanctions.ban_of(member)
    if ban is not None and ban.created_at == decision.at:
        sanctions.unban(actor, member)
        bring_back(actor, member, ban)


def _lift_hold(actor: Member, decision: Decision) -> None:
    member = session.get_one(Member, decision.member_id)
    hold = holds.hold_of(member)
    if hold is not None and hold.created_at == decision.at:
        holds.lift_hold(actor, member)
        bring_back(actor, member, hold)


def _lift_mute(actor: Member, decision: Decision) -> None:
    theirs = (Sanction.member_id == decision.member_id, Sanction.kind == SanctionKind.MUTE.value)
    begun = select(Sanction).where(*theirs, Sanction.created_at == decision.at, Sanction.ended_at.is_(None))
    mute = session.scalars(begun).one_or_none()
    if mute is not None:
        member = session.get_one(Member, decision.member_id)
        sanctions.unmute(actor, member, board_id=board_of(mute))
        bring_back(actor, member, mute)


def _let_write_in_thread(actor: Member, decision: Decision) -> None:
    member, thread = session.get_one(Member, decision.member_id), _thread(decision)
    ban = next((each for each in bans_from_thread(thread) if each.member_id == member.id), None) if thread else None
    if thread is not None and ban is not None and ban.created_at == decision.at:
        unban_from_thread(actor, member, thread)
        bring_back(actor, member, ban, thread)


def _thread(decision: Decision) -> Thread | None:
    found = select(Thread).options(joinedload(Thread.board)).where(Thread.id == decision.about_thread_id)
    return session.scalars(found).one_or_none()


def _withdraw_warning(actor: Member, decision: Decision) -> None:
    warning = lists.of_decision(decision.id)
    if warning is not None and warning.withdrawn_at is None:
        giving.withdraw(actor, warning, reason=APPEALED)


def _approve_edit(actor: Member, decision: Decision) -> None:
    theirs = (ReviewItem.post_id == decision.about_post_id, ReviewItem.kind == ReviewKind.HELD_EDIT.value)
    item_id = session.scalar(select(ReviewItem.id).where(*theirs).order_by(ReviewItem.id.desc()).limit(1))
    item = edits.find_item(item_id) if item_id is not None else None
    if item is not None and item.decision in REJECTIONS:
        edits.reopen(actor, item)
        edits.approve(actor, item)


def _undo_cleaning(actor: Member, decision: Decision) -> None:
    """Begin to undo it; a job brings back what does not come at once."""
    cleaning = session.scalars(select(SpamCleaning).where(SpamCleaning.decision_id == decision.id)).one_or_none()
    if cleaning is not None and cleaning.undo_id is None:
        cleanings.undo(actor, cleaning.entry_id)


REVERSALS: Mapping[str, Reversal] = {
    DecisionKind.POST_DELETED: _undelete_post,
    DecisionKind.THREAD_DELETED: _undelete_thread,
    DecisionKind.POST_EDITED: _put_text_back,
    DecisionKind.TITLE_EDITED: _put_title_back,
    DecisionKind.POST_REJECTED: _approve,
    DecisionKind.BAN: _lift_ban,
    DecisionKind.MUTE: _lift_mute,
    DecisionKind.HOLD: _lift_hold,
    DecisionKind.THREAD_BAN: _let_write_in_thread,
    DecisionKind.WARNING: _withdraw_warning,
    DecisionKind.EDIT_REJECTED: _approve_edit,
    DecisionKind.CLEANED: _undo_cleaning,
}
