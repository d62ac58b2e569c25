"""What the alerts page reads."""

from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload

from forum import permissions
from forum.infra.bounded_count import bounded_count
from forum.infra.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import SIZE, Page
from forum.models import Member, Notification, Post, Thread

ALERT_PAGES = 50  # how deep alerts can be paged
MAX_UNSEEN_COUNTED = 100  # more are told as "99+"


def alerts_of(actor: Member, number: int) -> tuple[list[Notification], Page]:
    """A page of the member's alerts, newest first; of posts that they may still see."""
    seen = _visible(actor)
    ids = seen.with_only_columns(Notification.id, maintain_column_froms=True).order_by(Notification.id.desc())
    page = bounded_count(number, ids, most=ALERT_PAGES * SIZE)
    if not 1 <= number <= page.count:
        raise NotFound
    loaded = seen.options(
        joinedload(Notification.actor),
        contains_eager(Notification.post).contains_eager(Post.thread).contains_eager(Thread.board),
    )
    return list(session.scalars(loaded.order_by(Notification.id.desc()).offset(page.offset).limit(page.size))), page


def unseen_count(actor: Member) -> int:
    """How many alerts of posts that the member may still see wait in their list, UNSEEN_COUNTED at most."""
    if not actor.unread_alerts:
        return 0
    unseen = (
        _visible(actor)
        .where(Notification.seen_at.is_(None))
        .with_only_columns(Notification.id, maintain_column_froms=True)
    )
    return session.scalar(select(func.count()).select_from(unseen.limit(MAX_UNSEEN_COUNTED).subquery())) or 0


def _visible(actor: Member) -> Select[Notification]:
    return (
        select(Notification)
        .join(Notification.post)
        .join(Post.thread)
        .join(Thread.board)
        .where(Notification.member_id == actor.id, permissions.visible_posts(actor))
    )
