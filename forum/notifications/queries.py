"""What the alerts page reads."""

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from forum import permissions
from forum.base.db import session
from forum.base.errors import NotFound
from forum.base.paging import Page
from forum.models import Member, Notification, Post, Thread


def alerts_of(actor: Member, number: int) -> tuple[list[Notification], Page]:
    """A page of the member's alerts, newest first; of posts that they may still see."""
    seen = (
        select(Notification)
        .join(Notification.post)
        .join(Post.thread)
        .join(Thread.board)
        .where(Notification.member_id == actor.id, permissions.visible_posts(actor))
    )
    ids = seen.with_only_columns(Notification.id).subquery()
    page = Page(number, session.scalar(select(func.count()).select_from(ids)) or 0)
    if not 1 <= number <= page.count:
        raise NotFound
    loaded = seen.options(
        joinedload(Notification.actor),
        contains_eager(Notification.post).contains_eager(Post.thread).contains_eager(Thread.board),
    )
    return list(session.scalars(loaded.order_by(Notification.id.desc()).offset(page.offset).limit(page.size))), page
