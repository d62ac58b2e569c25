"""Who was told of what, in tests of watching."""

from sqlalchemy import select

from forum.infra.database.db import session, start_writing
from forum.models import Member, Notification
from forum.notifications import watchers
from forum.notifications.bulk import KINDS, further_of
from forum.threads.queries import threads_with_names


def tell() -> None:
    """Commit, run the job that tells watchers, and go on writing with all threads loaded again."""
    session.commit()
    watchers.tell_pending()
    start_writing()
    session.scalars(threads_with_names()).all()


def told(member: Member) -> list[tuple[str, int, int]]:
    """What a member was told: the kind, the post, and of how many posts after it."""
    theirs = select(Notification).where(Notification.member_id == member.id, Notification.withdrawn_at.is_(None))
    return [
        (each.kind, each.post_id or 0, further_of(each)) for each in session.scalars(theirs.order_by(Notification.id))
    ]


def told_by_watching(member: Member) -> list[tuple[int, int]]:
    """The posts of which a member was told because they watch, and of how many after each."""
    return [(post_id, further) for kind, post_id, further in told(member) if kind in KINDS]
