"""Guests who come faster than each can be counted alone: noted in memory, and brought to the stores together."""

from forum.infra import clock
from forum.presence.rules import ALIVE_SECONDS, place_of
from forum.presence.state import ask, state, what_is_seen, what_is_there
from forum.presence.store import Heartbeat, View
from forum.presence.visitor_key import VisitorKey


def record(where: str, visitor: VisitorKey, *, board: int = 0, thread_id: int = 0) -> None:
    """Note that a guest came, and looked at a thread; `bring` tells the stores."""
    here, now, place = state.here(), clock.now().timestamp(), place_of(where, board)
    name = here.visitor(visitor)
    view = View(thread_id, name, now) if thread_id and not visitor.is_robot else None
    here.arrivals.note(Heartbeat(place, name, "", now), view)
    here.touched.note(what_is_there(place, visitor, ""), now)
    if view is not None:
        here.viewed.note(what_is_seen(thread_id, visitor), now)


def flush() -> None:
    """Tell the stores of all who came; on return also those are told of whom another thread was telling."""
    here = state.here()
    with here.bringing:
        marks, views = here.arrivals.take()
        if marks:
            ask(lambda: here.presence.touch_all(marks, marks[-1].seen_at - ALIVE_SECONDS), None)
            here.changes += 1
        if views:
            ask(lambda: here.views.count_all(views), None)
