"""A flood of addresses is cheap: bounded rows, bounded memory, a bounded number of writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, text

from forum.infra import clock
from forum.infra.database.db import ephemeral_transaction
from forum.presence import rules, store_database
from forum.presence.actions import arrive, leave, record_visit
from forum.presence.queries import online, viewers
from forum.presence.state import state
from forum.presence.views import count_view
from forum.presence.visitor_key import VisitorKey
from tests.presence.test_leave import NOON
from tests.presence.visitors import FIREFOX, a_caller, a_guest

pytestmark = pytest.mark.slow

_number = count(1)


def strangers(many: int) -> Iterator[VisitorKey]:
    for number in range(many):
        yield VisitorKey(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", FIREFOX)


@contextmanager
def counting(app: Flask) -> Iterator[list[str]]:
    """The statements sent to the ephemeral database."""
    sent: list[str] = []

    def record_statement(_: object, __: object, statement: str, *___: object) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(app.extensions["forum.ephemeral"], "before_cursor_execute", record_statement)
    yield sent
    event.remove(app.extensions["forum.ephemeral"], "before_cursor_execute", record_statement)


def rows(table: str) -> int:
    with ephemeral_transaction() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def test_a_hundred_thousand_addresses_bound_rows_memory_and_writes(sqlite_app: Flask, tmp_path: Path) -> None:
    arrive("thread:1", a_caller("anna"))
    with clock.frozen_at(clock.now()), counting(sqlite_app) as sent:
        for caller in strangers(100_000):
            arrive("thread:1", caller, board=1)
    assert len(sent) < 10 * rules.NEW_GUESTS_AT_ONCE
    assert rows("volatile_presence") <= rules.NEW_GUESTS_AT_ONCE + 1
    assert len(state.here().touched) <= rules.NEW_GUESTS_AT_ONCE + 1
    assert viewers("thread:1", None).members == 1
    assert sum(file.stat().st_size for file in tmp_path.glob("volatile.sqlite3*")) < 5_000_000


def test_members_are_counted_during_a_flood(sqlite_app: Flask) -> None:
    with clock.frozen_at(NOON):
        for caller in strangers(1000):
            arrive("thread:1", caller)
        arrive("thread:1", a_caller("anna"))
        reader = a_guest()
        seen = record_visit("thread:1", reader)
        assert (seen.members, seen.guests) == (1, rules.NEW_GUESTS_AT_ONCE + 1)


def test_a_place_and_the_forum_accept_a_limited_number_of_guests(
    bare_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for where in ("forum.presence.store_database", "forum.presence.store_redis"):
        monkeypatch.setattr(f"{where}.GUESTS_A_PLACE", 10)
        monkeypatch.setattr(f"{where}.GUESTS_IN_ALL", 25)
    with clock.frozen_at(NOON):
        for number, caller in enumerate(strangers(60)):
            arrive(f"thread:{number % 4}", caller)
        assert viewers("thread:1", None).guests <= 10
        assert online(None).guests == 25
        arrive("thread:1", a_caller("anna"))
        assert viewers("thread:1", None).members == 1


def test_a_full_store_accepts_new_guests_once_old_ones_have_left(
    bare_app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for where in ("forum.presence.store_database", "forum.presence.store_redis"):
        monkeypatch.setattr(f"{where}.GUESTS_IN_ALL", 5)
    with clock.frozen_at(NOON):
        for caller in strangers(9):
            arrive("thread:1", caller)
        assert online(None).guests == 5
    with clock.frozen_at(NOON.replace(minute=6)):
        arrive("thread:1", a_guest())
        assert online(None).guests == 1


def test_an_immediate_reload_is_not_written_again(sqlite_app: Flask) -> None:
    guest = a_guest()
    with clock.frozen_at(NOON):
        arrive("thread:1", guest)
        with counting(sqlite_app) as sent:
            arrive("thread:1", guest)
            assert sent == []
            record_visit("thread:1", guest)
            assert len(sent) == 1


def test_a_visit_takes_one_query_and_one_write(sqlite_app: Flask) -> None:
    record_visit("thread:1", a_guest())
    anna = a_caller("anna")
    with counting(sqlite_app) as sent:
        record_visit("thread:1", anna)
        assert len(sent) == 2


def test_a_flood_of_leave_requests_is_bounded_too(sqlite_app: Flask) -> None:
    with clock.frozen_at(NOON), counting(sqlite_app) as sent:
        for caller in strangers(5000):
            leave("thread:1", caller, tab="x")
    assert len(sent) < 2 * rules.NEW_GUESTS_AT_ONCE + 10


def test_a_flood_of_views_is_bounded_too(sqlite_app: Flask) -> None:
    with clock.frozen_at(NOON), counting(sqlite_app) as sent:
        for caller in strangers(5000):
            count_view(1, caller)
    assert len(sent) < 2 * rules.NEW_GUESTS_AT_ONCE + 10
    assert rows("volatile_view") <= rules.NEW_GUESTS_AT_ONCE


def test_many_viewers_are_recounted_only_after_a_moment(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_database, "CACHED_COUNTS_MIN", 3)
    with clock.frozen_at(NOON):
        guests = list(strangers(5))
        for caller in guests:
            arrive("thread:1", caller)
        assert record_visit("thread:1", guests[0]).guests == 5
        arrive("thread:1", a_guest())
        assert record_visit("thread:1", guests[0]).guests == 5
    with clock.frozen_at(NOON.replace(second=3)):
        assert record_visit("thread:1", guests[0]).guests == 6


def test_stored_data_contains_no_address(sqlite_app: Flask, tmp_path: Path) -> None:
    arrive("thread:1", VisitorKey("203.0.113.77", FIREFOX))
    count_view(1, VisitorKey("203.0.113.77", FIREFOX))
    stored = b"".join(file.read_bytes() for file in tmp_path.glob("volatile.sqlite3*"))
    assert b"203.0.113" not in stored
    assert b"Firefox" not in stored


def test_yesterdays_key_is_destroyed(bare_app: Flask) -> None:
    here = state.here().presence
    first = here.day_key("2026-03-01")
    assert here.day_key("2026-03-01") == first
    assert here.day_key("2026-03-02") != first
    assert here.day_key("2026-03-01") != first
