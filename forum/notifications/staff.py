"""Tell those who may decide that something waits for them: of reports, and of all else, once until they look."""

from datetime import timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import load_only

from forum import permissions
from forum.infra import clock
from forum.infra.database.core_statements import without_index
from forum.infra.database.db import session
from forum.models import GroupMembership, Member, Notification, Post, ReviewItem, ReviewKind, Right, Role, Thread
from forum.notifications.actions import forget, tell
from forum.site.queries import snapshot

REPORTS, QUEUE = "reports", "queue"
STAFF_KINDS = (REPORTS, QUEUE)
MAX_STAFF = 100
AGAIN_AFTER = timedelta(minutes=10)  # before that, what is unseen is not brought up to date
OTHERS_ONLY = (ReviewKind.REPORT.value, ReviewKind.APPEAL.value)  # not for the member whom the case is about


def decidable_by(actor: Member) -> ColumnElement[bool]:
    """The cases that a member may decide, over ReviewItem joined to its Post and Thread."""
    scope = permissions.scope_of(actor)
    theirs = without_index(Thread.board_id).in_(sorted(scope.moderate))
    about_members = bool(permissions.may_use_right(actor, Right.BAN_MEMBERS))
    decidable = or_(theirs, ReviewItem.post_id.is_(None)) if about_members else theirs
    return and_(decidable, or_(ReviewItem.kind.not_in(OTHERS_ONLY), ReviewItem.member_id != actor.id))


def may_be_shown(actor: Member) -> ColumnElement[bool]:
    """Over Notification: it is not for staff, or something that the member may decide is open."""
    others = Notification.kind.not_in(STAFF_KINDS)
    scope = permissions.scope_of(actor)
    if not (scope.moderate or Right.BAN_MEMBERS in scope.rights):
        return others
    reports = ReviewItem.kind == ReviewKind.REPORT.value
    return or_(
        others,
        and_(Notification.kind == REPORTS, _is_any_open(actor, reports)),
        and_(Notification.kind == QUEUE, _is_any_open(actor, ~reports)),
    )


def _is_any_open(actor: Member, which: ColumnElement[bool]) -> ColumnElement[bool]:
    waiting = select(ReviewItem.id).outerjoin(ReviewItem.post).outerjoin(Post.thread)
    waiting = waiting.where(ReviewItem.decided_at.is_(None), which, decidable_by(actor))
    return waiting.correlate(None).exists()


def tell_staff(kind: str, *, board_id: int | None, about: int) -> None:
    """Tell those who may decide it that a case was opened: in a board, or about a member; not whom it is about."""
    members = _staff_to_tell(kind, board_id=board_id, about=about)
    if members:
        forget((Notification.kind == kind) & Notification.member_id.in_(members))
    for member_id in members:
        tell(member_id, kind, subject=kind)


def _staff_to_tell(kind: str, *, board_id: int | None, about: int) -> list[int]:
    """Those who may decide the case, but for those who were told of one just now and have not seen it."""
    recent = exists().where(
        *(Notification.member_id == Member.id, Notification.kind == kind, Notification.is_unseen()),
        Notification.created_at > clock.now() - AGAIN_AFTER,
    )
    in_groups = select(GroupMembership.member_id).where(GroupMembership.group_id.in_(_groups_that_decide()))
    is_staff = or_(Member.role.in_((Role.MODERATOR, Role.ADMIN)), Member.id.in_(in_groups))
    able = select(Member).where(is_staff, Member.password_hash.is_not(None), Member.id != about, ~recent)
    loaded = load_only(*Member.card(), Member.password_hash, Member.is_banned, Member.joined_groups)
    members = session.scalars(able.order_by(Member.id).limit(MAX_STAFF).options(loaded)).all()
    return [member.id for member in members if _decides(member, board_id)]


def _decides(member: Member, board_id: int | None) -> bool:
    if board_id is None:
        return bool(permissions.may_use_right(member, Right.BAN_MEMBERS))
    return board_id in permissions.scope_of(member).moderate


def _groups_that_decide() -> list[int]:
    access = snapshot().access
    moderating = {entry.group_id for entries in access.own.values() for entry in entries if entry.moderates}
    banning = {group for group, rights in access.changed_rights.items() if rights.get(Right.BAN_MEMBERS)}
    return sorted(moderating | banning)
