"""Views of threads: counted once per person in half an hour, and brought to the threads in batches.

Views wait in the store that may be lost; a thread's count lies in the content's database. A batch has a number, and the
transaction that adds it to the threads also notes the number: after a crash between the two, a batch whose number
is noted is dropped, any other is added. So each view counts once, and neither twice nor never.
"""

from collections import Counter
from typing import cast

from sqlalchemy import bindparam, select, text, update
from sqlalchemy.exc import SQLAlchemyError

from forum.infra import clock
from forum.infra.db import session, transaction
from forum.infra.ephemeral_store import RedisUnavailable
from forum.models import SiteSetting, Thread
from forum.presence.rules import VIEW_SECONDS
from forum.presence.state import State, ask, state, what_is_seen
from forum.presence.visitor_key import VisitorKey

LEDGER = "views_arrived"  # the site's row that holds the number of the last batch added

_MAKE_LEDGER = text("INSERT INTO site_setting (name, value) VALUES (:name, '0') ON CONFLICT DO NOTHING")
_ADD = update(Thread.__table__).where(Thread.__table__.c.id == bindparam("thread"))  # type: ignore[arg-type]


def count_view(thread_id: int, caller: VisitorKey) -> None:
    """Count a person's look at a thread, unless they looked in the last half hour; robots are no people."""
    if is_counted(thread_id, caller):
        return
    here, now, what = state.here(), clock.now().timestamp(), what_is_seen(thread_id, caller)
    member = caller.member
    if member is not None or here.new_views.take(now):
        ask(lambda: here.views.count(thread_id, here.visitor(caller), now), otherwise=False)
        here.viewed.note(what, now)


def is_counted(thread_id: int, caller: VisitorKey) -> bool:
    """Whether this process knows that a look of theirs adds nothing now."""
    if caller.is_robot:
        return True
    age = state.here().viewed.age(what_is_seen(thread_id, caller), clock.now().timestamp())
    return age is not None and 0 <= age < VIEW_SECONDS


def flush_views() -> int:
    """Bring what was counted to the threads: how many views arrived. Any number of processes may do it at once."""
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
    here.views.make_batch(after=_arrived(locked=False))
    if not here.views.batches():
        return 0
    with transaction():
        last = _arrived(locked=True)
        batches = here.views.batches()  # looked at again: somebody else may have been here
        views: Counter[int] = Counter()
        for number, batch in batches.items():
            views.update(batch if number > last else {})
        _add(views)
        _note(max([last, *batches]))
    here.views.drop_batches(up_to=max([last, *batches]))
    return views.total()


def _arrived(*, locked: bool) -> int:
    row = select(SiteSetting.value).where(SiteSetting.name == LEDGER)
    if locked:
        session.execute(_MAKE_LEDGER, {"name": LEDGER})  # what is not there cannot be locked
        row = row.with_for_update()
    found = session.scalar(row)
    return int(cast("int", found or 0))


def _add(views: Counter[int]) -> None:
    if views:
        rows = [{"thread": thread_id, "views": views[thread_id]} for thread_id in sorted(views)]
        count = Thread.__table__.c.view_count
        session.connection().execute(_ADD.values(view_count=count + bindparam("views")), rows)


def _note(number: int) -> None:
    session.execute(update(SiteSetting).where(SiteSetting.name == LEDGER).values(value=number))


def purge() -> None:
    """Forget who looked more than half an hour ago; a job does it every minute."""
    before = clock.now().timestamp() - VIEW_SECONDS
    ask(lambda: state.here().views.purge_views(before), None)
