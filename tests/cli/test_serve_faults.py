"""`forum serve` under faults: damaged files, stopped jobs, an unwritable folder, few open files."""

import os
import re
import resource
import shutil
import signal
import sqlite3
import time
import urllib.request
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.commands import forum, forum_bound, refusal
from tests.cli.test_serve import Served, serving
from tests.servers import free_port

pytestmark = pytest.mark.sqlite
THREAD = "/threads/6-russia-china-agree-to-build-lunar-station-together"
LONG_AGO = "UPDATE volatile_health SET noted_at = noted_at - 70 WHERE name = 'jobs'"


def wait_for(is_so: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end:
        time.sleep(0.1)
    assert is_so()


def guests(served: Served, name: str) -> int:
    """The number of guests viewing the thread, as shown to a guest."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{served.port}{THREAD}", headers={"User-Agent": f"Mozilla/5.0 {name}"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - our own loopback address
        found = re.search(r"Guests: (\d+)\)", answer.read().decode())
    return int(found[1]) if found else 0


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=10)) as connection:
        connection.execute(statement)


def test_a_damaged_ephemeral_file_does_not_prevent_starting(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "volatile.sqlite3").write_bytes(os.urandom(20_000))
    with serving(tmp_path, "--workers", "1") as served:
        wait_for(lambda: len(list(data.glob("*.damaged-*Z"))) == 1)
        assert served.stop() == 0
    log = served.log.read_text()
    assert log.count("volatile.sqlite3 was damaged (") == 1
    assert "Traceback" not in log


def test_an_ephemeral_file_damaged_at_runtime_is_recreated_and_guests_counted_again(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2", FORUM_SEED="document") as served:
        assert max(guests(served, f"before {number}") for number in range(4)) == 4
        with (served.data / "volatile.sqlite3").open("r+b") as file:
            file.write(b"\xff" * 40_000)
        for number in range(6):  # so that both processes notice
            guests(served, f"during {number}")
        wait_for(lambda: served.get("/health/ready").status == 200)
        seen = [guests(served, f"after {number}") for number in range(4)]
        assert max(seen) - min(seen) == 3, "each one more is counted, in whichever process"
        assert served.stop() == 0
    log = served.log.read_text()
    assert log.count("volatile.sqlite3 was damaged (") == 1
    assert "Traceback" not in log


def children_of(served: Served) -> set[int]:
    """The process ids of a server's children."""
    children = Path(f"/proc/{served.process.pid}/task").glob("*/children")
    return {int(number) for file in children for number in file.read_text().split()}


def jobs_of(served: Served) -> int:
    """The process id of the job process: the child in its own session, which it creates shortly after the fork."""

    def leaders() -> list[int]:
        return [number for number in children_of(served) if os.getsid(number) == number]

    wait_for(lambda: bool(leaders()))
    [number] = leaders()
    return number


def stop_between_writes(number: int, path: Path) -> None:
    """Stop a process while it does not write to the file: stopped in the middle, it would keep the lock."""

    def is_stopped_between_writes() -> bool:
        os.kill(number, signal.SIGSTOP)
        wait_for(lambda: all("State:\tT" in task.read_text() for task in Path(f"/proc/{number}/task").glob("*/status")))
        try:
            with closing(sqlite3.connect(path, isolation_level=None, timeout=1)) as connection:
                connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            os.kill(number, signal.SIGCONT)
            return False
        return True

    wait_for(is_stopped_between_writes)


def test_stopped_jobs_make_it_unready_until_they_continue_or_restart(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1") as served:
        number = jobs_of(served)
        stop_between_writes(number, served.data / "volatile.sqlite3")
        execute(served.data / "volatile.sqlite3", LONG_AGO)
        assert served.get("/health/ready").status == 503
        assert served.get("/").status == 200
        os.kill(number, signal.SIGKILL)
        wait_for(lambda: served.get("/health/ready").status == 200)
        assert jobs_of(served) != number
        assert served.stop() == 0


@pytest.fixture
def seeded(tmp_path: Path) -> Path:
    assert forum(tmp_path / "data", "seed").returncode == 0
    return tmp_path / "data"


@pytest.mark.parametrize(("name", "mode"), [(".", 0o555), ("forum.sqlite3", 0o444), ("secret-key", 0o000)])
@pytest.mark.parametrize("command", ["serve", "check"])
def test_an_unwritable_or_unreadable_file_is_reported_briefly(command: str, name: str, mode: int, seeded: Path) -> None:
    (seeded / "secret-key").write_text("a key of the tests, long enough to be taken")
    (seeded / name).chmod(mode)
    more = ["--port", str(free_port())] if command == "serve" else []
    done = forum_bound(seeded, command, *more, FORUM_SECRET_KEY=None)
    seeded.chmod(0o700)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert str(seeded) in done.stderr


def test_a_full_disk_makes_it_unready_until_there_is_space(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1") as served:
        unlimited = resource.RLIM_INFINITY
        for most, status in ((1, 503), (unlimited, 200)):
            for number in children_of(served):  # their files may not grow
                resource.prlimit(number, resource.RLIMIT_FSIZE, (most, unlimited))
            wait_for(lambda status=status: served.get("/health/ready").status == status)  # type: ignore[misc]
            assert served.get("/").status == 200
        assert served.stop() == 0


@pytest.mark.parametrize(("command", "most"), [("serve", 16), ("serve", 255), ("worker", 32)])
def test_too_few_open_files_are_refused_at_start(command: str, most: int, seeded: Path) -> None:
    message = refusal(seeded, command, limits={"RLIMIT_NOFILE": most})
    assert (
        message == f"Error: Only {most} files may be open at once: raise the limit to at least 1024 (`ulimit -n 1024`)."
    )


def test_a_low_limit_is_raised_as_far_as_the_system_allows(tmp_path: Path) -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    with serving(tmp_path, "--workers", "1", before=["prlimit", f"--nofile=64:{min(hard, 2048)}"]) as served:
        assert served.get("/").status == 200
        limits = Path(f"/proc/{served.process.pid}/limits").read_text()
        assert re.search(rf"Max open files +{min(hard, 2048)} ", limits)


def test_a_restored_backup_is_served_although_everything_else_was_lost(tmp_path: Path, seeded: Path) -> None:
    assert forum(seeded, "backup", str(tmp_path / "copy")).returncode == 0
    shutil.rmtree(seeded)
    assert forum(seeded, "restore", str(tmp_path / "copy")).returncode == 0
    with serving(tmp_path, "--workers", "1") as served:
        assert served.get("/").status == 200
