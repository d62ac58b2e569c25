"""Views of threads: counted once per person per half hour, and added to the threads in batches.

Pending views are in the ephemeral store; a thread's count is in the main database. Each batch has a number, and the
transaction that adds it to the threads also stores the number: after a crash, a batch whose number is stored is
dropped, any other is added. So each view counts exactly once.
"""

from collections import Counter
from typing import cast

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from forum.infra import clock
from forum.infra.database.db import session, transaction
from forum.infra.ephemeral.ephemeral_store import RedisUnavailable
from forum.models import SiteSetting, Thread
from forum.presence.rules import VIEW_SECONDS
from forum.presence.state import State, query_store, state, view_key
from forum.presence.visitor_key import VisitorKey

LAST_BATCH_SETTING = "views_arrived"  # the site_setting row with the number of the last batch added

_MAKE_LEDGER = text("INSERT INTO site_setting (name, value) VALUES (:name, '0') ON CONFLICT DO NOTHING")
_ADD = update(Thread.__table__).where(Thread.__table__.c.id == bindparam("thread"))  # type: ignore[arg-type]


def count_view(thread_id: int, caller: VisitorKey) -> None:
    """Count a view of a thread, unless the visitor viewed it in the last half hour; robots are not counted."""
    if is_counted(thread_id, caller):
        return
    here, now, key = state.here(), clock.now().timestamp(), view_key(thread_id, caller)
    member = caller.member
    if member is not None or here.new_views.take(now):
        query_store(lambda: here.views.count(thread_id, here.visitor(caller), now), otherwise=False)
        here.viewed.note(key, now)


def is_counted(thread_id: int, caller: VisitorKey) -> bool:
    """Whether this process knows that a view by this visitor would not count now."""
    if caller.is_robot:
        return True
    age = state.here().viewed.age(view_key(thread_id, caller), clock.now().timestamp())
    return age is not None and 0 <= age < VIEW_SECONDS


def flush_views() -> int:
    """Add pending views to the threads; return how many. Safe to run in several processes at once."""
    here = state.here()
    try:
        arrived = _flush(here)
    except (RedisUnavailable, SQLAlchemyError) as error:
        here.views_outage.record_failure(error)
        return 0
    here.views_outage.record_success()
    return arrived


def _flush(here: State) -> int:
    session.rollback()
    here.views.make_batch(after=_last_batch(locked=False))
    if not here.views.batches():
        return 0
    with transaction():
        last = _last_batch(locked=True)
        batches = here.views.batches()  # read again under the lock: another process may have flushed
        views: Counter[int] = Counter()
        for number, batch in batches.items():
            views.update(batch if number > last else {})
        _add(views)
        _set_last_batch(max([last, *batches]))
    here.views.drop_batches(up_to=max([last, *batches]))
    return views.total()


def _last_batch(*, locked: bool) -> int:
    row = select(SiteSetting.value).where(SiteSetting.name == LAST_BATCH_SETTING)
    if locked:
        session.execute(_MAKE_LEDGER, {"name": LAST_BATCH_SETTING})  # only an existing row can be locked
        row = row.with_for_update()
    number = session.scalar(row)
    return int(cast("int", number or 0))


def _add(views: Counter[int]) -> None:
    if views:
        rows = [{"thread": thread_id, "views": views[thread_id]} for thread_id in sorted(views)]
        count = Thread.__table__.c.view_count
        session.connection().execute(_ADD.values(view_count=count + bindparam("views")), rows)


def _set_last_batch(number: int) -> None:
    session.execute(update(SiteSetting).where(SiteSetting.name == LAST_BATCH_SETTING).values(value=number))


def purge() -> None:
    """Delete views older than half an hour; a job calls this every minute."""
    before = clock.now().timestamp() - VIEW_SECONDS
    query_store(lambda: state.here().views.purge_views(before), None)
