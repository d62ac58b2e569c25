"""How often something may be done: limits that hold over all processes, and what they are counted by."""

import hashlib
import ipaddress
import logging
import math
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock

from sqlalchemy.exc import SQLAlchemyError

from forum.infra import clock
from forum.infra.db import current_settings
from forum.infra.ephemeral_store import PerApp, RedisUnavailable, redis_connection
from forum.infra.limit_store import (
    DatabaseLimitStore,
    LimitRequest,
    LimitStore,
    ProcessLimitStore,
    RedisLimitStore,
    Verdict,
)
from forum.infra.outage_log import Outage
from forum.infra.settings import Settings

log = logging.getLogger("forum.limits")

MAX_STORED_KEYS = 200_000  # rows at most after a purge: about 30 MB
BATCH_REQUESTS = 10  # of a meter's requests are counted in the process before the others hear of them
MAX_BATCHED_KEYS = 20_000  # in a process: about 5 MB


def hit(key: str, *, limit: int, seconds: int, cost: int = 1) -> int:
    """Take from a limit of so many in any stretch of seconds: 0, or the seconds to wait; a refusal takes nothing."""
    if not current_settings().limits:
        return 0
    return _buy(key, LimitRequest(limit, seconds, cost, 0, _now())).wait


def reset_limit(key: str) -> None:
    """Give back all that was spent under a key: after the right password, say."""
    for purse in _purses.here():
        try:
            purse.forgive(_key_hash(key))
        except (RedisUnavailable, SQLAlchemyError):
            continue


def batched_limit(key: str, *, limit: int, seconds: int) -> int:
    """Like `spend`, for what happens at every request: most calls cost no look into the store.

    With one process the limit is exact; each further process may let at most CHUNK - 1 more pass.
    """
    if not current_settings().limits:
        return 0
    return _batched_limits.here().spend(key, limit=limit, seconds=seconds)


def batched_limit_if_known(key: str, *, limit: int, seconds: int) -> int | None:
    """Like `meter`, but never a look into the store: None, and nothing counted, if one is due."""
    if not current_settings().limits:
        return 0
    return _batched_limits.here().spend_known(key, limit=limit, seconds=seconds)


def batched_limit_left(key: str, *, limit: int, seconds: int) -> tuple[int, int]:
    """What is left of a metered limit as far as this process knows, and in how many seconds all of it will be."""
    return _batched_limits.here().left(key, limit=limit, seconds=seconds)


def purge() -> None:
    """Remove what no longer counts; a job does it every minute."""
    DatabaseLimitStore().purge(_now(), most=MAX_STORED_KEYS)


@lru_cache(maxsize=4096)
def address_key(address: str) -> str:
    """What an address is counted by: itself, or the /64 that IPv6 gives to one customer."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:45]
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            return str(ipaddress.IPv6Network((int(found) >> 64 << 64, 64)))
        found = found.ipv4_mapped
    return str(found)


@dataclass(slots=True)
class _Account:
    """What a process knows of a metered key: left at the last look, granted since and not yet told, refused until."""

    left: int
    since: float
    pending: int = 0
    refused_until: float = 0.0
    turn: Lock = field(default_factory=Lock)


class _BatchedLimits:
    """Counts in the process and looks into the store every CHUNK requests of a key, or when the limit comes near."""

    def __init__(self, _: Settings) -> None:
        self._accounts: OrderedDict[str, _Account] = OrderedDict()
        self._lock = Lock()

    def spend(self, key: str, *, limit: int, seconds: int) -> int:
        """0, or the seconds to wait."""
        now = _now()
        account = self._account(key, limit, now, seconds)
        known = self._answer(account, now)
        if known is not None:
            return known
        with account.turn:  # threads with the same key look one after the other
            known = self._answer(account, now)
            if known is not None:
                return known
            with self._lock:
                owed, account.pending = account.pending, 0
                account.left -= owed + 1
            verdict = _buy(key, LimitRequest(limit, seconds, 1, owed, now))
            account.left, account.since = verdict.left, now
            account.refused_until = now + verdict.wait if verdict.wait else 0.0
        return verdict.wait

    def spend_known(self, key: str, *, limit: int, seconds: int) -> int | None:
        """The same without a look into the store."""
        now = _now()
        return self._answer(self._account(key, limit, now, seconds), now)

    def _answer(self, account: _Account, now: float) -> int | None:
        """What can be said without a look into the store."""
        with self._lock:
            if now < account.refused_until:
                return math.ceil(account.refused_until - now)
            if account.pending + 1 < BATCH_REQUESTS and account.pending < account.left:
                account.pending += 1
                return 0
            return None

    def left(self, key: str, *, limit: int, seconds: int) -> tuple[int, int]:
        """What is left, and the seconds until all is."""
        account, now = self._accounts.get(key), _now()
        if account is None or now - account.since >= seconds:
            return limit, 0
        left = 0 if now < account.refused_until else account.left - account.pending
        return max(0, left), max(1, math.ceil(account.since + seconds - now))

    def _account(self, key: str, limit: int, now: float, seconds: int) -> _Account:
        with self._lock:
            account = self._accounts.pop(key, None)
            if account is None or abs(now - account.since) >= seconds:
                account = _Account(limit, now)
            self._accounts[key] = account
            if len(self._accounts) > MAX_BATCHED_KEYS:
                self._accounts.popitem(last=False)
        return account


def _make_purses(_: Settings) -> list[LimitStore]:
    line = redis_connection()
    return [*([RedisLimitStore(line)] if line else []), DatabaseLimitStore(), ProcessLimitStore()]


_purses = PerApp(_make_purses)
_batched_limits = PerApp(_BatchedLimits)
_outage = PerApp(lambda _: Outage(log, "limits are kept in the process", "limits are shared again"))


def _buy(key: str, wish: LimitRequest) -> Verdict:
    """Ask the first place that answers; a limit holds in the process when nothing else does."""
    *shared, own = _purses.here()
    hidden, outage = _key_hash(key), _outage.here()
    for purse in shared:
        try:
            verdict = purse.buy(hidden, wish)
        except RedisUnavailable:
            continue
        except SQLAlchemyError as error:
            outage.began(error)
            continue
        outage.ended()
        return verdict
    return own.buy(hidden, wish)


def _key_hash(key: str) -> str:
    """Addresses and names are not stored: only what nobody can turn back without the forum's secret."""
    secret = current_settings().secret_key.encode()[:64]
    return hashlib.blake2b(key.encode(), digest_size=16, key=secret).hexdigest()


def _now() -> float:
    return round(clock.now().timestamp(), 3)
