"""Read queries for alerts."""

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from forum import permissions
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import SIZE, Page
from forum.models import Member, Notification, Post, Thread

ALERT_PAGES = 50  # page limit of the list
MAX_UNSEEN_COUNTED = 100  # counting stops here; shown as "99+"


def alerts_of(actor: Member, number: int) -> tuple[list[Notification], Page]:
    """A page of the member's alerts, newest first, without those about posts they may no longer see.

    Raises NotFound past the end.
    """
    visible = _visible(actor)
    ids = visible.with_only_columns(Notification.id, maintain_column_froms=True).order_by(Notification.id.desc())
    page = bounded_count(number, ids, most=ALERT_PAGES * SIZE)
    if not 1 <= number <= page.count:
        raise NotFound
    loaded = visible.options(
        joinedload(Notification.actor),
        contains_eager(Notification.post).contains_eager(Post.thread).contains_eager(Thread.board),
    )
    return list(session.scalars(loaded.order_by(Notification.id.desc()).offset(page.offset).limit(page.size))), page


def unseen_count(actor: Member) -> int:
    """The number of unseen alerts that the list shows, at most MAX_UNSEEN_COUNTED."""
    if not actor.unread_alerts:
        return 0
    unseen = (
        _visible(actor)
        .where(Notification.seen_at.is_(None))
        .with_only_columns(Notification.id, maintain_column_froms=True)
    )
    return session.scalar(select(func.count()).select_from(unseen.limit(MAX_UNSEEN_COUNTED).subquery())) or 0


def _visible(actor: Member) -> Select[Notification]:
    """What the list shows: all without a post, else those whose post the member may still see."""
    shown = or_(Notification.post_id.is_(None), permissions.visible_posts(actor))
    return (
        select(Notification)
        .outerjoin(Notification.post)
        .outerjoin(Post.thread)
        .outerjoin(Thread.board)
        .where(Notification.member_id == actor.id, shown)
    )
