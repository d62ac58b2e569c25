"""Campaigns as moderators see them: what several new members posted alike, decided all at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, case, distinct, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased, contains_eager, joinedload

from forum import permissions
from forum.audit_log import Change, in_batch, record
from forum.decisions.actions import NO_GROUNDS, Grounds
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import Conflict, Invalid, NotFound
from forum.infra.paging import Page
from forum.infra.text.messages import say
from forum.models import BulkAct, Member, Post, PostFingerprint, ReviewItem, ReviewKind, Thread, Visibility
from forum.moderation import bulk, reviews
from forum.moderation.open_count import forget_count
from forum.moderation.reports.cases import with_names
from forum.spam.near_copies import FINE
from forum.threads.approval.campaigns import CALLED_SPAM, SAME_LINK
from forum.verdicts import YES

POSTS_PER_PAGE, MAX_PAGES = 20, 500
MAX_MEMBERS = 50  # named on the page of a campaign
MAX_DECIDED = 5000  # posts, at once; more wait each for itself
ACTS = {CALLED_SPAM: "spam-posts", FINE: "approve-posts"}
_OF_CAMPAIGNS = (ReviewKind.CAMPAIGN.value, ReviewKind.HELD_POST.value)


@dataclass(frozen=True)
class Extent:
    """How large a campaign is in the boards of a moderator, and the domain that it links to, if that is its sign."""

    posts: int = 0
    members: int = 0
    threads: int = 0
    domain: str = ""
    has_more_elsewhere: bool = False  # in boards that the moderator does not moderate
    waiting: int = 0  # of the posts
    is_part: bool = False  # the campaign began in a board that the moderator does not moderate


def find(actor: Member, item_id: int) -> ReviewItem:
    """A campaign that has posts in a board that the actor moderates. Raises NotFound."""
    permissions.require(reviews.may_moderate_some(actor))
    is_theirs = _is_moderated_by(actor)
    parts = _joined(PostFingerprint.campaign_id == item_id, is_theirs).with_only_columns(Post.id)
    found = _campaigns().where(ReviewItem.id == item_id, or_(is_theirs, parts.correlate(None).exists()))
    item = session.scalars(found.options(joinedload(ReviewItem.decided_by))).one_or_none()
    if item is None:
        raise NotFound
    return item


def _campaigns() -> Select[ReviewItem]:
    """Campaigns with their oldest posts and the places of these."""
    whole = contains_eager(ReviewItem.post).contains_eager(Post.thread).contains_eager(Thread.board)
    joined = select(ReviewItem).join(ReviewItem.post).join(Post.thread).join(Thread.board)
    return joined.where(ReviewItem.kind == ReviewKind.CAMPAIGN.value).options(whole)


def is_part(actor: Member, item: ReviewItem) -> bool:
    """Whether a campaign began in a board that the actor does not moderate, so that they decide only a part of it."""
    return not reviews.may_review(actor, item)


def open_campaigns(actor: Member) -> list[ReviewItem]:
    """The campaigns that wait for the actor's decision, and those of which a part does, oldest first."""
    is_open = (ReviewItem.kind == ReviewKind.CAMPAIGN.value, ReviewItem.decided_at.is_(None))
    waiting = with_names(reviews.reviewable(actor)).where(*is_open).order_by(ReviewItem.opened_at, ReviewItem.id)
    whole = list(session.scalars(waiting.limit(POSTS_PER_PAGE)))
    return sorted(whole + _open_parts(actor), key=lambda item: (item.opened_at, item.id))


def _open_parts(actor: Member) -> list[ReviewItem]:
    """The campaigns begun elsewhere of which posts wait in boards that the actor moderates."""
    held, post, thread = aliased(ReviewItem), aliased(Post), aliased(Thread)
    moderated = sorted(permissions.scope_of(actor).moderate)
    waits = (held.kind == ReviewKind.HELD_POST.value, held.decided_at.is_(None), thread.board_id.in_(moderated))
    theirs = (
        select(PostFingerprint.campaign_id)
        .join(held, held.post_id == PostFingerprint.post_id)
        .join(post, post.id == PostFingerprint.post_id)
        .join(thread, thread.id == post.thread_id)
        .where(PostFingerprint.campaign_id.is_not(None), *waits)
    )
    parts = with_names(_campaigns()).where(ReviewItem.id.in_(theirs), Thread.board_id.not_in(moderated))
    return list(session.scalars(parts.order_by(ReviewItem.opened_at, ReviewItem.id).limit(POSTS_PER_PAGE)))


def extents(actor: Member, items: Iterable[ReviewItem]) -> dict[int, Extent]:
    """How large campaigns are in the boards that the actor moderates, by their ids; one statement."""
    by_id = {item.id: item for item in items if item.kind == ReviewKind.CAMPAIGN}
    if not by_id:
        return {}
    campaign, is_theirs = PostFingerprint.campaign_id, _is_moderated_by(actor)
    kinds = (Post.id, PostFingerprint.member_id, Post.thread_id)
    counts = [func.count(distinct(case((is_theirs, column)))) for column in kinds]
    counts.append(func.count(case((and_(is_theirs, _waits()), 1))))
    rows = _joined(campaign.in_(by_id)).with_only_columns(campaign, *counts, func.count()).group_by(campaign)
    counted = {row[0]: row[1:] for row in session.execute(rows)}
    return {item_id: _extent(actor, item, counted.get(item_id, (0,) * 5)) for item_id, item in by_id.items()}


def _extent(actor: Member, item: ReviewItem, numbers: Sequence[int]) -> Extent:
    posts, members, threads, waiting, everywhere = numbers
    has_more = everywhere > posts
    return Extent(posts, members, threads, _domain(item), has_more, waiting, is_part(actor, item))


def _waits() -> ColumnElement[bool]:
    """SQL twin of holding.waits."""
    held = Visibility.HELD.value
    return or_(Post.visibility == held, and_(Post.position == 1, Thread.visibility == held))


def _domain(item: ReviewItem) -> str:
    sign, _, domain = item.held_for.partition(":")
    return domain if sign == SAME_LINK else ""


def _parts(actor: Member, *conditions: ColumnElement[bool]) -> Select[Post]:
    """The posts of campaigns in the boards that the actor moderates."""
    return _joined(*conditions, _is_moderated_by(actor))


def _joined(*conditions: ColumnElement[bool]) -> Select[Post]:
    joined = select(Post).join(PostFingerprint, PostFingerprint.post_id == Post.id).join(Post.thread)
    return joined.where(*conditions)


def _is_moderated_by(actor: Member) -> ColumnElement[bool]:
    return Thread.board_id.in_(sorted(permissions.scope_of(actor).moderate))


def ids_of(items: Iterable[ReviewItem]) -> dict[int, int]:
    """By the ids of cases, the open campaigns that their posts are part of, of a campaign itself; one statement."""
    campaign = aliased(ReviewItem)
    rows = select(PostFingerprint.post_id, PostFingerprint.campaign_id)
    rows = rows.join(campaign, campaign.id == PostFingerprint.campaign_id).where(campaign.decided_at.is_(None))
    about = {item.id: item.post_id for item in items if item.kind in _OF_CAMPAIGNS}
    theirs = rows.where(PostFingerprint.post_id.in_(about.values()))
    by_post: dict[int | None, int] = {row[0]: row[1] for row in session.execute(theirs) if row[1] is not None}
    return {item_id: by_post[post_id] for item_id, post_id in about.items() if post_id in by_post}


def posts_of(actor: Member, item: ReviewItem, number: int) -> tuple[list[Post], Page]:
    """A page of the posts of a campaign in the boards that the actor moderates, oldest first. Raises NotFound."""
    theirs = _parts(actor, PostFingerprint.campaign_id == item.id)
    ids = theirs.with_only_columns(Post.id).order_by(Post.id)
    page = bounded_count(number, ids, size=POSTS_PER_PAGE, most=MAX_PAGES * POSTS_PER_PAGE)
    if not 1 <= number <= page.count:
        raise NotFound
    whole = contains_eager(Post.thread).joinedload(Thread.board)
    shown = theirs.options(whole, joinedload(Post.author)).order_by(Post.id).offset(page.offset).limit(page.size)
    return list(session.scalars(shown)), page


def members_of(actor: Member, item: ReviewItem) -> list[tuple[Member, int]]:
    """The members of a campaign with how many of its posts they wrote, at most MAX_MEMBERS."""
    member_id = PostFingerprint.member_id
    theirs = _parts(actor, PostFingerprint.campaign_id == item.id).with_only_columns(member_id, func.count())
    counted = theirs.group_by(member_id).order_by(member_id).limit(MAX_MEMBERS)
    numbers = {row[0]: row[1] for row in session.execute(counted)}
    members = session.scalars(select(Member).where(Member.id.in_(numbers)).order_by(Member.id)) if numbers else ()
    return [(member, numbers[member.id]) for member in members]


def decide(actor: Member, item: ReviewItem, decision: str, *, grounds: Grounds = NO_GROUNDS) -> BulkAct:
    """Decide that a campaign is spam or fine, and begin to remove or approve its posts; the caller commits and runs it.

    If it began elsewhere, only the actor's part of it is decided. Of two moderators the second gets Conflict.
    """
    if decision not in ACTS:
        raise Invalid({"decision": [say("Choose one.")]})
    theirs = _parts(actor, PostFingerprint.campaign_id == item.id).with_only_columns(Post.id)
    ids = list(session.scalars(theirs.order_by(Post.id).limit(MAX_DECIDED)))
    part = is_part(actor, item)
    if part:
        permissions.require(YES if extents(actor, [item])[item.id].waiting else reviews.ALREADY_DECIDED)
    else:
        reviews.decide(actor, item, decision)
    change, act = Change({}, {}), ACTS[decision]
    entry = record("moderate-in-bulk", actor=actor, change=change, act=act, posts=len(ids), reason=grounds.reason)
    session.flush()
    if not part:
        with in_batch(entry.id):
            _record(actor, item, was="", now=decision)
    return bulk.add(entry, BulkAct(act=act, reason=bulk.clean_reason(grounds.reason), rule=grounds.rule), ids)


def _record(actor: Member, item: ReviewItem, *, was: str, now: str) -> None:
    change = Change({"decision": was}, {"decision": now})
    record("decide-campaign", actor=actor, target=f"campaign:{item.id}", change=change, decision=now)
    session.flush()


def kept_decision(item_id: int) -> dict[str, str] | None:
    """The decision about a campaign; None if its oldest post is gone."""
    item = session.get(ReviewItem, item_id, populate_existing=True)
    return {"decision": item.decision} if item is not None and item.kind == ReviewKind.CAMPAIGN else None


def put_decision(actor: Member, item_id: int, decision: str) -> None:
    """Take a decision about a campaign back, or make it again; its posts are decided each for itself."""
    item = find(actor, item_id)
    permissions.require(reviews.may_review(actor, item))
    was = item.decision
    if decision:
        reviews.decide(actor, item, decision)
    else:
        _reopen(item)
    _record(actor, item, was=was, now=decision)


def _reopen(item: ReviewItem) -> None:
    values = {"decided_at": None, "decided_by_id": None, "decision": ""}
    decided = update(ReviewItem).where(ReviewItem.id == item.id, ReviewItem.decided_at.is_not(None))
    try:
        with session.begin_nested():
            session.execute(decided.values(**values), execution_options={"synchronize_session": False})
    except IntegrityError as error:
        raise Conflict(say("There is another campaign about the same post meanwhile.")) from error
    forget_count()
    session.refresh(item, list(values))
