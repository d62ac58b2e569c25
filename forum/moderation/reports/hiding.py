"""Hiding a reported post until a moderator looks, and what becomes of it then.

The first post stands for its thread. What is held does not count, as if it were deleted; it keeps its position.
"""

from sqlalchemy import select

from forum import page_versions
from forum.audit_log import record
from forum.decisions.actions import Grounds, state
from forum.infra import clock
from forum.infra.database.db import session
from forum.infra.text.messages import one_line
from forum.models import DecisionKind, Member, Post, ReviewItem, ReviewKind, Thread, Visibility
from forum.models.moderation.report import DISMISSED
from forum.moderation.reports.reporters import is_staff, weight_of_reports
from forum.moderation.tools import delete_thread
from forum.search.index import actions as search
from forum.site.queries import snapshot
from forum.threads import counters, delete_backfill
from forum.threads.actions import delete_post
from forum.threads.approval import holding
from forum.threads.rules import REASON_MAX

HIDDEN_STATES = (Visibility.HELD, Visibility.REJECTED)


def hidden_part(post: Post) -> Thread | Post:
    """What is hidden with a post: the thread if it is the first."""
    return post.thread if post.position == 1 else post


def hide_if_reported_enough(item: ReviewItem, post: Post) -> None:
    """Hide a public post, whose thread the caller has locked, if its reports weigh as much as the setting says.

    Not if a moderator has found earlier reports of the same text not to be right.
    """
    enough, board_id = snapshot().report_hide_weight, post.thread.board_id
    if not enough or not post.is_public or not post.thread.is_public or post.thread.is_being_merged:
        return
    if is_staff(session.get_one(Member, post.author_id), board_id):
        return
    weight = weight_of_reports(item.id)
    if weight < enough or _was_found_right(post):
        return
    item.has_hidden = True
    set_visibility(post, Visibility.HELD)
    record("hide-reported", target=f"report:{item.id}", board=board_id, weight=round(weight, 2))


def _was_found_right(post: Post) -> bool:
    """Whether moderators have dismissed reports of the post as it is."""
    same = (ReviewItem.post_id == post.id, ReviewItem.kind == ReviewKind.REPORT.value)
    last = select(ReviewItem.decided_at).where(*same, ReviewItem.decision == DISMISSED)
    decided_at = session.scalar(last.order_by(ReviewItem.decided_at.desc()).limit(1))
    return decided_at is not None and (post.edited_at is None or post.edited_at < decided_at)


def show_again(post: Post) -> None:
    """Make a post public again that reports had hidden, unless something else was done to it meanwhile."""
    if hidden_part(post).visibility in HIDDEN_STATES:
        set_visibility(post, Visibility.PUBLIC)


def remove_or_reject(actor: Member, post: Post, *, was_hidden: bool, deletes: bool, grounds: Grounds) -> None:
    """Delete a post that was rightly reported, or leave it rejected, seen by its author, if reports had hidden it."""
    part = hidden_part(post)
    if deletes and part.is_public:
        if part is post:
            delete_post(actor, post, reason=grounds.reason, rule=grounds.rule)
        else:
            delete_thread(actor, post.thread, reason=grounds.reason, rule=grounds.rule)
    elif deletes and not part.is_deleted:
        part.mark_deleted(clock.now(), actor.id, one_line(grounds.reason)[:REASON_MAX])
        if part is post and post.has_held_edit:
            holding.close_case(post.id, "deleted", actor)
        told = DecisionKind.POST_DELETED if part is post else DecisionKind.THREAD_DELETED
        _state(told, actor, post, rule=grounds.rule)
        kind = "post" if part is post else "thread"
        record(f"delete-{kind}", actor=actor, target=f"{kind}:{part.id}", reason=part.delete_reason)
    elif was_hidden and part.visibility == Visibility.HELD:
        part.visibility = Visibility.REJECTED
        _state(DecisionKind.POST_REJECTED, actor, post)
    session.flush()


def _state(kind: DecisionKind, actor: Member, post: Post, *, rule: str = "") -> None:
    part = hidden_part(post)
    state(kind, actor, post.author_id, Grounds(part.delete_reason, rule), about=part, text=post.source)


def set_visibility(post: Post, visibility: Visibility) -> None:
    """Hide a public post, or its thread, or make it public, with what is counted and found."""
    part, sign = hidden_part(post), 1 if visibility == Visibility.PUBLIC else -1
    part.visibility = visibility
    session.flush()
    if part is post:
        search.index_post(post.id)
        counters.count_deletion(post, sign=sign)
        return
    thread = post.thread
    counters.count_in_board(thread, thread.board_id, sign=sign)
    search.index_thread(thread.id)
    delete_backfill.start(thread)
    page_versions.bump_board(thread.board_id)
    if sign < 0:
        page_versions.invalidate_removed_threads()
