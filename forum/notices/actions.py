"""Close notices."""

from sqlalchemy import select

from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.models import Member
from forum.site.queries import snapshot

MAX_DISMISSED = 50  # keys that member.dismissed_notices has room for; there are not more notices than that


def dismiss(actor: Member, key: str) -> None:
    """Close a notice for a member, on all of their devices. Raises NotFound for what is not shown or stays.

    Of the notices closed before, the last MAX_DISMISSED are remembered.
    """
    notices = {notice.key: notice for notice in snapshot().notices}
    if key not in notices or not notices[key].is_dismissible:
        raise NotFound
    session.execute(select(Member.id).where(Member.id == actor.id).with_for_update())
    session.refresh(actor, ["dismissed_notices"])
    closed = [other for other in actor.dismissed_notices.split() if other != key]
    actor.dismissed_notices = " ".join([*closed, key][-MAX_DISMISSED:])
    session.flush()
