"""What the alerts page reads."""

from sqlalchemy import select
from sqlalchemy.orm import contains_eager, joinedload

from forum import permissions
from forum.base.counting import page_ahead
from forum.base.db import session
from forum.base.errors import NotFound
from forum.base.paging import SIZE, Page
from forum.models import Member, Notification, Post, Thread

ALERT_PAGES = 50  # how deep alerts can be paged


def alerts_of(actor: Member, number: int) -> tuple[list[Notification], Page]:
    """A page of the member's alerts, newest first; of posts that they may still see."""
    seen = (
        select(Notification)
        .join(Notification.post)
        .join(Post.thread)
        .join(Thread.board)
        .where(Notification.member_id == actor.id, permissions.visible_posts(actor))
    )
    ids = seen.with_only_columns(Notification.id, maintain_column_froms=True).order_by(Notification.id.desc())
    page = page_ahead(number, ids, most=ALERT_PAGES * SIZE)
    if not 1 <= number <= page.count:
        raise NotFound
    loaded = seen.options(
        joinedload(Notification.actor),
        contains_eager(Notification.post).contains_eager(Post.thread).contains_eager(Thread.board),
    )
    return list(session.scalars(loaded.order_by(Notification.id.desc()).offset(page.offset).limit(page.size))), page
