"""What becomes of a post when a service has answered: it waits for a moderator, or no longer."""

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from forum import page_versions
from forum.infra.database.db import session
from forum.members.signup.newcomers import is_new as is_new_member
from forum.models import Member, OutsideCheck, Post, ReviewItem, ReviewKind, Thread, Visibility
from forum.moderation.reports.hiding import hidden_part, set_visibility
from forum.outside import sending
from forum.outside.checks import AKISMET, CHECK, IS_HAM, IS_SPAM
from forum.threads.approval import holding, publishing
from forum.threads.approval.reasons import stored

WAITS, FOUND = "akismet-waits", "akismet"  # reasons to wait
CHECKED = "checked"  # the decision about what waited for the answer only


def send_due() -> None:
    """Ask services what is due, and act on their answers; for a job."""
    sending.send_due(apply_answer)


def apply_answer(check: OutsideCheck) -> None:
    """Hold a new member's post that Akismet finds to be spam, publish one that waited for nothing but its answer."""
    if check.service != AKISMET or check.kind != CHECK or check.result not in {IS_SPAM, IS_HAM}:
        return
    found = select(Post).where(Post.id == check.post_id).options(joinedload(Post.author))
    whole = joinedload(Post.thread).joinedload(Thread.board)
    post = session.scalars(found.options(whole).execution_options(populate_existing=True)).one_or_none()
    if post is None:
        return
    page_versions.lock_thread(post.thread, post)
    if post.position == 1:
        page_versions.bump_board(post.thread.board_id)
    open_ones = (ReviewItem.post_id == post.id, ReviewItem.kind == ReviewKind.HELD_POST.value)
    item = session.scalars(select(ReviewItem).where(*open_ones, ReviewItem.decided_at.is_(None))).one_or_none()
    if item is None:
        _hold(post, is_spam=check.result == IS_SPAM)
    elif check.result == IS_SPAM:
        kept = [reason for reason in item.held_for.splitlines() if reason != WAITS]
        item.held_for = stored([*kept, FOUND])
    elif item.held_for == WAITS and holding.waits(post):
        publishing.publish(post)
        holding.close_case(post.id, CHECKED, None)
    session.flush()


def _hold(post: Post, *, is_spam: bool) -> None:
    decided = select(ReviewItem.id).where(ReviewItem.post_id == post.id, ReviewItem.decided_at.is_not(None)).limit(1)
    is_new = is_new_member(session.get_one(Member, post.author_id))
    is_public = hidden_part(post).is_public and post.thread.is_public and not post.thread.is_being_merged
    if is_spam and is_new and is_public and session.scalar(decided) is None:
        set_visibility(post, Visibility.HELD)
        holding.open_case(post, [FOUND])
