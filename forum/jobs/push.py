"""The job that sends notifications to browsers by their vendors' push services.

What is due is claimed for two minutes before it is sent, so two processes running this send it once. A process that is
killed in between sends it again two minutes later: it arrives twice only if the service had taken it and the deletion
of its row was not yet committed, and then the second one replaces the first by its topic and tag.
"""

import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import ColumnElement, and_, delete, or_, select, tuple_, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import aliased

from forum.infra import clock
from forum.infra.database.db import current_settings, session, transaction
from forum.jobs.push_payload import push_for
from forum.mail.messages import sender as mail_sender
from forum.models import PendingPush, PushSubscription
from forum.notifications.push.keys import private_key
from forum.outside.http_calls import Unavailable
from forum.outside.web_push import SECONDS, BadKeys, Push, Sender, Taken, send

log = logging.getLogger("forum.push")

AT_ONCE, RUN_SECONDS = 20, 10.0  # a slow push service must not delay the other jobs
CLAIM = timedelta(minutes=2)  # longer than what is claimed at once takes
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
LIFETIME = timedelta(days=1)  # after which a notification is not sent any more
GONE, TOO_MANY, SERVER_ERRORS = (404, 410), 429, 500
Outcome = Taken | Unavailable | BadKeys


class _Claimed(NamedTuple):
    notification_id: int
    subscription_id: int
    attempts: int


def send_pushes() -> int:
    """Send what is due; returns how much was taken by push services."""
    sent, end = 0, time.monotonic() + RUN_SECONDS
    while time.monotonic() < end:
        claimed = _claim()
        if not claimed:
            break
        sent += _send_all(claimed)
    return sent


def _claim() -> list[_Claimed]:
    """Claim what is due, of each browser the oldest: a service that hangs is not asked for all that is waiting."""
    now, key = clock.now(), tuple_(PendingPush.notification_id, PendingPush.subscription_id)
    due = select(PendingPush.notification_id, PendingPush.subscription_id).where(PendingPush.try_after <= now)
    due = due.where(~_goes_first(now))
    is_any_due = session.execute(due.limit(1)).first() is not None
    session.rollback()
    if not is_any_due:
        return []
    next_due = due.order_by(PendingPush.try_after, PendingPush.notification_id).limit(AT_ONCE)
    next_due = next_due.with_for_update(skip_locked=True)
    claim = update(PendingPush).where(key.in_(next_due), PendingPush.try_after <= now)
    claim = claim.values(attempts=PendingPush.attempts + 1, try_after=now + CLAIM)
    columns = (PendingPush.notification_id, PendingPush.subscription_id, PendingPush.attempts)
    with transaction():
        rows = session.execute(claim.returning(*columns), execution_options={"synchronize_session": False}).all()
        return [_Claimed(*row) for row in rows]


def _goes_first(now: datetime) -> ColumnElement[bool]:
    """Whether something else for the same browser is due and older, or is being sent, or waits after a failure."""
    other = aliased(PendingPush)
    is_older = and_(other.try_after <= now, other.notification_id < PendingPush.notification_id)
    is_under_way = and_(other.try_after > now, other.attempts > 0)
    others = select(other.notification_id).where(other.subscription_id == PendingPush.subscription_id)
    return others.where(or_(is_older, is_under_way)).correlate(PendingPush).exists()


def _send_all(claimed: Sequence[_Claimed]) -> int:
    """Send what was claimed side by side, and store each outcome as soon as it is known."""
    key, pushes = private_key(), _made(claimed)
    session.rollback()  # no transaction is open while a service is asked
    outcomes = SimpleQueue[tuple[_Claimed, Outcome]]()
    waiting = {each: push for each, push in pushes.items() if push is not None and key is not None}
    sender = Sender(key or "", _contact())
    for each, push in waiting.items():
        Thread(target=_send, args=(each, push, sender, outcomes), daemon=True).start()
    _drop([each for each in pushes if each not in waiting])
    sent, end = 0, time.monotonic() + SECONDS + 5
    for _ in range(len(waiting)):
        try:
            each, outcome = outcomes.get(timeout=max(0.0, end - time.monotonic()))
        except Empty:
            break  # they are claimed, and tried again when that ends
        sent += _store(each, waiting[each], outcome)
    return sent


def _made(claimed: Sequence[_Claimed]) -> dict[_Claimed, Push | None]:
    """The messages; one that cannot be made for whatever reason is tried later, and does not delay the others."""
    pushes, oldest = dict[_Claimed, Push | None](), clock.now() - LIFETIME
    for each in claimed:
        try:
            pushes[each] = push_for(each.notification_id, each.subscription_id, told_after=oldest)
        except SQLAlchemyError:
            raise
        except Exception:
            log.exception("a notification for a browser could not be made")
            session.rollback()
            _put_off(each)
    return pushes


def _send(claimed: _Claimed, push: Push, sender: Sender, outcomes: SimpleQueue[tuple[_Claimed, Outcome]]) -> None:
    try:
        outcomes.put((claimed, send(push, sender)))
    except (Unavailable, BadKeys) as outcome:
        outcomes.put((claimed, outcome))
    except Exception as error:
        log.exception("a notification could not be sent to a browser")
        outcomes.put((claimed, Unavailable(type(error).__name__)))


def _store(claimed: _Claimed, push: Push, outcome: Outcome) -> bool:
    """Store what became of a message; whether it was taken."""
    status = outcome.status if isinstance(outcome, Taken) else 0
    host = urlsplit(push.endpoint).hostname
    if isinstance(outcome, BadKeys) or status in GONE:
        with transaction():
            session.execute(delete(PushSubscription).where(PushSubscription.id == claimed.subscription_id))
    elif isinstance(outcome, Unavailable) or status == TOO_MANY or status >= SERVER_ERRORS:
        log.warning("the push service %s took nothing (attempt %d): %s", host, claimed.attempts, status or outcome)
        _try_later(claimed, outcome.retry_after if isinstance(outcome, Taken) else None)
    else:
        is_taken = 200 <= status < 300
        if not is_taken:
            log.error("the push service %s refused a notification: status %d", host, status)
        _drop([claimed])
        return is_taken
    return False


def _try_later(claimed: _Claimed, retry_after: float | None) -> None:
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(claimed.attempts - 1, 10))
    asked = timedelta(seconds=min(retry_after or 0, LIFETIME.total_seconds()))
    with transaction():
        later = update(PendingPush).where(_is(claimed)).values(try_after=clock.now() + max(wait, asked))
        session.execute(later)


def _put_off(claimed: _Claimed) -> None:
    """Try again in an hour what could not be made; the browser's service has not failed, so nothing waits with it."""
    with transaction():
        later = update(PendingPush).where(_is(claimed)).values(attempts=0, try_after=clock.now() + LONGEST_WAIT)
        session.execute(later)


def _drop(done: Sequence[_Claimed]) -> None:
    for each in done:
        with transaction():
            session.execute(delete(PendingPush).where(_is(each)))


def _is(claimed: _Claimed) -> ColumnElement[bool]:
    return and_(
        PendingPush.notification_id == claimed.notification_id, PendingPush.subscription_id == claimed.subscription_id
    )


def _contact() -> str:
    """How operators of push services reach the forum's, which they ask for: the host by name, or else by mail."""
    settings = current_settings()
    host = urlsplit(settings.base_url).hostname or ""
    return f"https://{host}" if settings.is_https and ":" not in host else f"mailto:{mail_sender(settings)}"
