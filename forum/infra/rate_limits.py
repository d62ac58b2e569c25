"""Rate limits that hold across all processes, and the keys they are counted by."""

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

MAX_STORED_KEYS = 200_000  # rows kept by a purge: about 30 MB
BATCH_REQUESTS = 10  # requests per key counted in the process before they are written to the store
MAX_BATCHED_KEYS = 20_000  # per process: about 5 MB


def hit(key: str, *, limit: int, seconds: int, cost: int = 1) -> int:
    """Consume `cost` of a limit per `seconds`; returns 0, or the seconds to wait. A refusal consumes nothing."""
    if not current_settings().limits:
        return 0
    return _consume(key, LimitRequest(limit, seconds, cost, 0, _now())).wait


def reset_limit(key: str) -> None:
    """Reset a key's limit, for example after a correct password."""
    for store in _stores.here():
        try:
            store.reset(_key_hash(key))
        except (RedisUnavailable, SQLAlchemyError):
            continue


def batched_limit(key: str, *, limit: int, seconds: int) -> int:
    """Like `spend`, for every request: most calls do not access the store.

    With one process the limit is exact; each further process may allow up to BATCH_REQUESTS - 1 more.
    """
    if not current_settings().limits:
        return 0
    return _batched_limits.here().spend(key, limit=limit, seconds=seconds)


def batched_limit_if_known(key: str, *, limit: int, seconds: int) -> int | None:
    """Like `batched_limit`, but never accesses the store: if it would have to, returns None and counts nothing."""
    if not current_settings().limits:
        return 0
    return _batched_limits.here().spend_known(key, limit=limit, seconds=seconds)


def batched_limit_left(key: str, *, limit: int, seconds: int) -> tuple[int, int]:
    """What is left of a batched limit as far as this process knows, and the seconds until it is full again."""
    return _batched_limits.here().left(key, limit=limit, seconds=seconds)


def purge() -> None:
    """Remove expired rows; a job calls this every minute."""
    DatabaseLimitStore().purge(_now(), most=MAX_STORED_KEYS)


@lru_cache(maxsize=4096)
def address_key(address: str) -> str:
    """The key an IP address is counted by: the IPv4 address, or the /64 that one IPv6 customer has."""
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
    """A process's state of a key: `left` when the store was read, `pending` granted since and not yet written."""

    left: int
    since: float
    pending: int = 0
    refused_until: float = 0.0
    turn: Lock = field(default_factory=Lock)


class _BatchedLimits:
    """Counts in the process; accesses the store every BATCH_REQUESTS requests of a key, or close to the limit."""

    def __init__(self, _: Settings) -> None:
        self._accounts: OrderedDict[str, _Account] = OrderedDict()
        self._lock = Lock()

    def spend(self, key: str, *, limit: int, seconds: int) -> int:
        """Count a request; returns 0, or the seconds to wait."""
        now = _now()
        account = self._account(key, limit, now, seconds)
        known = self._answer(account, now)
        if known is not None:
            return known
        with account.turn:  # threads with the same key access the store one at a time
            known = self._answer(account, now)
            if known is not None:
                return known
            with self._lock:
                owed, account.pending = account.pending, 0
                account.left -= owed + 1
            verdict = _consume(key, LimitRequest(limit, seconds, 1, owed, now))
            account.left, account.since = verdict.left, now
            account.refused_until = now + verdict.wait if verdict.wait else 0.0
        return verdict.wait

    def spend_known(self, key: str, *, limit: int, seconds: int) -> int | None:
        """Like spend(), but None if the store would have to be accessed."""
        now = _now()
        return self._answer(self._account(key, limit, now, seconds), now)

    def _answer(self, account: _Account, now: float) -> int | None:
        """The answer from this process's state; None if the store has to be accessed."""
        with self._lock:
            if now < account.refused_until:
                return math.ceil(account.refused_until - now)
            if account.pending + 1 < BATCH_REQUESTS and account.pending < account.left:
                account.pending += 1
                return 0
            return None

    def left(self, key: str, *, limit: int, seconds: int) -> tuple[int, int]:
        """What is left, and the seconds until the limit is full again."""
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


def _make_stores(_: Settings) -> list[LimitStore]:
    connection = redis_connection()
    return [*([RedisLimitStore(connection)] if connection else []), DatabaseLimitStore(), ProcessLimitStore()]


_stores = PerApp(_make_stores)
_batched_limits = PerApp(_BatchedLimits)
_outage = PerApp(lambda _: Outage(log, "limits are counted per process", "limits are shared again"))


def _consume(key: str, request: LimitRequest) -> Verdict:
    """Use the first store that is available; the process's own store is the fallback."""
    *shared, own = _stores.here()
    hidden, outage = _key_hash(key), _outage.here()
    for store in shared:
        try:
            verdict = store.consume(hidden, request)
        except RedisUnavailable:
            continue
        except SQLAlchemyError as error:
            outage.record_failure(error)
            continue
        outage.record_success()
        return verdict
    return own.consume(hidden, request)


def _key_hash(key: str) -> str:
    """A keyed hash: IP addresses and names are not stored in a form that can be reversed without the secret key."""
    secret = current_settings().secret_key.encode()[:64]
    return hashlib.blake2b(key.encode(), digest_size=16, key=secret).hexdigest()


def _now() -> float:
    return round(clock.now().timestamp(), 3)
