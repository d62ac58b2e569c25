"""`forum serve` as a real process: it sets itself up, answers requests, and stops without losing anything."""

import http.client
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from forum.infra import metrics
from forum.middleware.guest_cache.viewer_fragment import FLUSH_SECONDS
from tests.cli.commands import Service, environment, forum, refusal, rows
from tests.running import served
from tests.servers import free_port

PATIENCE = 60.0
SOON = 15.0  # maximum seconds an idle server takes to stop, on a busy machine


@dataclass
class Served:
    """A running server."""

    process: "Service | subprocess.Popen[bytes]"
    port: int
    data: Path
    log: Path

    def get(self, path: str, headers: dict[str, str] | None = None) -> http.client.HTTPResponse:
        """A response, read to its end."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request("GET", path, headers={"User-Agent": "Mozilla/5.0"} | (headers or {}))
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Signal the server to stop; returns its exit code."""
        self.process.send_signal(how)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(folder: Path, *options: str, before: Sequence[str] = (), **more: str) -> Iterator[Served]:
    """A server in a new folder, yielded once it is ready; `before` is a command that starts it as a new process."""
    port = free_port()
    served = _started(folder, port, *options, before=before, **more)
    try:
        _wait_until_ready(served)
        yield served
    finally:
        if served.process.poll() is None:
            served.stop()


def _started(folder: Path, port: int, *options: str, before: Sequence[str] = (), **more: str) -> Served:
    log, words = folder / "log", ["serve", "--port", str(port), *options]
    env = environment(folder / "data", FORUM_LIMITS="off", **more)
    if not before:
        return Served(Service(words, env, log), port, folder / "data", log)
    command = [*before, sys.executable, "-m", "forum.cli", *words]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=env, stdout=out, stderr=out, start_new_session=True)
    return Served(process, port, folder / "data", log)


def _wait_until_ready(served: Served) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and served.process.poll() is None:
        try:
            if served.get("/health/ready").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(served.log.read_text())


def test_an_empty_folder_becomes_the_documents_forum(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2", before=["env"], FORUM_SEED="document") as served:
        log = served.log.read_text()
        answer = served.get("/threads/6-russia-china-agree-to-build-lunar-station-together")
        assert answer.status == 200
        assert not re.search(r"\d", answer.headers.get("Server") or "")
        assert served.stop() == 0
    assert f"http://127.0.0.1:{served.port}" in log
    assert "It is a demonstration" in log
    assert "FORUM_SEED=defaults" in log
    link = re.search(r"/setup\?token=\S{20,}", log)
    assert link
    assert "Traceback" not in served.log.read_text()


def test_a_burst_of_guests_just_before_the_end_is_counted(tmp_path: Path) -> None:
    """More than are counted one by one: they wait in each worker's memory."""
    thread = "/threads/6-russia-china-agree-to-build-lunar-station-together"
    with serving(tmp_path, "--workers", "2", FORUM_SEED="document", FORUM_TRUSTED_PROXIES="127.0.0.1") as served:
        for number in range(500):
            served.get(thread, {"X-Forwarded-For": f"198.51.{number % 2}.{number // 2}"})
        assert served.stop() == 0
    assert rows(served.data, "SELECT view_count FROM thread WHERE id = 6") == [(500,)]


def test_a_burst_of_guests_being_written_at_the_end_is_counted(tmp_path: Path) -> None:
    """The worker must not exit before the thread that writes its batch."""
    thread = "/threads/6-russia-china-agree-to-build-lunar-station-together"
    with serving(tmp_path, "--workers", "1", FORUM_SEED="document", FORUM_TRUSTED_PROXIES="127.0.0.1") as served:
        for number in range(200):
            served.get(thread, {"X-Forwarded-For": f"198.51.0.{number}"})
        with closing(sqlite3.connect(served.data / "volatile.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(2 * FLUSH_SECONDS)  # by now it waits for the other transaction
            served.process.send_signal(signal.SIGTERM)
            time.sleep(1)
            other.execute("ROLLBACK")
        assert served.process.wait(PATIENCE) == 0
    assert rows(served.data, "SELECT view_count FROM thread WHERE id = 6") == [(200,)]


def test_the_setup_link_makes_the_first_admin_once_and_is_not_printed_then(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1") as served:
        (link,) = re.findall(r"/setup\?token=\S+", served.log.read_text())
        assert served.get(link).status == 200
        password = "correct horse battery staple"
        words = ("create-member", "anna", "--email", "a@example.org", "--admin", "--password-stdin")
        assert forum(served.data, *words, typed=password).returncode == 0
        assert served.get(link).status == 404
    with serving(tmp_path, "--workers", "1") as served:
        assert "/setup" not in served.log.read_text()
        assert "demonstration" not in served.log.read_text()


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_views_counted_just_before_the_end_are_stored(how: signal.Signals, tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2", FORUM_SEED="document") as served:
        assert served.get("/threads/6-russia-china-agree-to-build-lunar-station-together").status == 200
        assert served.stop(how) == 0
    assert rows(served.data, "SELECT view_count FROM thread WHERE id = 6") == [(1,)]


def test_a_request_in_flight_is_answered_before_the_end(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1") as served:
        body = b"username=nobody&password=wrong-password"
        head = f"POST /login HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\nContent-Length: {len(body)}\r\n"
        head += "Content-Type: application/x-www-form-urlencoded\r\nConnection: close\r\n\r\n"
        with socket.create_connection(("127.0.0.1", served.port), timeout=20) as client:
            client.sendall(head.encode() + body[:5])
            time.sleep(0.5)
            served.process.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            client.sendall(body[5:])
            answer = client.recv(65536)
        assert answer.startswith(b"HTTP/1.1 403")  # a form without its CSRF token
        assert served.process.wait(PATIENCE) == 0


def test_a_second_server_on_the_port_is_refused_in_one_line(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1") as served:
        words = refusal(tmp_path / "other", "serve", "--port", str(served.port))
        assert words.startswith(f"Error: Cannot listen on 127.0.0.1, port {served.port}")
        assert served.get("/health/live").status == 200


def test_a_restore_waits_for_the_server_to_stop(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1") as served:
        assert forum(served.data, "backup", str(tmp_path / "copy")).returncode == 0
        assert "A server or worker is using" in refusal(served.data, "restore", str(tmp_path / "copy"))
        assert served.stop() == 0
        assert forum(served.data, "restore", str(tmp_path / "copy")).returncode == 0


def test_dead_jobs_and_workers_are_restarted(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1") as served:
        first = _children(served)
        assert len(first) == 2
        for pid in first:
            subprocess.run(["kill", "-KILL", str(pid)], check=True)
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and len(_children(served) - first) < 2:
            time.sleep(0.2)
        assert len(_children(served) - first) == 2
        _wait_until_ready(served)
        assert served.stop() == 0


def _children(served: Served) -> set[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=,stat=", "--ppid", str(served.process.pid)], capture_output=True, text=True, check=False
    )
    rows = (line.split() for line in listed.stdout.splitlines())
    return {int(pid) for pid, state in rows if not state.startswith("Z")}


def test_the_job_process_is_forked_before_the_workers_so_that_none_inherits_the_others_pipe(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as served:
        first, *workers = sorted(_children(served))
        assert len(workers) == 2
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and os.getsid(first) != first:
            time.sleep(0.1)
        assert os.getsid(first) == first != os.getsid(workers[0])  # only the job process has its own session
        begun = time.monotonic()
        assert served.stop() == 0
        assert time.monotonic() - begun < SOON


@pytest.mark.parametrize("seconds", [0, 0.003, 0.01, 0.02, 0.03])
def test_a_server_stopped_while_its_workers_start_exits_soon(seconds: float, tmp_path: Path) -> None:
    """A worker that was just forked has the server's signal handler for some milliseconds."""
    served = _started(tmp_path, free_port(), "--workers", "2")
    until = time.monotonic() + PATIENCE
    while len(_children(served)) < 3 and served.process.poll() is None and time.monotonic() < until:
        time.sleep(0.001)
    time.sleep(seconds)
    begun = time.monotonic()
    assert served.stop() == 0, served.log.read_text()
    assert time.monotonic() - begun < SOON


def test_children_of_a_killed_server_exit_and_free_the_port(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1") as served:
        children = _children(served)
        assert len(children) == 2
        served.process.kill()
        served.process.wait()
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and any(Path(f"/proc/{pid}").exists() for pid in children):
            time.sleep(0.2)
        assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
        with pytest.raises(ConnectionRefusedError):
            served.get("/health/live")


def test_metrics_of_all_workers_are_summed_and_leave_no_files_behind(tmp_path: Path) -> None:
    data, token = tmp_path / "data", "a token for the operator"
    place, name = metrics._place(), metrics._name(data)
    (place / f"{name}-999999").mkdir()  # from a service that was killed
    with served(data, "--workers", "2", FORUM_METRICS_TOKEN=token) as base:
        for _ in range(12):
            _get(base, "/members", {"User-Agent": "curl"})
        report = _get(base, "/metrics", {"Authorization": f"Bearer {token}"})
        names = [line.rpartition(" ")[0] for line in report.splitlines() if not line.startswith("#")]
        assert len(names) == len(set(names))
        kinds = [line for line in report.splitlines() if line.startswith("# TYPE")]
        assert len(kinds) == len(set(kinds))
        assert 'forum_requests_total{status="2xx",who="guest"} 12.0' in report
        assert "forum_jobs_waiting " in report
        assert len(list(place.glob(f"{name}-*"))) == 1
        assert list(data.rglob("*.db")) == [], "on a disk that is full, their memory is no memory"
    assert list(place.glob(f"{name}-*")) == []


def _get(base: str, path: str, headers: dict[str, str]) -> str:
    with closing(http.client.HTTPConnection(base.removeprefix("http://"), timeout=20)) as line:
        line.request("GET", path, headers=headers)
        return line.getresponse().read().decode()


def test_a_server_stopped_while_its_jobs_start_stops_at_once(tmp_path: Path) -> None:
    with served(tmp_path / "data", "--workers", "1"):
        began = time.monotonic()
    assert time.monotonic() - began < 10
