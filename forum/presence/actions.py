"""Record that visitors arrive at a place, are still there (heartbeats), and leave it."""

from forum.infra import clock
from forum.infra.robots import is_robot
from forum.models import Member
from forum.presence.queries import Viewers, with_reader
from forum.presence.rules import ALIVE_SECONDS, GUEST, MEMBER, ROBOT, TOUCH_SECONDS, Place, place_of, tab_of
from forum.presence.state import State, heartbeat_key, query_store, state
from forum.presence.store import Counts, Heartbeat
from forum.presence.visitor_key import VisitorKey


def arrive(where: str, visitor: VisitorKey, *, tab: str = "", board: int = 0) -> None:
    """Record a visitor in "thread:12" (and in its board), in "board:3" or in the "forum".

    Most calls take a few microseconds: a heartbeat is not written again within TOUCH_SECONDS, and new guests are
    written only as fast as the budget allows.
    """
    here, now, place = state.here(), clock.now().timestamp(), place_of(where, board)
    age = here.touched.age(heartbeat_key(place, visitor, tab), now)
    if age is not None and 0 <= age < TOUCH_SECONDS:
        return
    if visitor.member is not None or age is not None or here.new_guests.take(now):
        query_store(lambda: _touch(here, visitor, _heartbeat(here, place, visitor, tab)), None)


def is_recorded(where: str, visitor: VisitorKey, *, tab: str = "", board: int = 0) -> bool:
    """Whether this process knows of a fresh heartbeat, so that nothing needs to be written."""
    here = state.here()
    age = here.touched.age(heartbeat_key(place_of(where, board), visitor, tab), clock.now().timestamp())
    return age is not None and 0 <= age < TOUCH_SECONDS


def record_visit(where: str, reader: VisitorKey, *, tab: str = "", board: int = 0, see_hidden: bool = False) -> Viewers:
    """Record the reader and return the viewers: one query, and a write unless the last heartbeat is fresh."""
    here, place = state.here(), place_of(where, board)
    counts = query_store(lambda: _count_and_touch(here, reader, _heartbeat(here, place, reader, tab)), Counts())
    return with_reader(counts, reader, see_hidden=see_hidden)


def leave(where: str, visitor: VisitorKey, *, tab: str = "") -> None:
    """Record that a page was closed: its tab, and the row from before the tab's first heartbeat."""
    here, now, place = state.here(), clock.now().timestamp(), place_of(where)
    for tab_id in {tab, ""}:
        here.touched.forget(heartbeat_key(place, visitor, tab_id))
    if visitor.member is not None or here.leaves.take(now):
        query_store(lambda: here.presence.leave(place, here.visitor(visitor), tab_of(tab)), None)
        here.changes += 1


def forget_guest(visitor: VisitorKey) -> None:
    """Stop counting a visitor as a guest, at log-in.

    Only pages without JavaScript are removed here: those with it leave by themselves, and a tab that stays open is
    taken over by the member's next heartbeat. So others with the same address and browser are unaffected.
    """
    here = state.here()
    here.changes += 1
    query_store(lambda: here.presence.forget(GUEST + here.guest_hash(visitor)), None)
    query_store(lambda: here.presence.forget(ROBOT + here.guest_hash(visitor)), None)


def forget_member(member: Member) -> None:
    """Stop counting a member in pages without JavaScript, at log-out; other tabs then send heartbeats as a guest."""
    here = state.here()
    here.changes += 1
    query_store(lambda: here.presence.forget(f"{MEMBER}{member.id}"), None)


def purge() -> None:
    """Remove visitors without a recent heartbeat; a job calls this every minute."""
    since = clock.now().timestamp() - ALIVE_SECONDS
    query_store(lambda: state.here().presence.purge(since), None)


def _count_and_touch(here: State, reader: VisitorKey, heartbeat: Heartbeat) -> Counts:
    counts = here.presence.tally(heartbeat, heartbeat.seen_at - ALIVE_SECONDS)
    is_fresh = 0 <= heartbeat.seen_at - counts.seen_at < TOUCH_SECONDS
    if is_fresh:  # perhaps written by another process: this one need not read it again until it is stale
        here.touched.note(heartbeat_key(heartbeat.place, reader, heartbeat.tab), counts.seen_at)
    is_known = reader.member is not None or counts.seen_at > 0
    if not is_fresh and (is_known or here.new_guests.take(heartbeat.seen_at)):
        _touch(here, reader, heartbeat)
    return counts


def _touch(here: State, visitor: VisitorKey, heartbeat: Heartbeat) -> None:
    if here.presence.touch(heartbeat, heartbeat.seen_at - ALIVE_SECONDS):
        here.touched.note(heartbeat_key(heartbeat.place, visitor, heartbeat.tab), heartbeat.seen_at)
        here.changes += 1
    if heartbeat.tab:
        here.touched.forget(heartbeat_key(heartbeat.place, visitor, ""))


def _heartbeat(here: State, place: Place, visitor: VisitorKey, tab: str) -> Heartbeat:
    tab, member = tab_of(tab), visitor.member
    previous = ""
    if member is not None and tab:
        previous = (ROBOT if is_robot(visitor.agent) else GUEST) + here.guest_hash(visitor)
    now = clock.now().timestamp()
    return Heartbeat(place, here.visitor(visitor), tab, now, member.id if member else 0, previous)
