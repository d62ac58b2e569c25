"""The presence state of each app in a process: stores, caches and budgets."""

import hashlib
import logging
from collections.abc import Callable
from threading import Lock
from typing import TypeVar

from sqlalchemy.exc import SQLAlchemyError

from forum.infra import clock
from forum.infra.database.per_app import PerApp
from forum.infra.ephemeral.ephemeral_store import RedisUnavailable, redis_connection
from forum.infra.ephemeral.outage_log import Outage
from forum.infra.ephemeral.rate_limits import address_key
from forum.infra.settings import Settings
from forum.presence.memory import BatchedArrivals, RecentTimes, TokenBucket
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
    """Stores, caches and budgets of one app."""

    def __init__(self, _: Settings) -> None:
        self.presence, self.views = _stores()
        self.touched, self.viewed = RecentTimes(REMEMBERED), RecentTimes(REMEMBERED)
        self.arrivals, self.flush_lock = BatchedArrivals(), Lock()
        self.new_guests, self.leaves, self.new_views = _budget(), _budget(), _budget()
        self._day_key = ("", b"")
        self.outage = Outage(log, "presence is not recorded", "presence is recorded again")
        self.views_outage = Outage(log, "view counts are delayed", "views are counted again")
        self.changes = 0  # number of writes by this process, so that its own changes show at once

    @property
    def has_day_key(self) -> bool:
        """Whether today's key is cached, so that naming a guest needs no query."""
        return self._day_key[0] == clock.now().date().isoformat()

    def visitor(self, caller: VisitorKey) -> str:
        """The key that a caller is counted by: a member's id, or a hash of today's key, address and user agent."""
        if caller.member is not None:
            return f"{MEMBER}{caller.member.id}"
        return (ROBOT if caller.is_robot else GUEST) + self.guest_hash(caller)

    def guest_hash(self, caller: VisitorKey) -> str:
        """A hash that reveals nothing once the day's key is destroyed."""
        today = clock.now().date().isoformat()
        if self._day_key[0] != today:
            self._day_key = (today, self.presence.day_key(today))
        plain = f"{address_key(caller.address)}\n{caller.agent}".encode()
        return hashlib.blake2b(plain, digest_size=12, key=self._day_key[1]).hexdigest()


def _stores() -> tuple[PresenceStore, ViewStore]:
    line = redis_connection()
    return (RedisPresence(line), RedisViews(line)) if line else (DatabasePresence(), DatabaseViews())


def _budget() -> TokenBucket:
    return TokenBucket(NEW_GUESTS_A_SECOND, NEW_GUESTS_AT_ONCE)


state = PerApp(State)


def heartbeat_key(place: Place, visitor: VisitorKey, tab: str) -> int:
    """The cache key of a heartbeat."""
    return hash((place.name, visitor.member.id if visitor.member else (visitor.address, visitor.agent), tab_of(tab)))


def view_key(thread_id: int, visitor: VisitorKey) -> int:
    """The cache key of a view of a thread."""
    return hash((thread_id, visitor.member.id if visitor.member else (visitor.address, visitor.agent)))


def query_store(query: Callable[[], Answer], otherwise: Answer) -> Answer:
    """Query a store; presence is optional, so if the store is unavailable return `otherwise` instead of failing."""
    try:
        answer = query()
    except RedisUnavailable:
        return otherwise
    except SQLAlchemyError as error:
        state.here().outage.record_failure(error)
        return otherwise
    state.here().outage.record_success()
    return answer
