"""Coming to a place, giving a sign of life there, and leaving it."""

from forum.infra import clock
from forum.infra.robots import is_robot
from forum.models import Member
from forum.presence.queries import Viewers, with_reader
from forum.presence.rules import ALIVE_SECONDS, GUEST, MEMBER, ROBOT, TOUCH_SECONDS, Place, place_of, tab_of
from forum.presence.state import State, ask, state, what_is_there
from forum.presence.store import Counts, Heartbeat
from forum.presence.visitor_key import VisitorKey


def arrive(where: str, visitor: VisitorKey, *, tab: str = "", board: int = 0) -> None:
    """Note that somebody is in "thread:12" (and in the board it lies in), in "board:3" or in the "forum".

    Most calls cost a few microseconds: a sign of life is not written again within TOUCH_SECONDS, and guests
    never seen before only as fast as the budget allows.
    """
    here, now, place = state.here(), clock.now().timestamp(), place_of(where, board)
    age = here.touched.age(what_is_there(place, visitor, tab), now)
    if age is not None and 0 <= age < TOUCH_SECONDS:
        return
    if visitor.member is not None or age is not None or here.new_guests.take(now):
        ask(lambda: _touch(here, visitor, _mark(here, place, visitor, tab)), None)


def is_recorded(where: str, visitor: VisitorKey, *, tab: str = "", board: int = 0) -> bool:
    """Whether this process knows of a fresh sign of life, so that nothing is to be written."""
    here = state.here()
    age = here.touched.age(what_is_there(place_of(where, board), visitor, tab), clock.now().timestamp())
    return age is not None and 0 <= age < TOUCH_SECONDS


def record_visit(where: str, reader: VisitorKey, *, tab: str = "", board: int = 0, see_hidden: bool = False) -> Viewers:
    """Arrive and see who is there: one query, and a write unless the last sign of life is fresh."""
    here, place = state.here(), place_of(where, board)
    tally = ask(lambda: _look_and_touch(here, reader, _mark(here, place, reader, tab)), Counts())
    return with_reader(tally, reader, see_hidden=see_hidden)


def leave(where: str, visitor: VisitorKey, *, tab: str = "") -> None:
    """Note that a page was left: its tab, and what was served to it before it had spoken."""
    here, now, place = state.here(), clock.now().timestamp(), place_of(where)
    for each in {tab, ""}:
        here.touched.forget(what_is_there(place, visitor, each))
    if visitor.member is not None or here.leaves.take(now):
        ask(lambda: here.presence.leave(place, here.visitor(visitor), tab_of(tab)), None)
        here.changes += 1


def forget_guest(visitor: VisitorKey) -> None:
    """Stop counting somebody as a guest, at log-in.

    Only pages without script are forgotten here: those with one leave by themselves, and a tab that stays open
    is taken over when its member speaks. So nobody else behind the same address and browser is touched.
    """
    here = state.here()
    here.changes += 1
    ask(lambda: here.presence.forget(GUEST + here.guest_hash(visitor)), None)
    ask(lambda: here.presence.forget(ROBOT + here.guest_hash(visitor)), None)


def forget_member(member: Member) -> None:
    """Stop counting a member in pages without script, at log-out; tabs with one speak as a guest from then on."""
    here = state.here()
    here.changes += 1
    ask(lambda: here.presence.forget(f"{MEMBER}{member.id}"), None)


def purge() -> None:
    """Remove who gave no sign of life; a job does it every minute."""
    since = clock.now().timestamp() - ALIVE_SECONDS
    ask(lambda: state.here().presence.purge(since), None)


def _look_and_touch(here: State, reader: VisitorKey, mark: Heartbeat) -> Counts:
    tally = here.presence.tally(mark, mark.seen_at - ALIVE_SECONDS)
    is_fresh = 0 <= mark.seen_at - tally.seen_at < TOUCH_SECONDS
    if is_fresh:  # written by another process, maybe: this one need not look again until it is stale
        here.touched.note(what_is_there(mark.place, reader, mark.tab), tally.seen_at)
    is_known = reader.member is not None or tally.seen_at > 0
    if not is_fresh and (is_known or here.new_guests.take(mark.seen_at)):
        _touch(here, reader, mark)
    return tally


def _touch(here: State, visitor: VisitorKey, mark: Heartbeat) -> None:
    if here.presence.touch(mark, mark.seen_at - ALIVE_SECONDS):
        here.touched.note(what_is_there(mark.place, visitor, mark.tab), mark.seen_at)
        here.changes += 1
    if mark.tab:
        here.touched.forget(what_is_there(mark.place, visitor, ""))


def _mark(here: State, place: Place, visitor: VisitorKey, tab: str) -> Heartbeat:
    tab, member = tab_of(tab), visitor.member
    was = ""
    if member is not None and tab:
        was = (ROBOT if is_robot(visitor.agent) else GUEST) + here.guest_hash(visitor)
    now = clock.now().timestamp()
    return Heartbeat(place, here.visitor(visitor), tab, now, member.id if member else 0, was)
