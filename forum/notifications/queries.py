"""Read queries for notifications: the rows of the list, and how many of them are unseen."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from forum import permissions
from forum.infra.database.bounded_count import bounded_count
from forum.infra.database.db import session
from forum.infra.errors import NotFound
from forum.infra.paging import Page
from forum.models import ConversationMember, Member, Notification, Post, Thread
from forum.notifications import staff
from forum.notifications.kinds import BY_BOARD, OF_CONVERSATIONS

MAX_LISTED = 1000  # newest notifications of a member that the list and the badge take into account
MAX_UNSEEN_COUNTED = 100  # counting stops here; shown as "99+"
_PLACE = func.coalesce(case((Notification.kind.in_(BY_BOARD), Thread.board_id), else_=Thread.id), 0)
_GROUP = (Notification.group_key, _PLACE.label("place"))  # posts that were moved are no longer of the same group


class Row(NamedTuple):
    """A row of the list: one notification, or several of a group. `first` is what it leads to, `newest` names it."""

    newest: Notification
    first: Notification
    number: int  # of notifications
    unread: int


def rows_of(actor: Member, number: int = 1, *, only_unread: bool = False) -> tuple[list[Row], Page]:
    """A page of the member's notifications, newest first, without those about posts they may no longer see.

    Those of a group that are unseen, or were seen together, are one row. Raises NotFound past the end.
    """
    groups = _grouped(_shown(actor))
    if only_unread:
        groups = groups.having(func.count().filter(Notification.read_at.is_(None)) > 0)
    page = bounded_count(number, groups, most=MAX_LISTED)
    if not 1 <= number <= page.count:
        raise NotFound
    newest_first = groups.order_by(func.max(Notification.id).desc()).offset(page.offset).limit(page.size)
    found = session.execute(newest_first).all()
    loaded = _loaded({each for newest, first, *_ in found for each in (newest, first)})
    return [Row(loaded[newest], loaded[first], count, unread) for newest, first, count, unread in found], page


def _grouped(shown: Select[Notification]) -> Select[Any]:
    """The rows: the newest notification, the first that is unread or else the first, how many, and how many unread."""
    is_unread = Notification.read_at.is_(None)
    columns: tuple[Any, ...] = (
        func.max(Notification.id),
        func.coalesce(func.min(Notification.id).filter(is_unread), func.min(Notification.id)),
        func.count(),
        func.count().filter(is_unread),
    )
    return shown.with_only_columns(*columns, maintain_column_froms=True).group_by(*_GROUP, Notification.seen_at)


def unseen_count(actor: Member) -> int:
    """The number of unseen rows of the list, at most MAX_UNSEEN_COUNTED."""
    if not actor.unseen_notifications:
        return 0
    unseen = _shown(actor).where(Notification.is_unseen())
    groups = unseen.with_only_columns(*_GROUP, maintain_column_froms=True).distinct().limit(MAX_UNSEEN_COUNTED)
    return session.scalar(select(func.count()).select_from(groups.subquery())) or 0


def row_with(actor: Member, notification_id: int) -> tuple[str, list[int]]:
    """The kind and the notifications of the row of the list that has a certain one. Raises NotFound."""
    columns = (*_GROUP, Notification.seen_at, Notification.kind)
    own = _shown(actor).with_only_columns(*columns, maintain_column_froms=True)
    row = session.execute(own.where(Notification.id == notification_id)).first()
    if row is None:
        raise NotFound
    same = (Notification.group_key == row[0], row[1] == _PLACE, Notification.seen_at.is_not_distinct_from(row[2]))
    ids = _shown(actor).with_only_columns(Notification.id, maintain_column_froms=True)
    return row.kind, list(session.scalars(ids.where(*same)))


def unseen_row(actor: Member, notification_id: int) -> Row | None:
    """A notification alone, if the list shows it and the member has not seen it."""
    own = _shown(actor).where(Notification.id == notification_id, Notification.is_unseen())
    found = session.scalar(own.with_only_columns(Notification.id, maintain_column_froms=True))
    if found is None:
        return None
    notification = _loaded([found])[found]
    return Row(notification, notification, 1, 1)


def others_in_thread(actor: Member, notification: Notification) -> tuple[bool, int]:
    """Of the other unread ones of a kind about a thread: whether the member was mailed of one, and their number."""
    if notification.post is None:
        return False, 0
    same = (Notification.kind == notification.kind, Thread.id == notification.post.thread_id)
    others = _shown(actor).where(*same, Notification.read_at.is_(None), Notification.id != notification.id)
    counts = (func.count(Notification.mailed_at), func.count())
    mailed, number = session.execute(others.with_only_columns(*counts, maintain_column_froms=True)).one()
    return mailed > 0, number


def row_of(actor: Member, notification_id: int) -> Row:
    """The row of the list that has a certain notification, as it is now. Raises NotFound if the list has none."""
    _, ids = row_with(actor, notification_id)
    newest, first, count, unread = session.execute(_grouped(_shown(actor).where(Notification.id.in_(ids)))).one()
    loaded = _loaded({newest, first})
    return Row(loaded[newest], loaded[first], count, unread)


def _loaded(ids: Iterable[int]) -> dict[int, Notification]:
    whole = contains_eager(Notification.post).contains_eager(Post.thread).contains_eager(Thread.board)
    statement = _joined().where(Notification.id.in_(ids)).options(joinedload(Notification.actor), whole)
    return {each.id: each for each in session.scalars(statement)}


def _joined() -> Select[Notification]:
    joined = select(Notification).outerjoin(Notification.post).outerjoin(Post.thread)
    return joined.outerjoin(Thread.board)


def _shown(actor: Member) -> Select[Notification]:
    """What the list shows: of the newest, those not withdrawn, and about posts those that are public to the member."""
    theirs = select(Notification.id).where(Notification.member_id == actor.id).order_by(Notification.id.desc())
    oldest = func.coalesce(theirs.offset(MAX_LISTED - 1).limit(1).scalar_subquery(), 0)
    is_other = and_(Notification.post_id.is_(None), staff.may_be_shown(actor), _is_in_conversation(actor))
    is_shown = or_(is_other, _is_public(actor))
    own = (Notification.member_id == actor.id, Notification.withdrawn_at.is_(None))
    return _joined().where(*own, Notification.id >= oldest, is_shown)


def _is_in_conversation(actor: Member) -> ColumnElement[bool]:
    """Whether it is not about a conversation, or about one that the member has not left."""
    present = select(ConversationMember.member_id).where(
        ConversationMember.conversation_id == Notification.subject_id,
        ConversationMember.member_id == actor.id,
        ConversationMember.left_at.is_(None),
    )
    return or_(Notification.kind.not_in(OF_CONVERSATIONS), present.correlate(Notification).exists())


def _is_public(actor: Member) -> ColumnElement[bool]:
    """Whether a post is public where the member sees it; moderators are not told of what is hidden from others."""
    return and_(Post.is_public, Thread.is_public, permissions.visible_posts(actor))


def newest_id(rows: Iterable[Row]) -> int | None:
    """Up to which notification a list has shown them."""
    return max((row.newest.id for row in rows), default=None)
