"""Rate limits: at most N in a time window and 2 N in any, across processes."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, text

from forum.infra import clock
from forum.infra.database.db import current_settings, ephemeral_transaction
from forum.infra.ephemeral import rate_limits
from forum.infra.ephemeral.ephemeral_store import redis_connection
from forum.infra.ephemeral.limit_store import (
    DatabaseLimitStore,
    LimitRequest,
    LimitStore,
    ProcessLimitStore,
    RedisLimitStore,
)
from forum.infra.ephemeral.rate_limits import address_key, batched_limit, hit, purge, reset_limit
from forum.infra.ephemeral.store_clock import StoreClock
from tests.presence.backends import BACKENDS, bare_app_for, settings_for

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture(params=BACKENDS)
def bare_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    with bare_app_for(settings_for(request.param, tmp_path)) as app:
        yield app


@pytest.fixture(params=[backend for backend in BACKENDS if "sqlite" not in str(backend)])
def shared_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """On a store that several machines share."""
    with bare_app_for(settings_for(request.param, tmp_path)) as app:
        yield app


@pytest.fixture
def sqlite_app(tmp_path: Path) -> Iterator[Flask]:
    with bare_app_for(settings_for("sqlite", tmp_path)) as app:
        yield app


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def tries(many: int, *, limit: int, seconds: int, at: float = 0, key: str = "key") -> list[int]:
    with clock.frozen_at(after(at)):
        return [hit(key, limit=limit, seconds=seconds) for _ in range(many)]


def test_requests_past_the_limit_must_wait(bare_app: Flask) -> None:
    assert tries(4, limit=3, seconds=60) == [0, 0, 0, 60]
    assert tries(1, limit=3, seconds=60, at=59) == [1]
    assert tries(1, limit=3, seconds=60, at=60.5) == [0]


def test_each_request_expires_separately(bare_app: Flask) -> None:
    for moment in (0, 20, 40):
        assert tries(1, limit=3, seconds=60, at=moment) == [0]
    assert tries(2, limit=3, seconds=60, at=61) == [0, 19]
    assert tries(2, limit=3, seconds=60, at=81) == [0, 19]


def test_one_in_thirty_seconds_is_one_in_thirty_seconds(bare_app: Flask) -> None:
    assert [tries(1, limit=1, seconds=30, at=moment)[0] for moment in (0, 10, 31, 45, 62)] == [0, 20, 0, 16, 0]


def test_a_refused_request_consumes_nothing(bare_app: Flask) -> None:
    tries(50, limit=2, seconds=60)
    assert tries(1, limit=2, seconds=60, at=61) == [0]


def test_keys_are_independent(bare_app: Flask) -> None:
    assert tries(1, limit=1, seconds=60, key="one") == tries(1, limit=1, seconds=60, key="two") == [0]


def test_a_request_may_cost_more_than_one(bare_app: Flask) -> None:
    with clock.frozen_at(NOON):
        assert hit("key", limit=10, seconds=60, cost=8) == 0
        assert hit("key", limit=10, seconds=60, cost=3) == 60
        assert hit("key", limit=10, seconds=60, cost=2) == 0
        assert hit("key", limit=10, seconds=60, cost=11) == 60


def test_forgiven_requests_do_not_count(bare_app: Flask) -> None:
    assert tries(3, limit=2, seconds=60) == [0, 0, 60]
    reset_limit("key")
    assert tries(3, limit=2, seconds=60) == [0, 0, 60]


def test_disabled_limits_stop_nobody(tmp_path: Path) -> None:
    with bare_app_for(settings_for("sqlite", tmp_path, limits=False)):
        assert tries(9, limit=1, seconds=60) == [0] * 9
        assert batched_limit("key", limit=0, seconds=60) == 0


def test_the_two_hundred_and_first_request_of_a_minute_is_refused(bare_app: Flask) -> None:
    with clock.frozen_at(NOON):
        answers = [batched_limit("address", limit=200, seconds=60) for _ in range(203)]
    assert answers == [0] * 200 + [60] * 3
    with clock.frozen_at(after(61)):
        assert batched_limit("address", limit=200, seconds=60) == 0


def test_a_batched_limit_lets_at_most_twice_as_many_pass_in_any_minute(sqlite_app: Flask) -> None:
    passed: list[float] = []
    for tenth in range(2500):
        with clock.frozen_at(after(tenth / 10)):
            if not batched_limit("address", limit=200, seconds=60):
                passed.append(tenth / 10)
    assert max(sum(1 for moment in passed if start <= moment < start + 60) for start in passed) < 400
    assert 750 < len(passed) <= 200 * 5


def test_most_requests_of_a_batched_limit_query_no_store(sqlite_app: Flask) -> None:
    statements: list[str] = []
    event.listen(
        sqlite_app.extensions["forum.ephemeral"], "before_cursor_execute", lambda *it: statements.append(it[2])
    )
    with clock.frozen_at(NOON):
        for number in range(5000):
            batched_limit(f"address {number}", limit=200, seconds=60)
        assert statements == []
        for _ in range(10):
            batched_limit("address 1", limit=200, seconds=60)
        assert [statement.split()[0] for statement in statements] == ["INSERT"]


def test_a_batched_limit_reports_what_is_left(sqlite_app: Flask) -> None:
    with clock.frozen_at(NOON):
        assert rate_limits.batched_limit_left("address", limit=12, seconds=60) == (12, 0)
        for left in (11, 10, 9):
            batched_limit("address", limit=12, seconds=60)
            assert rate_limits.batched_limit_left("address", limit=12, seconds=60) == (left, 60)
        for _ in range(20):
            batched_limit("address", limit=12, seconds=60)
        assert rate_limits.batched_limit_left("address", limit=12, seconds=60) == (0, 60)
    with clock.frozen_at(after(60)):
        assert rate_limits.batched_limit_left("address", limit=12, seconds=60) == (12, 0)


def test_a_batched_limit_keeps_a_bounded_number_of_keys(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "MAX_BATCHED_KEYS", 100)
    for number in range(1000):
        batched_limit(f"address {number}", limit=200, seconds=60)
    assert len(rate_limits._accounts.here()) == 100


def test_purging_removes_expired_rows(sqlite_app: Flask) -> None:
    tries(1, limit=1, seconds=60, key="short")
    tries(1, limit=1, seconds=3600, key="long")
    with clock.frozen_at(after(121)):
        purge()
    assert stored() == 1
    assert tries(1, limit=1, seconds=3600, at=121, key="long")[0] > 0


def test_a_flood_of_keys_evicts_no_key_that_spent_more(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limits, "MAX_STORED_KEYS", 20)
    tries(5, limit=5, seconds=60, key="attacked account")
    for number in range(50):
        tries(1, limit=5, seconds=60, key=f"address {number}")
    with clock.frozen_at(NOON):
        purge()
    assert stored() == 20
    assert tries(1, limit=5, seconds=60, key="attacked account") == [60]


def test_stored_keys_do_not_reveal_addresses(sqlite_app: Flask, tmp_path: Path) -> None:
    hit("login:203.0.113.77", limit=5, seconds=60)
    stored_bytes = b"".join(file.read_bytes() for file in tmp_path.glob("volatile.sqlite3*"))
    assert b"203.0.113" not in stored_bytes


def test_without_a_database_limits_hold_in_the_process(sqlite_app: Flask) -> None:
    with ephemeral_transaction() as connection:
        connection.execute(text("DROP TABLE volatile_usage"))
        connection.execute(text("CREATE VIEW volatile_usage AS SELECT 1 AS key"))  # not made again
    assert tries(3, limit=2, seconds=60) == [0, 0, 60]
    with clock.frozen_at(NOON):
        assert [batched_limit("address", limit=15, seconds=60) for _ in range(16)] == [0] * 15 + [60]
        reset_limit("key")
    assert tries(1, limit=2, seconds=60) == [0]


def test_a_missing_table_is_made_again_at_once(sqlite_app: Flask) -> None:
    with ephemeral_transaction() as connection:
        connection.execute(text("DROP TABLE volatile_usage"))
    began = time.monotonic()
    assert tries(2, limit=9, seconds=60) == [0, 0]
    assert time.monotonic() - began < 2, "nobody waits for a lock of their own"
    with ephemeral_transaction() as connection:
        assert connection.execute(text("SELECT count(*) FROM volatile_usage")).scalar_one() == 1


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unix socket", "unix socket"),
        ("", ""),
    ],
)
def test_ipv6_addresses_are_counted_per_customer_prefix(address: str, key: str) -> None:
    assert address_key(address) == key


STEPS = st.lists(st.tuples(st.integers(0, 40_000), st.integers(1, 5)), max_size=60)
START = 1_700_000_000_000


@given(steps=STEPS, limit=st.integers(1, 60), seconds=st.integers(1, 60))
def test_no_time_window_ever_holds_more_than_twice_the_limit(
    steps: list[tuple[int, int]], limit: int, seconds: int
) -> None:
    store, now, granted = ProcessLimitStore(), START, list[tuple[int, int]]()
    for millis, cost in steps:
        now += millis
        if store.consume("key", LimitRequest(limit, seconds * 1000, cost, now)).wait == 0:
            granted.append((now, cost))
    for end, _ in granted:
        assert sum(cost for moment, cost in granted if end - seconds * 1000 < moment <= end) <= 2 * limit
    first = granted[0][0] if granted else 0
    assert sum(cost for moment, cost in granted if moment < first + seconds * 1000) <= limit


@given(steps=STEPS, limit=st.integers(1, 60), seconds=st.integers(1, 60))
def test_whoever_waits_as_long_as_told_is_let_through(steps: list[tuple[int, int]], limit: int, seconds: int) -> None:
    store, now = ProcessLimitStore(), START
    for millis, cost in steps:
        now += millis
        wait = store.consume("key", LimitRequest(limit, seconds * 1000, cost, now)).wait
        if wait and cost <= limit:
            assert wait <= 2 * seconds
            now += wait * 1000
            assert store.consume("key", LimitRequest(limit, seconds * 1000, cost, now)).wait == 0


def all_stores() -> list[LimitStore]:
    line = redis_connection()
    return [DatabaseLimitStore(), ProcessLimitStore(), *([RedisLimitStore(line)] if line else [])]


def test_a_clock_that_was_set_back_blocks_nobody(bare_app: Flask) -> None:
    for number, store in enumerate(all_stores()):
        key = f"clock {number}"
        assert store.consume(key, LimitRequest(2, 60_000, 2, START)).wait == 0
        assert store.consume(key, LimitRequest(2, 60_000, 1, START)).wait == 60
        assert store.consume(key, LimitRequest(2, 60_000, 1, START - 3_600_000)).wait == 0
        assert store.consume(key, LimitRequest(2, 60_000, 2, START - 3_600_000)).wait == 60


def test_all_stores_give_the_same_answers(bare_app: Flask) -> None:
    stores, now = all_stores(), START
    for number in range(300):
        now += number * number % 97 * 20 - (4_000 if number % 50 == 49 else 0)
        period, cost = (5_000, 20_000)[number % 2], number % 4 or -1
        wish = LimitRequest((7, 60)[number % 2], period, cost, now)
        verdicts = {store.consume(f"key {number % 2}", wish) for store in stores}
        assert len(verdicts) == 1


def test_every_key_depends_on_the_forums_secret(sqlite_app: Flask) -> None:
    assert rate_limits._key_hash("a") != rate_limits._key_hash("b")
    assert current_settings().secret_key not in rate_limits._key_hash("a")


def stored() -> int:
    with ephemeral_transaction() as connection:
        return int(connection.execute(text("SELECT count(*) FROM volatile_usage")).scalar_one())


@pytest.mark.parametrize("skew", [-40, -7, 7, 40])
@pytest.mark.parametrize("seconds", [10, 60])
def test_a_machine_whose_clock_is_wrong_neither_forgets_what_others_counted_nor_lets_more_pass(
    shared_app: Flask, monkeypatch: pytest.MonkeyPatch, skew: int, seconds: int
) -> None:
    real = time.time

    def on_node(ahead: int, at: float) -> int:
        monkeypatch.setattr("time.time", lambda: real() + ahead)
        with clock.frozen_at(after(at + ahead)):
            return hit("key", limit=4, seconds=seconds)

    assert [on_node(ahead, 0) for ahead in (0, skew, 0, skew)] == [0] * 4
    assert on_node(0, 1) > 0
    assert on_node(skew, 1) > 0
    assert on_node(skew, 1) <= seconds
    assert on_node(0, 2 * seconds + 1) == 0


def test_clocks_are_compared_once_a_minute_and_after_one_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    now, asked = {"wall": 1000.0, "monotonic": 10.0}, []
    monkeypatch.setattr("time.time", lambda: now["wall"])
    monkeypatch.setattr("time.monotonic", lambda: now["monotonic"])
    store = StoreClock()

    def ahead(by: float, *, slow: float = 0) -> int:
        def read() -> float:
            asked.append(by)
            now["monotonic"] += slow
            now["wall"] += slow
            return now["wall"] + by

        return store.ahead_ms(read)

    assert [ahead(30), ahead(90), len(asked)] == [30_000, 30_000, 1]
    now["wall"] += 30
    assert [ahead(0.2), len(asked)] == [0, 2]
    for each in now:
        now[each] += 61
    assert [ahead(-9), ahead(-9), len(asked)] == [-9_000, -9_000, 3]
    for each in now:
        now[each] += 61
    assert ahead(300, slow=2) == -9_000, "an answer that took long says nothing"
