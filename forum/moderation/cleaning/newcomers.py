"""Who has joined lately, with what waits of theirs: the list from which a wave of spammers is ticked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, func, or_, select

from forum import permissions
from forum.infra import clock
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.infra.paging import Page
from forum.models import (
    Member,
    Post,
    PostFingerprint,
    Reaction,
    ReviewItem,
    ReviewKind,
    Right,
    Role,
    Thread,
    Visibility,
)
from forum.moderation import reviews
from forum.moderation.cleaning.plan import OLD_FROM_POSTS, cleaned_boards, is_old, may_clean

DAYS = (1, 3, 7, 30)  # that can be chosen
PER_PAGE, MAX_PAGES = 300, 100
SPAM_SIGNS = frozenset({"spam", "same-text", "same-link", "blocked-link"})  # of threads/approval/reasons.py
_HELD = Visibility.HELD.value


@dataclass(frozen=True)
class Newcomer:
    """A new member, how many of their posts wait, and whether one of these waits for a sign of spam."""

    member: Member
    waiting: int
    has_sign: bool


def newcomers(actor: Member, *, days: int, number: int) -> tuple[list[Newcomer], Page]:
    """A page of the members who joined in the last days and are not banned, those with signs of spam first."""
    permissions.require(permissions.may_use_right(actor, Right.BAN_MEMBERS))
    recent = _recent(days).with_only_columns(Member.id).order_by(Member.joined_at.desc(), Member.id.desc())
    page = bounded_count(number, recent, size=PER_PAGE, most=MAX_PAGES * PER_PAGE)
    if number > page.count:
        page = Page(page.count, page.total, page.size)  # the last ones have been banned meanwhile
    ids = list(session.scalars(recent.offset(page.offset).limit(page.size)))
    found = session.scalars(select(Member).where(in_list(Member.id, ids))).all() if ids else []
    waiting, signs = _waiting(actor, ids)
    signs |= _in_campaigns(ids)
    listed = [Newcomer(each, waiting.get(each.id, 0), each.id in signs) for each in found if may_clean(actor, each)]
    return sorted(listed, key=lambda each: (not each.has_sign, -each.waiting, -each.member.id)), page


def _recent(days: int) -> Select[Member]:
    since = clock.now() - timedelta(days=days)
    plain = (Member.role == Role.MEMBER.value, Member.closed_at.is_(None), Member.message_count < OLD_FROM_POSTS)
    return select(Member).where(Member.joined_at >= since, *plain, ~Member.is_banned)


def _waiting(actor: Member, ids: Collection[int]) -> tuple[dict[int, int], set[int]]:
    """How many posts of each wait, and whose wait for a sign of spam."""
    if not ids:
        return {}, set()
    held = (ReviewItem.kind == ReviewKind.HELD_POST.value, ReviewItem.decided_at.is_(None))
    theirs = reviews.reviewable_columns(actor, ReviewItem.member_id, ReviewItem.held_for, func.count())
    theirs = theirs.where(*held, in_list(ReviewItem.member_id, ids))
    counts, signs = dict[int, int](), set[int]()
    for member_id, held_for, number in session.execute(theirs.group_by(ReviewItem.member_id, ReviewItem.held_for)):
        counts[member_id] = counts.get(member_id, 0) + number
        if SPAM_SIGNS & {code.partition(":")[0] for code in held_for.split("\n")}:
            signs.add(member_id)
    return counts, signs


def _in_campaigns(ids: Collection[int]) -> set[int]:
    """Who of these wrote something that is part of a campaign, unless moderators have found it fine."""
    open_or_spam = or_(ReviewItem.decided_at.is_(None), ReviewItem.decision == "spam")
    parts = select(PostFingerprint.member_id).join(ReviewItem, ReviewItem.id == PostFingerprint.campaign_id)
    return set(session.scalars(parts.where(in_list(PostFingerprint.member_id, ids), open_or_spam))) if ids else set()


def chosen(actor: Member, ids: Sequence[int]) -> list[Member]:
    """The members among these who can be cleaned up after together: new ones whom the actor may ban."""
    found = session.scalars(select(Member).where(in_list(Member.id, ids)).order_by(Member.id)).all() if ids else []
    return [each for each in found if not is_old(each) and may_clean(actor, each)]


@dataclass(frozen=True)
class Counted:
    """How much some members have written and given that can be removed."""

    threads: int
    posts: int
    waiting: int
    reactions: int


def counted(actor: Member, members: Sequence[Member]) -> Counted:
    """What a cleaning of all these members goes through in the boards that the actor moderates."""
    ids = [member.id for member in members]
    here = in_list(Thread.board_id, cleaned_boards(actor))
    posts = select(func.count()).select_from(Post).join(Thread, Thread.id == Post.thread_id).where(here)
    theirs = posts.where(in_list(Post.author_id, ids))
    started = select(func.count()).select_from(Thread).where(here, in_list(Thread.starter_id, ids), Thread.is_public)
    given = select(func.count()).select_from(Reaction).join(Post, Post.id == Reaction.post_id)
    given = given.join(Thread, Thread.id == Post.thread_id).where(here, in_list(Reaction.member_id, ids))
    is_held = or_(Post.visibility == _HELD, Thread.visibility == _HELD)
    queries = (started, theirs.where(Post.is_public, Thread.is_public), theirs.where(is_held), given)
    return Counted(*(session.scalar(query) or 0 for query in queries)) if ids else Counted(0, 0, 0, 0)
