"""The approval queue: threads, posts and people who wait, and deciding about posts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update
from sqlalchemy.orm import contains_eager, joinedload

from forum import page_versions, permissions
from forum.audit_log import Change, record
from forum.decisions.actions import NO_GROUNDS, Grounds, end_about, state
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import Conflict, NotFound
from forum.infra.paging import Page
from forum.infra.text.messages import one_line, say
from forum.members.signup import applications
from forum.models import DecisionKind, LogEntry, Member, Notification, Post, ReviewItem, ReviewKind, Thread, Visibility
from forum.moderation import edits, reviews
from forum.notifications import actions as notifications
from forum.spam import actions as spam
from forum.spam.actions import SURE, Likeness
from forum.threads.approval import holding, publishing
from forum.threads.approval.reasons import SPAM
from forum.threads.rules import REASON_MAX
from forum.verdicts import BEING_MERGED, YES, Verdict

ITEMS_PER_PAGE, MAX_PAGES = 20, 500
CLOSED_ACCOUNT = "closed"  # the decision about what a member's closed account has left
CHANGED = Verdict(Conflict(say("The author has changed this post since. Read it again before you decide.")))
CANNOT_REOPEN = Verdict(Conflict(say("This was changed again since, so it is not undone.")))
_HELD = Visibility.HELD.value
_KINDS = (ReviewKind.HELD_POST.value, ReviewKind.HELD_EDIT.value)
APPROVED = "post-approved"  # the kind of notification
Values = Mapping[str, object]
_SCORE, _BY_AGE = ReviewItem.spam_score, (ReviewItem.opened_at, ReviewItem.id)


@dataclass(frozen=True)
class QueueLook:
    """Which of the queue is shown: what looks like something to the spam filter, and in which order."""

    likeness: Likeness | None = None
    by_score: bool = False  # what looks most like spam first, instead of the oldest

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions of a list; what was never scored is unsure."""
        spam_like, fine = _SCORE > SURE, _SCORE < -SURE
        found = {Likeness.SPAM: spam_like, Likeness.FINE: fine}
        found[Likeness.UNSURE] = or_(_SCORE.is_(None), _SCORE.between(-SURE, SURE))
        return [found[self.likeness]] if self.likeness else []

    @property
    def order(self) -> list[Any]:
        """The order of a list."""
        return [*([func.coalesce(_SCORE, 0).desc()] if self.by_score else []), *_BY_AGE]


AS_IT_CAME = QueueLook()


def waiting(actor: Member, number: int, look: QueueLook = AS_IT_CAME) -> tuple[list[ReviewItem], Page]:
    """A page of what waits in the boards that the actor moderates, oldest first unless `look` says otherwise.

    Past the end it is the last page. Posts of campaigns are left out, which wait as one case each. Those who may ban
    members also see who waits to join.
    """
    permissions.require(reviews.may_review_some(actor))
    held = and_(ReviewItem.kind == ReviewKind.HELD_POST.value, _waits())
    others = ReviewItem.kind.in_((ReviewKind.HELD_EDIT.value, ReviewKind.MEMBER.value))
    is_open = and_(ReviewItem.decided_at.is_(None), or_(held, others))
    listed = reviews.reviewable_columns(actor, ReviewItem.id).where(is_open, reviews.stands_alone(actor))
    ids = listed.where(*look.conditions).order_by(*look.order)
    page = bounded_count(number, ids, size=ITEMS_PER_PAGE, most=MAX_PAGES * ITEMS_PER_PAGE)
    if number > page.count:
        page = Page(page.count, page.total, page.size)  # the last ones have been decided meanwhile
    shown = list(session.scalars(ids.offset(page.offset).limit(page.size)))
    items = _with_all(reviews.reviewable(actor)).where(ReviewItem.id.in_(shown)).order_by(*look.order)
    return list(session.scalars(items)) if shown else [], page


def find(actor: Member, item_id: int) -> ReviewItem:
    """What waits or waited in a board that the actor moderates. Raises NotFound."""
    permissions.require(reviews.may_moderate_some(actor))
    item = session.scalars(_of_posts(actor).where(ReviewItem.id == item_id)).one_or_none()
    if item is None:
        raise NotFound
    return item


def latest_of(actor: Member, post_id: int) -> ReviewItem:
    """The latest case of a held post in a board that the actor moderates. Raises NotFound."""
    permissions.require(reviews.may_moderate_some(actor))
    theirs = _of_posts(actor).where(ReviewItem.post_id == post_id, ReviewItem.kind == ReviewKind.HELD_POST.value)
    theirs = theirs.order_by(ReviewItem.id.desc()).limit(1)
    item = session.scalars(theirs).one_or_none()
    if item is None:
        raise NotFound
    return item


def _of_posts(actor: Member) -> Select[ReviewItem]:
    """The cases of held posts and edits, with all that the queue shows."""
    return _with_all(reviews.reviewable(actor).where(ReviewItem.kind.in_(_KINDS)))


def _with_all(cases: Select[ReviewItem]) -> Select[ReviewItem]:
    people = (joinedload(ReviewItem.member), joinedload(ReviewItem.decided_by))
    return cases.options(contains_eager(ReviewItem.post).joinedload(Post.author), *people)


def _waits() -> ColumnElement[bool]:
    """SQL twin of holding.waits."""
    return or_(Post.visibility == _HELD, and_(Post.position == 1, Thread.visibility == _HELD))


def decide(
    actor: Member, item: ReviewItem, *, decision: str, grounds: Grounds = NO_GROUNDS, revision: int | None = None
) -> LogEntry:
    """Approve or reject what waits. Raises Conflict if it is decided already, or changed since it was read.

    `revision` is the post's that was read, or of an edit how often its author had written it.
    """
    if item.kind == ReviewKind.HELD_EDIT and decision == "approve":
        return edits.approve(actor, item, number=revision)
    if item.kind == ReviewKind.HELD_EDIT:
        return edits.reject(actor, item, decision=decision, grounds=grounds, number=revision)
    if decision == "approve":
        return approve(actor, item, revision=revision)
    return reject(actor, item, decision=decision, reason=grounds.reason, rule=grounds.rule)


def approve(actor: Member, item: ReviewItem, *, revision: int | None = None) -> LogEntry:
    """Make public what waits. Raises Conflict if it is decided already, or changed since `revision` was read."""
    post = _begin(actor, item)
    permissions.require(YES if revision in {None, post.revision_count} else CHANGED)
    was = _values(post, item)
    reviews.decide(actor, item, "approve")
    publishing.publish(post)
    spam.learn(post, is_spam=False, was_held=SPAM in item.held_for)
    _tell_of_approval(post)
    return _record("approve-post", actor, post, was, _values(post, item))


def reject(actor: Member, item: ReviewItem, *, decision: str = "reject", reason: str = "", rule: str = "") -> LogEntry:
    """Do not approve what waits: its author reads why, and can use the text again. Raises Conflict as `approve`."""
    post = _begin(actor, item)
    was = _values(post, item)
    reviews.decide(actor, item, decision)
    _reject(post, reason)
    if decision == "spam":
        spam.learn(post, is_spam=True)
    part = _decided(post)
    grounds = Grounds(part.delete_reason, rule)
    state(DecisionKind.POST_REJECTED, actor, post.author_id, grounds, about=part, text=post.source)
    return _record("reject-post", actor, post, was, _values(post, item))


def _tell_of_approval(post: Post) -> None:
    """Tell the author, also if they were told before of an approval that was taken back."""
    _forget_approval(post)
    notifications.tell(post.author_id, APPROVED, subject=f"post:{post.id}", post=post)


def _forget_approval(post: Post) -> None:
    notifications.forget((Notification.kind == APPROVED) & (Notification.post_id == post.id))


def _reject(post: Post, reason: str) -> None:
    decided = _decided(post)
    decided.mark_rejected(one_line(reason)[:REASON_MAX])
    session.flush()


def reopen(actor: Member, item: ReviewItem) -> LogEntry:
    """Let wait again what was approved or rejected."""
    if item.kind == ReviewKind.HELD_EDIT:
        return edits.reopen(actor, item)
    post = _lock(item)
    session.refresh(item, ["decided_at", "decision"])
    permissions.require(reviews.may_review(actor, item))
    decided, was = _decided(post), _values(post, item)
    is_decided = item.decided_at is not None and (decided.is_public or decided.visibility == Visibility.REJECTED)
    permissions.require(YES if is_decided else CANNOT_REOPEN)
    if decided.is_public:
        permissions.require(BEING_MERGED if post.thread.is_being_merged else YES)
        publishing.take_back(post)
    else:
        decided.visibility, decided.delete_reason = Visibility.HELD, ""
        session.flush()
    spam.forget(post)
    _forget_approval(post)
    end_about(DecisionKind.POST_REJECTED, decided)
    reopened = update(ReviewItem).where(ReviewItem.id == item.id)
    session.execute(reopened.values(decided_at=None, decided_by_id=None, decision=""))
    session.refresh(item, ["decided_at", "decided_by_id", "decision"])
    return _record("hold-post", actor, post, was, _values(post, item))


def _begin(actor: Member, item: ReviewItem) -> Post:
    """Lock what waits. Raises Conflict unless it still does, and Forbidden if the actor must not decide about it."""
    post = _lock(item)
    permissions.require(reviews.may_review(actor, item))
    permissions.require(YES if holding.waits(post) else reviews.ALREADY_DECIDED)
    return post


def _lock(item: ReviewItem) -> Post:
    post = item.post
    if post is None:
        raise NotFound
    page_versions.lock_thread(post.thread, post)
    if post.position == 1:
        page_versions.bump_board(post.thread.board_id)  # its moderators' lists show it
    return post


def kept_decision(post_id: int) -> dict[str, object] | None:
    """What the log keeps of a decision, as it is stored now; None if the post is gone."""
    post = session.get(Post, post_id, options=[joinedload(Post.thread)], populate_existing=True)
    if post is None:
        return None
    theirs = select(ReviewItem).where(ReviewItem.post_id == post_id, ReviewItem.kind == ReviewKind.HELD_POST.value)
    item = session.scalars(theirs.order_by(ReviewItem.id.desc()).limit(1)).one_or_none()
    return _values(post, item) if item is not None else None


def _values(post: Post, item: ReviewItem) -> dict[str, object]:
    decided = _decided(post)
    return {"visibility": int(decided.visibility), "decision": item.decision, "reason": decided.delete_reason}


def _decided(post: Post) -> Thread | Post:
    """What a decision about a post is about: its thread if it begins one."""
    return post.thread if post.position == 1 else post


def _record(action: str, actor: Member, post: Post, was: Values, now: Values) -> LogEntry:
    details = {name: now[name] for name in ("reason", "decision")}
    entry = record(action, actor=actor, target=f"post:{post.id}", change=Change(was, now), **details)
    session.flush()
    return entry


def settle_account(member: Member) -> None:
    """Reject all that waits of a member whose account is closed; they can still use the texts if they come back."""
    edits.settle_account(member)
    theirs = (
        select(ReviewItem)
        .join(ReviewItem.post)
        .join(Post.thread)
        .join(Thread.board)
        .where(ReviewItem.kind == ReviewKind.HELD_POST.value, ReviewItem.decided_at.is_(None))
        .where(ReviewItem.member_id == member.id)
        .order_by(Thread.id)
        .options(joinedload(ReviewItem.post).joinedload(Post.thread).joinedload(Thread.board))
    )
    for item in session.scalars(theirs):
        post = _lock(item)
        if holding.waits(post):
            _reject(post, "")
        holding.close_case(post.id, CLOSED_ACCOUNT, None)
    applications.settle_account(member)
