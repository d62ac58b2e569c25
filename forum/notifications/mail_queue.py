"""Who gets mail of what they are told on the site: some minutes later, unless they have seen it by then.

What a mail says, and whether it is still to be sent, is decided when it is sent: `forum/mail/notification_mail.py`.
"""

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, func, literal, select

from forum.infra import clock
from forum.infra.database.core_statements import insert_into, table_of
from forum.infra.database.db import current_settings, session
from forum.infra.database.in_list import in_list
from forum.models import Channel, Mail, Member, Notification, NotificationChoice
from forum.models.notifications.choice import ALL_KINDS
from forum.site.queries import snapshot

DELAY = timedelta(minutes=5)  # between telling on the site and by mail


def is_mail_sent() -> bool:
    """Whether members can be mailed; without a mail server only mails of accounts are kept for the operator."""
    return bool(current_settings().mail_url)


def may_be_mailed() -> ColumnElement[bool]:
    """SQL condition over Member: they have an address that they confirmed and that works, can log in, and take mail."""
    address = (Member.email.is_not(None), Member.email_verified_at.is_not(None), Member.email_stopped_at.is_(None))
    account = (Member.closed_at.is_(None), Member.password_hash.is_not(None), ~Member.is_banned)
    return and_(*address, *account, ~has_stopped_mail())


def has_stopped_mail() -> ColumnElement[bool]:
    """SQL condition over Member: they take no mail but of their account."""
    chosen = (NotificationChoice.kind == ALL_KINDS, NotificationChoice.channel == Channel.MAIL.value)
    stopped = select(NotificationChoice.member_id).where(NotificationChoice.member_id == Member.id, *chosen)
    return stopped.where(NotificationChoice.is_on.is_(False)).correlate(Member).exists()


def queue_mails(told: Iterable[int | None]) -> None:
    """Let members be mailed of these notifications, if they take mail and want it of these kinds; in one statement."""
    ids = [notification_id for notification_id in told if notification_id is not None]
    if not ids or not is_mail_sent():
        return
    now, choice = clock.now(), NotificationChoice
    is_theirs = and_(choice.member_id == Member.id, choice.kind == Notification.kind, choice.channel == Channel.MAIL)
    is_wanted = func.coalesce(choice.is_on, Notification.kind.in_(snapshot().kinds_mailed))
    columns = {
        "recipient": Member.email,
        "member_id": Member.id,
        "notification_id": Notification.id,
        "kind": Notification.kind,
        **_same_for_all({"subject": "", "body": "", "attempts": 0, "created_at": now, "try_after": now + DELAY}),
    }
    rows = select(*columns.values()).select_from(Notification).join(Member, Member.id == Notification.member_id)
    rows = rows.outerjoin(choice, is_theirs).where(in_list(Notification.id, ids), Notification.mailed_at.is_(None))
    statement = insert_into(Mail).from_select([*columns], rows.where(may_be_mailed(), is_wanted))
    session.execute(statement.on_conflict_do_nothing())


def _same_for_all(values: dict[str, object]) -> dict[str, ColumnElement[object]]:
    columns = table_of(Mail).c
    return {name: literal(value, columns[name].type) for name, value in values.items()}
