"""What a process holds for presence in each app: where it is kept, and what it remembers."""

import hashlib
import logging
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from forum.infra import clock
from forum.infra.ephemeral_store import PerApp, RedisUnavailable, redis_connection
from forum.infra.outage_log import Outage
from forum.infra.rate_limits import address_key
from forum.infra.settings import Settings
from forum.presence.memory import BatchedArrivals, Budget, Recent
from forum.presence.rules import (
    GUEST,
    MEMBER,
    NEW_GUESTS_A_SECOND,
    NEW_GUESTS_AT_ONCE,
    REMEMBERED,
    ROBOT,
    Place,
    tab_of,
)
from forum.presence.store import PresenceStore, ViewStore
from forum.presence.store_database import DatabasePresence
from forum.presence.store_redis import RedisPresence
from forum.presence.store_views_database import DatabaseViews
from forum.presence.store_views_redis import RedisViews
from forum.presence.visitor_key import VisitorKey

log = logging.getLogger("forum.presence")

Answer = TypeVar("Answer")


class State:
    """Stores, memories and budgets of one app."""

    def __init__(self, _: Settings) -> None:
        self.presence, self.views = _stores()
        self.touched, self.viewed = Recent(REMEMBERED), Recent(REMEMBERED)
        self.arrivals, self.bringing = BatchedArrivals(), Lock()
        self.new_guests, self.leaves, self.new_views = _budget(), _budget(), _budget()
        self._day_key = ("", b"")
        self.outage = Outage(log, "presence is not kept", "presence is kept again")
        self.views_outage = Outage(log, "views wait to be counted", "views are counted again")
        self.changes = 0  # that this process wrote: who comes or goes here is seen here at once

    @property
    def knows_the_day(self) -> bool:
        """Whether today's key is known, so that a guest's name costs no look into the store."""
        return self._day_key[0] == clock.now().date().isoformat()

    def visitor(self, caller: VisitorKey) -> str:
        """Whom a caller is counted as: a member by number, others by a hash of today's key, address and agent."""
        if caller.member is not None:
            return f"{MEMBER}{caller.member.id}"
        return (ROBOT if caller.is_robot else GUEST) + self.guest_hash(caller)

    def guest_hash(self, caller: VisitorKey) -> str:
        """A hash that tells nothing to anybody once the day is over and its key destroyed."""
        today = clock.now().date().isoformat()
        if self._day_key[0] != today:
            self._day_key = (today, self.presence.day_key(today))
        said = f"{address_key(caller.address)}\n{caller.agent}".encode()
        return hashlib.blake2b(said, digest_size=12, key=self._day_key[1]).hexdigest()


def _stores() -> tuple[PresenceStore, ViewStore]:
    line = redis_connection()
    return (RedisPresence(line), RedisViews(line)) if line else (DatabasePresence(), DatabaseViews())


def _budget() -> Budget:
    return Budget(NEW_GUESTS_A_SECOND, NEW_GUESTS_AT_ONCE)


state = PerApp(State)


def what_is_there(place: Place, visitor: VisitorKey, tab: str) -> int:
    """What a sign of life is remembered by."""
    return hash((place.name, visitor.member.id if visitor.member else (visitor.address, visitor.agent), tab_of(tab)))


def what_is_seen(thread_id: int, visitor: VisitorKey) -> int:
    """What a look at a thread is remembered by."""
    return hash((thread_id, visitor.member.id if visitor.member else (visitor.address, visitor.agent)))


def ask(question: Callable[[], Answer], otherwise: Answer) -> Answer:
    """A store's answer; presence is a courtesy, so that a store in trouble never troubles a reader."""
    try:
        answer = question()
    except RedisUnavailable:
        return otherwise
    except SQLAlchemyError as error:
        state.here().outage.record_failure(error)
        return otherwise
    state.here().outage.record_success()
    return answer
