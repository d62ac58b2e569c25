"""Which notifications are to be sent to browsers, written in the transaction that tells; `jobs/push.py` sends them."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import and_, func, literal, select

from forum.infra import clock
from forum.infra.database.core_statements import insert_into, table_of
from forum.infra.database.db import session
from forum.infra.database.in_list import in_list
from forum.models import Channel, Notification, NotificationChoice, PendingPush, PushSubscription
from forum.notifications.choices import is_default
from forum.notifications.kinds import kind_of

DELAY = timedelta(seconds=10)  # in which those who read the page that it is about see it there


def queue_pushes(kind: str, notification_ids: Sequence[int]) -> None:
    """Let new notifications of a kind be sent to the browsers of those members who want that.

    One statement, however many members there are; most have no browser that is subscribed. Subscriptions that are being
    deleted in another transaction are left out.
    """
    told, browser, choice = table_of(Notification).c, table_of(PushSubscription).c, table_of(NotificationChoice).c
    theirs = (choice.member_id == browser.member_id, choice.kind == kind, choice.channel == Channel.PUSH.value)
    chosen = select(choice.is_on).where(*theirs).correlate(table_of(PushSubscription)).scalar_subquery()
    is_wanted = func.coalesce(chosen, literal(_is_default(kind)))
    due = literal(clock.now() + DELAY, table_of(PendingPush).c.try_after.type)
    joined = table_of(Notification).join(table_of(PushSubscription), and_(browser.member_id == told.member_id))
    rows = select(told.id, browser.id, due).select_from(joined).where(in_list(told.id, notification_ids), is_wanted)
    living = rows.with_for_update(read=True, key_share=True, of=table_of(PushSubscription), skip_locked=True)
    columns = ["notification_id", "subscription_id", "try_after"]
    session.connection().execute(insert_into(PendingPush).from_select(columns, living))


def _is_default(kind: str) -> bool:
    return not kind_of(kind).is_optional or is_default(kind_of(kind), Channel.PUSH)
