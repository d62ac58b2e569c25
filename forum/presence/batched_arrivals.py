"""Buffer guests that arrive too fast to be written one by one, and flush them to the stores in batches."""

from forum.infra import clock
from forum.presence.rules import ALIVE_SECONDS, place_of
from forum.presence.state import heartbeat_key, query_store, state, view_key
from forum.presence.store import Heartbeat, View
from forum.presence.visitor_key import VisitorKey


def record(where: str, visitor: VisitorKey, *, board: int = 0, thread_id: int = 0) -> None:
    """Buffer a guest's arrival, and their view of a thread; `flush` writes them."""
    here, now, place = state.here(), clock.now().timestamp(), place_of(where, board)
    name = here.visitor(visitor)
    view = View(thread_id, name, now) if thread_id and not visitor.is_robot else None
    here.arrivals.note(Heartbeat(place, name, "", now), view)
    here.touched.note(heartbeat_key(place, visitor, ""), now)
    if view is not None:
        here.viewed.note(view_key(thread_id, visitor), now)


def flush() -> None:
    """Write all buffered arrivals; on return, those that another thread was writing are written too."""
    here = state.here()
    with here.flush_lock:
        heartbeats, views = here.arrivals.take()
        if heartbeats:
            query_store(lambda: here.presence.touch_all(heartbeats, heartbeats[-1].seen_at - ALIVE_SECONDS), None)
            here.changes += 1
        if views:
            query_store(lambda: here.views.count_all(views), None)
