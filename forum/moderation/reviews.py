"""What waits for moderators: opening, assigning and deciding cases, and who may see which."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import aliased, contains_eager

from forum import permissions
from forum.infra import clock
from forum.infra.database.core_statements import insert_into, without_index
from forum.infra.database.db import session
from forum.infra.errors import Conflict, NotFound
from forum.infra.text.messages import say
from forum.models import ConversationMessage, Member, Post, PostFingerprint, ReviewItem, ReviewKind, Right, Thread
from forum.moderation.open_count import forget_count
from forum.notifications import staff
from forum.verdicts import HIDDEN, MUST_LOG_IN, STAFF_ONLY, YES, Verdict

DECIDED_ALREADY = say("Somebody else has decided this already.")
ALREADY_DECIDED = Verdict(Conflict(DECIDED_ALREADY))
MAX_TRIES = 5


def may_moderate_some(actor: Member | None) -> Verdict:
    """Whether the actor moderates any board."""
    writes = permissions.may_write(actor)
    if actor is None or not writes:
        return writes
    return permissions.unless_lacking(actor) if permissions.scope_of(actor).moderate else STAFF_ONLY


def may_review_some(actor: Member | None) -> Verdict:
    """Whether the actor may decide cases at all: who moderates any board, or may ban members."""
    verdict = permissions.may_use_right(actor, Right.BAN_MEMBERS)
    if actor is None or verdict or not permissions.scope_of(actor).moderate:
        return MUST_LOG_IN if actor is None else verdict
    return permissions.may_write(actor) and permissions.unless_lacking(actor)


def may_review(actor: Member | None, item: ReviewItem) -> Verdict:
    """Whether the actor may decide a case: who moderates the board of its post; about members, who may ban.

    Nobody learns of reports of themselves, nor reviews their own appeal.
    """
    if item.kind in staff.OTHERS_ONLY and actor is not None and item.member_id == actor.id:
        return HIDDEN
    if item.post is not None:
        return permissions.may_moderate(actor, item.post.thread)
    return permissions.may_use_right(actor, Right.BAN_MEMBERS)


def reviewable(actor: Member) -> Select[ReviewItem]:
    """The cases that the actor may decide, open or not, with post, thread and board."""
    whole = contains_eager(ReviewItem.post).contains_eager(Post.thread).contains_eager(Thread.board)
    return reviewable_columns(actor, ReviewItem).options(whole)


def reviewable_columns(actor: Member, *columns: Any) -> Select[Any]:
    """Columns of the cases that the actor may decide, over ReviewItem joined to Post, Thread and Board."""
    joined = select(*columns).select_from(ReviewItem).outerjoin(ReviewItem.post).outerjoin(Post.thread)
    return joined.outerjoin(Thread.board).where(staff.decidable_by(actor))


def stands_alone(actor: Member) -> ColumnElement[bool]:
    """Whether a case is shown by itself: unless it is a held post of a campaign that the actor decides as one case."""
    campaign, about, thread = aliased(ReviewItem), aliased(Post), aliased(Thread)
    theirs = without_index(thread.board_id).in_(sorted(permissions.scope_of(actor).moderate))
    together = (
        select(PostFingerprint.post_id)
        .join(campaign, campaign.id == PostFingerprint.campaign_id)
        .join(about, about.id == campaign.post_id)
        .join(thread, thread.id == about.thread_id)
        .where(PostFingerprint.post_id == ReviewItem.post_id, campaign.decided_at.is_(None), theirs)
    )
    return or_(ReviewItem.kind != ReviewKind.HELD_POST.value, ~together.exists())


def newest_case(actor: Member, post_id: int) -> ReviewItem:
    """The newest case about a post that the actor may decide, an open one if there is any. Raises NotFound."""
    theirs = reviewable(actor).where(ReviewItem.post_id == post_id)
    item = session.scalars(theirs.order_by(ReviewItem.decided_at.is_not(None), ReviewItem.id.desc()).limit(1)).first()
    if item is None or not may_review(actor, item):
        raise NotFound
    return item


def open_case(
    kind: ReviewKind,
    *,
    post: Post | None = None,
    message: ConversationMessage | None = None,
    member_id: int | None = None,
) -> int:
    """The id of the open case of a kind about a post, a message or a member, opened if there is none.

    The case is locked until the transaction ends, so that it is not decided meanwhile.
    """
    written = post or message
    about_id = written.author_id if written else member_id
    ids = {"post_id": post.id if post else None, "message_id": message.id if message else None}
    about = {**ids, "member_id": about_id}
    values = {"kind": kind.value, "opened_at": clock.now(), **about}
    same = is_about(post=post, message=message, member_id=member_id)
    found = select(ReviewItem.id).where(same, ReviewItem.kind == kind.value, ReviewItem.decided_at.is_(None))
    for _ in range(MAX_TRIES):
        opened = insert_into(ReviewItem).values(**values).on_conflict_do_nothing().returning(ReviewItem.id)
        is_new = session.execute(opened).first() is not None
        item_id = session.scalars(found.with_for_update()).one_or_none()
        if item_id is not None:  # else it was decided between the two statements
            if is_new:
                _tell_staff(kind, post, about_id or 0)
            forget_count()
            return item_id
    raise Conflict(DECIDED_ALREADY)


def _tell_staff(kind: ReviewKind, post: Post | None, about: int) -> None:
    told = staff.REPORTS if kind is ReviewKind.REPORT else staff.QUEUE
    staff.tell_staff(told, board_id=post.thread.board_id if post else None, about=about)


def is_about(
    *, post: Post | None = None, message: ConversationMessage | None = None, member_id: int | None = None
) -> ColumnElement[bool]:
    """SQL condition: the case is about a post or a message, or about a member and nothing that they wrote."""
    if post is not None:
        return ReviewItem.post_id == post.id
    if message is not None:
        return ReviewItem.message_id == message.id
    return and_(ReviewItem.post_id.is_(None), ReviewItem.message_id.is_(None), ReviewItem.member_id == member_id)


def find_case(actor: Member, item_id: int) -> ReviewItem:
    """A case that the actor may decide; raises NotFound."""
    item = session.scalars(reviewable(actor).where(ReviewItem.id == item_id)).one_or_none()
    if item is None:
        raise NotFound
    return item


def decide(actor: Member, item: ReviewItem, decision: str) -> None:
    """Close an open case; of two moderators the second gets Conflict. The caller has done what was decided."""
    permissions.require(may_review(actor, item))
    now = clock.now()
    first, responded = func.coalesce(ReviewItem.first_decided_at, now), func.coalesce(ReviewItem.responded_at, now)
    values = {"decided_at": now, "decided_by_id": actor.id, "decision": decision, "first_decided_at": first}
    values["responded_at"] = responded
    still_open = update(ReviewItem).where(ReviewItem.id == item.id, ReviewItem.decided_at.is_(None))
    changed = session.execute(still_open.values(**values).returning(ReviewItem.id)).first()
    permissions.require(YES if changed else ALREADY_DECIDED)
    forget_count()
    session.refresh(item, list(values))
