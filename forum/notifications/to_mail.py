"""What a mail about a notification may say when it is sent: what the member may still see, and has not seen."""

from typing import NamedTuple

from sqlalchemy import literal, select, true

from forum.infra.database.db import session
from forum.models import Channel, Member, Notification, WatchLevel
from forum.notifications import queries
from forum.notifications.bulk import further_of
from forum.notifications.choices import nearest_wanted
from forum.notifications.kinds import GroupBy, kind_of
from forum.notifications.mail_queue import may_be_mailed
from forum.notifications.rows import RowView, views
from forum.relations.queries import ignore_author
from forum.watching.queries import chosen_for_thread, watches_of


class ToMail(NamedTuple):
    """What a mail tells a member of; `further` posts of the same kind are in the thread."""

    member: Member
    notification: Notification
    row: RowView
    further: int


def to_mail(notification_id: int) -> ToMail | None:
    """What a member is to be mailed of; None if they have seen it, may not see it any more, or do not want it.

    Of replies in a thread they are mailed once until they have visited it.
    """
    columns = (Notification.member_id, Notification.kind, Notification.actor_id)
    row = session.execute(select(*columns).where(Notification.id == notification_id)).one_or_none()
    if row is None:
        return None
    member = _reachable(row.member_id, row.actor_id)
    if member is None or not nearest_wanted({member.id: (row.kind,)}, Channel.MAIL):
        return None
    shown = queries.unseen_row(member, notification_id)
    if shown is None or not _is_mailed_there(member, shown.newest):
        return None
    is_mailed, others = queries.others_in_thread(member, shown.newest)
    if is_mailed and _is_of_thread(row.kind):
        return None
    further = further_of(shown.newest) + (others if _is_of_thread(row.kind) else 0)
    return ToMail(member, shown.newest, views([shown])[0], further)


def _is_of_thread(kind: str) -> bool:
    return kind_of(kind).group_by is GroupBy.THREAD


def _reachable(member_id: int, actor_id: int | None) -> Member | None:
    """The member, if they may be mailed and hear the one who did it."""
    is_heard = ~ignore_author(literal(actor_id)) if actor_id else true()
    wanted = select(Member).where(Member.id == member_id, may_be_mailed(), is_heard)
    return session.scalars(wanted, execution_options={"populate_existing": True}).one_or_none()


def _is_mailed_there(member: Member, notification: Notification) -> bool:
    """Whether the member has not muted the thread, and of what they watch chose to be mailed."""
    if notification.post is None:
        return True
    thread = notification.post.thread
    own, boards = chosen_for_thread(member, thread), watches_of(member)
    if notification.kind == "reply":
        return own not in {WatchLevel.MUTED, WatchLevel.OFF}
    if notification.kind == "watched_thread":
        return (own or boards.of_thread_in(thread.board_id)) == WatchLevel.MAIL
    if notification.kind == "watched_board":
        return (own or boards.choice_for(thread.board_id).level) == WatchLevel.MAIL
    return own != WatchLevel.MUTED
