"""Rate limits that hold across all processes, and the keys they are counted by."""

import hashlib
import ipaddress
import logging
import math
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock

from cachetools import LRUCache
from sqlalchemy.exc import SQLAlchemyError

from forum.infra import clock
from forum.infra.database.db import current_settings
from forum.infra.database.per_app import PerApp
from forum.infra.ephemeral.ephemeral_store import RedisUnavailable, redis_connection
from forum.infra.ephemeral.limit_store import (
    DatabaseLimitStore,
    LimitRequest,
    LimitStore,
    ProcessLimitStore,
    RedisLimitStore,
    Verdict,
)
from forum.infra.ephemeral.outage_log import Outage
from forum.infra.settings import Settings

log = logging.getLogger("forum.limits")

MAX_STORED_KEYS = 200_000  # rows kept by a purge: about 30 MB
BATCH_REQUESTS = 10  # requests per key counted in the process before they are written to the store
MAX_BATCHED_KEYS = 20_000  # per process: about 5 MB
UNLIMITED = 2**31 - 1


def hit(key: str, *, limit: int, seconds: int, cost: int = 1) -> int:
    """Consume `cost` of a limit per `seconds`; returns 0, or the seconds to wait. A refusal consumes nothing."""
    if not current_settings().limits:
        return 0
    return _consume(key, limit=limit, seconds=seconds, cost=cost).wait


def reset_limit(key: str) -> None:
    """Reset a key's limit, for example after a correct password."""
    for store in _stores.here():
        try:
            store.reset(_key_hash(key))
        except (RedisUnavailable, SQLAlchemyError):
            continue


def batched_limit(key: str, *, limit: int, seconds: int) -> int:
    """Like `hit` with a cost of 1, for every request: most calls do not access the store.

    A write for every request would cost more than a guest's cached page does. With one process the limit is as exact
    as that of `hit`; each further process may allow up to BATCH_REQUESTS - 1 more.
    """
    if not current_settings().limits:
        return 0
    account, now = _account(key, limit, seconds), _now()
    wait = _known_wait(account, now)
    if wait is None:
        with account.turn:  # threads with the same key access the store one at a time
            wait = _known_wait(account, now)
            if wait is None:
                wait = _write_batch(account, key, limit=limit, seconds=seconds)
    return wait


def batched_limit_if_known(key: str, *, limit: int, seconds: int) -> int | None:
    """Like `batched_limit`, but never accesses the store: if it would have to, returns None and counts nothing."""
    if not current_settings().limits:
        return 0
    return _known_wait(_account(key, limit, seconds), _now())


def batched_limit_left(key: str, *, limit: int, seconds: int) -> tuple[int, int]:
    """What is left of a batched limit as far as this process knows, and the seconds until it is full again."""
    account, now = _account(key, limit, seconds), _now()
    left = 0 if now < account.refused_until else max(0, account.left - account.pending)
    return left, 0 if left == limit else max(1, math.ceil((account.since - now) / 1000 + seconds))


def purge() -> None:
    """Remove expired rows; a job calls this every minute."""
    DatabaseLimitStore().purge(_now(), most=MAX_STORED_KEYS)


@lru_cache(maxsize=4096)
def address_key(address: str) -> str:
    """The key an IP address is counted by: the IPv4 address, or the /64 that one IPv6 customer has."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:45]
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return str(ipaddress.IPv6Network((int(parsed) >> 64 << 64, 64)))
        parsed = parsed.ipv4_mapped
    return str(parsed)


@lru_cache(maxsize=4096)
def range_key(address: str) -> str:
    """The key the range of an IP address is counted by: the /24, or the /48 that a provider gives to a customer."""
    here = address_key(address)
    try:
        network = ipaddress.ip_network(here)
    except ValueError:
        return here
    return str(network.supernet(new_prefix=24 if network.version == 4 else 48))


@dataclass(slots=True)
class _Account:
    """A process's state of a key: `left` when the store was read, `pending` granted since and not yet written."""

    left: int
    since: int
    pending: int = 0
    refused_until: int = 0
    turn: Lock = field(default_factory=Lock)


_lock = Lock()
_accounts: PerApp[LRUCache[str, _Account]] = PerApp(lambda _: LRUCache(MAX_BATCHED_KEYS))


def _account(key: str, limit: int, seconds: int) -> _Account:
    accounts, now = _accounts.here(), _now()
    with _lock:
        account = accounts.get(key)
        if account is None or abs(now - account.since) >= seconds * 1000:
            account = accounts[key] = _Account(limit, now)
    return account


def _known_wait(account: _Account, now: int) -> int | None:
    """The answer from this process's state, counted; None if the store has to be accessed."""
    with _lock:
        if now < account.refused_until:
            return math.ceil((account.refused_until - now) / 1000)
        if account.pending + 1 < BATCH_REQUESTS and account.pending < account.left:
            account.pending += 1
            return 0
        return None


def _write_batch(account: _Account, key: str, *, limit: int, seconds: int) -> int:
    """Write what was granted, and one request more unless that is refused; returns the seconds to wait."""
    with _lock:
        granted, account.pending = account.pending, 0
        account.left -= granted + 1
    verdict = _consume(key, limit=limit, seconds=seconds, cost=granted + 1)
    if verdict.wait and granted:
        _consume(key, limit=UNLIMITED, seconds=seconds, cost=granted)
        verdict = _consume(key, limit=limit, seconds=seconds, cost=1)
    account.left, account.since = verdict.left, _now()
    account.refused_until = account.since + verdict.wait * 1000 if verdict.wait else 0
    return verdict.wait


def _make_stores(_: Settings) -> list[LimitStore]:
    connection = redis_connection()
    return [*([RedisLimitStore(connection)] if connection else []), DatabaseLimitStore(), ProcessLimitStore()]


_stores = PerApp(_make_stores)
_outage = PerApp(lambda _: Outage(log, "limits are counted per process", "limits are shared again"))


def _consume(key: str, *, limit: int, seconds: int, cost: int) -> Verdict:
    """Use the first store that is available; the process's own store is the fallback."""
    request = LimitRequest(limit, seconds * 1000, cost, _now())
    if cost > limit:
        return Verdict(seconds, 0)
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


def _now() -> int:
    return int(clock.now().timestamp() * 1000)
