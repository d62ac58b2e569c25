"""What waits for moderators: opening, assigning and deciding cases, and who may see which."""

from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select, update
from sqlalchemy.orm import contains_eager

from forum import permissions
from forum.infra import clock
from forum.infra.database.core_statements import insert_into
from forum.infra.database.db import session
from forum.infra.errors import Conflict, NotFound
from forum.infra.text.messages import say
from forum.models import Board, Member, Post, ReviewItem, ReviewKind, Right, Thread
from forum.verdicts import YES, Verdict

ALREADY_DECIDED = Verdict(Conflict(say("Somebody else has decided this already.")))


def may_review(actor: Member | None, item: ReviewItem) -> Verdict:
    """Whether the actor may decide a case: who moderates the board of its post; about members, who may ban."""
    if item.post is not None:
        return permissions.may_moderate(actor, item.post.thread)
    return permissions.may_use_right(actor, Right.BAN_MEMBERS)


def reviewable(actor: Member) -> Select[ReviewItem]:
    """The cases that the actor may decide, open or not, with post, thread and board."""
    boards = contains_eager(ReviewItem.post).contains_eager(Post.thread).contains_eager(Thread.board)
    return _with_boards(select(ReviewItem)).where(_is_reviewable(actor)).options(boards)


def reviewable_ids(actor: Member) -> Select[int]:
    """The ids of the cases that the actor may decide; further conditions may be over post, thread and board."""
    return _with_boards(select(ReviewItem.id)).where(_is_reviewable(actor))


def _with_boards(cases: Select[Any]) -> Select[Any]:
    return cases.outerjoin(ReviewItem.post).outerjoin(Post.thread).outerjoin(Thread.board)


def _is_reviewable(actor: Member) -> ColumnElement[bool]:
    """SQL twin of may_review."""
    scope = permissions.scope_of(actor)
    moderated = Board.id.in_(sorted(scope.moderate))
    about_members = bool(permissions.may_use_right(actor, Right.BAN_MEMBERS))
    return or_(moderated, ReviewItem.post_id.is_(None)) if about_members else moderated


def open_case(kind: ReviewKind, *, post: Post | None = None, member_id: int | None = None) -> int:
    """The id of the open case of a kind about a post or a member, opened if there is none."""
    about = {"post_id": post.id if post else None, "member_id": post.author_id if post else member_id}
    values = {"kind": kind.value, "opened_at": clock.now(), **about}
    session.execute(insert_into(ReviewItem).values(**values).on_conflict_do_nothing())
    same = ReviewItem.post_id == post.id if post else ReviewItem.post_id.is_(None) & (ReviewItem.member_id == member_id)
    found = select(ReviewItem.id).where(same, ReviewItem.kind == kind.value, ReviewItem.decided_at.is_(None))
    return session.scalars(found).one()


def find_case(actor: Member, item_id: int) -> ReviewItem:
    """A case that the actor may decide; raises NotFound."""
    item = session.scalars(reviewable(actor).where(ReviewItem.id == item_id)).one_or_none()
    if item is None:
        raise NotFound
    return item


def decide(actor: Member, item: ReviewItem, decision: str) -> None:
    """Close an open case; of two moderators the second gets Conflict. The caller has done what was decided."""
    permissions.require(may_review(actor, item))
    values = {"decided_at": clock.now(), "decided_by_id": actor.id, "decision": decision}
    still_open = update(ReviewItem).where(ReviewItem.id == item.id, ReviewItem.decided_at.is_(None))
    changed = session.execute(still_open.values(**values).returning(ReviewItem.id)).first()
    permissions.require(YES if changed else ALREADY_DECIDED)
    session.refresh(item, ["decided_at", "decided_by_id", "decision"])
