"""A damaged or removed ephemeral file is recreated, by one process, at start and at runtime."""

import fcntl
import logging
import multiprocessing
import os
import re
import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from forum.infra.database.engines import ephemeral_engine, ephemeral_file
from forum.infra.database.ephemeral_files import NAME_BYTES
from forum.infra.database.ephemeral_tables import METADATA
from forum.infra.database.outages import is_busy
from forum.infra.ephemeral import ephemeral_store
from forum.infra.settings import Settings
from forum.jobs.scheduler import Job, run_workers
from tests.presence.backends import bare_app_for, settings_for

pytestmark = pytest.mark.sqlite
ROWS = 3000


def overwrite(path: Path) -> None:
    path.write_bytes(b"This is no database. " * 1000)


def cut_in_half(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def spoil_the_middle(path: Path) -> None:
    with path.open("r+b") as file:
        for page in range(1, path.stat().st_size // 4096):
            file.seek(page * 4096)
            file.write(b"\xff" * 512)


def empty(path: Path) -> None:
    os.truncate(path, 0)


def remove(path: Path) -> None:
    path.unlink()


def remove_with_its_log(path: Path) -> None:
    for each in path.parent.glob(f"{path.name}*"):
        each.unlink()


def exchange(path: Path) -> None:
    fresh = path.with_name("another")
    engine = create_engine(f"sqlite:///{fresh}")
    METADATA.create_all(engine)
    engine.dispose()
    fresh.rename(path)


def remove_the_log(path: Path) -> None:
    path.with_name(path.name + "-wal").unlink()


def remove_the_index_of_the_log(path: Path) -> None:
    path.with_name(path.name + "-shm").unlink()


def put_a_folder_there(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.mkdir()
    (path / "note").write_text("somebody's")


def put_a_folder_for_the_log(path: Path) -> None:
    wal = path.with_name(path.name + "-wal")
    wal.unlink(missing_ok=True)
    wal.mkdir()


DAMAGES = (overwrite, cut_in_half, spoil_the_middle, put_a_folder_there)
LOSSES = (empty, remove)
REMOVALS = (remove, remove_with_its_log, exchange)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for("sqlite", tmp_path)


def opened(settings: Settings) -> Engine:
    engine = ephemeral_engine(settings)
    ephemeral_store.create_tables(engine)
    return engine


def fill(engine: Engine, rows: int = ROWS) -> None:
    row = text("INSERT INTO volatile_usage (key, current, previous, expires_at) VALUES (:key, 1, 0, 1)")
    with engine.connect().execution_options(forum_writes=True) as connection, connection.begin():
        connection.execute(row, [{"key": f"{number} " + "x" * 100} for number in range(rows)])


def count(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(current || key) FROM volatile_usage")).scalar_one())


def aside(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.damaged-*Z"))


@pytest.mark.parametrize("damage", [*DAMAGES, put_a_folder_for_the_log], ids=lambda each: each.__name__)
def test_at_start_a_damaged_file_is_set_aside_and_recreated_with_one_log_line(
    damage: Callable[[Path], None], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    path = settings.data / "volatile.sqlite3"
    engine = opened(settings)
    fill(engine)
    engine.dispose()
    damage(path)
    with caplog.at_level(logging.INFO):
        again = opened(settings)
    assert count(again) == 0
    again.dispose()
    (kept,) = aside(path)
    (line,) = caplog.messages
    assert line.startswith("volatile.sqlite3 was damaged (")
    assert kept.name in line
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    if damage is put_a_folder_there:
        assert (kept / "note").read_text() == "somebody's"


@pytest.mark.parametrize("loss", LOSSES, ids=lambda each: each.__name__)
def test_at_start_an_empty_or_missing_file_is_created_silently(
    loss: Callable[[Path], None], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    opened(settings).dispose()
    loss(settings.data / "volatile.sqlite3")
    assert count(opened(settings)) == 0
    assert caplog.messages == []


@pytest.mark.parametrize(
    "damage", [*DAMAGES, empty, *REMOVALS, remove_the_log, remove_the_index_of_the_log], ids=lambda each: each.__name__
)
def test_damage_at_runtime_costs_a_moment_and_not_the_process(
    damage: Callable[[Path], None], settings: Settings
) -> None:
    engine, other = opened(settings), opened(settings)
    fill(engine)
    assert count(other) == ROWS
    damage(settings.data / "volatile.sqlite3")
    failed = 0
    for each in (engine, other, engine, other):
        try:
            count(each)
            fill_one(each, f"during {failed} {id(each)}")
        except SQLAlchemyError:
            failed += 1
    assert failed <= 2
    before = count(engine)
    for number, each in enumerate((engine, other)):
        fill_one(each, f"after {number}")
    assert count(engine) == count(other) == before + 2, "both use the same file"
    for each in (engine, other):
        each.dispose()


@pytest.mark.parametrize("removal", REMOVALS, ids=lambda each: each.__name__)
def test_a_removed_file_costs_its_rows_and_one_log_line_but_no_error(
    removal: Callable[[Path], None], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    engine, other = opened(settings), opened(settings)
    fill(engine)
    assert count(other) == ROWS
    removal(settings.data / "volatile.sqlite3")
    begun_at = time.monotonic()
    for number in range(10):
        for each in (engine, other):
            fill_one(each, f"{number} {id(each)}")
    assert count(engine) == count(other) == 20
    assert time.monotonic() - begun_at < 3
    (line,) = caplog.messages
    assert re.fullmatch(r"volatile\.sqlite3 was (removed|exchanged): the new one is in use", line)
    for each in (engine, other):
        each.dispose()
    assert count(opened(settings)) == 20


def test_a_sound_file_is_not_replaced_after_an_error_of_the_disk(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    engine, file = opened(settings), ephemeral_file(settings)
    fill(engine)
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    assert not file.heal(error), "connecting again would not help"
    assert count(engine) == ROWS
    assert caplog.messages == []
    engine.dispose()


def test_a_folder_that_is_moved_away_and_back_is_used_again(settings: Settings) -> None:
    engine = opened(settings)
    fill(engine)
    away = settings.data.with_name("away")
    settings.data.rename(away)
    with pytest.raises(SQLAlchemyError):
        count(engine)
    away.rename(settings.data)
    assert count(engine) == ROWS
    engine.dispose()


def _work(settings: Settings, barrier: "multiprocessing.synchronize.Barrier", number: int) -> None:
    engine = opened(settings)
    barrier.wait(30)  # all have it open
    barrier.wait(30)  # now it is damaged
    for attempt in range(50):
        try:
            fill_one(engine, f"{number} {attempt}")
        except SQLAlchemyError:
            continue
    fill_one(engine, f"last of {number}")
    engine.dispose()


def fill_one(engine: Engine, key: str) -> None:
    with engine.connect().execution_options(forum_writes=True) as connection, connection.begin():
        connection.execute(text("INSERT INTO volatile_usage VALUES (:key, 1, 0, 1)"), {"key": key})


@pytest.mark.parametrize("damage", [overwrite, spoil_the_middle, *REMOVALS], ids=lambda each: each.__name__)
def test_of_processes_that_find_the_damage_at_once_one_replaces_the_file(
    damage: Callable[[Path], None], settings: Settings
) -> None:
    processes, path = 5, settings.data / "volatile.sqlite3"
    engine = opened(settings)
    fill(engine)
    engine.dispose()
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(processes + 1)
    workers = [context.Process(target=_work, args=(settings, barrier, number)) for number in range(processes)]
    for worker in workers:
        worker.start()
    barrier.wait(30)
    damage(path)
    barrier.wait(30)
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * processes
    assert len(aside(path)) == (damage not in REMOVALS)
    again = opened(settings)
    with again.connect() as connection:
        kept = set(connection.execute(text("SELECT key FROM volatile_usage WHERE key LIKE 'last of%'")).scalars())
    assert len(kept) == processes, "all of them ended on the file that is in use"
    again.dispose()


@pytest.mark.parametrize("damage", [*DAMAGES, empty, *REMOVALS], ids=lambda each: each.__name__)
def test_the_jobs_continue_with_a_new_file(damage: Callable[[Path], None], settings: Settings) -> None:
    done: list[str] = []
    stop = threading.Event()
    with bare_app_for(settings) as app:
        fill(app.extensions["forum.ephemeral"])
        node = threading.Thread(target=run_workers, args=(app, [Job("good", lambda: done.append("good"), 0.5)], stop))
        node.start()
        try:
            for is_damaged in (False, True):
                if is_damaged:
                    damage(settings.data / "volatile.sqlite3")
                done.clear()
                end = time.monotonic() + 20
                while len(done) < 2 and time.monotonic() < end:
                    time.sleep(0.05)
                assert len(done) >= 2
        finally:
            stop.set()
            node.join(20)


def test_only_the_latest_damaged_files_are_kept(settings: Settings) -> None:
    path = settings.data / "volatile.sqlite3"
    for _ in range(5):
        opened(settings).dispose()
        overwrite(path)
    opened(settings).dispose()
    assert len(aside(path)) == 3


def test_the_number_of_the_device_may_change_when_the_machine_restarts(settings: Settings) -> None:
    fill(opened(settings))  # as after a kill -9: what was written is in the -wal
    file = ephemeral_file(settings)
    identity = file.identity()
    assert identity is not None
    lock = settings.data / "ephemeral.lock"
    assert lock.read_bytes().startswith(repr(identity).encode())
    lock.write_bytes(repr((identity[0] + 7, identity[1])).encode().ljust(NAME_BYTES))
    wal = file.path.with_name("volatile.sqlite3-wal")
    before = wal.stat()
    file.ensure()
    assert (wal.stat().st_ino, wal.stat().st_size) == (before.st_ino, before.st_size) != (before.st_ino, 0)
    assert count(opened(settings)) == ROWS


def test_a_process_that_hangs_with_the_lock_is_named_and_not_waited_for_without_end(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forum.infra.database.ephemeral_files.LOCK_SECONDS", 0.05)
    engine, file = opened(settings), ephemeral_file(settings)
    with (settings.data / "ephemeral.lock").open("rb+") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        for act in (file.ensure, lambda: opened(settings)):
            with pytest.raises(TimeoutError, match=r"another process has held .*ephemeral\.lock"):
                act()
        engine.dispose()
        with pytest.raises(OperationalError, match="another process has held") as caught:
            count(engine)
        assert is_busy(caught.value)
    assert count(engine) == 0


def test_a_lock_that_is_held_for_a_moment_is_waited_for(settings: Settings) -> None:
    engine = opened(settings)
    engine.dispose()
    with (settings.data / "ephemeral.lock").open("rb+") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        timer = threading.Timer(0.1, fcntl.flock, (other, fcntl.LOCK_UN))
        timer.start()
        assert count(engine) == 0
        timer.join()
