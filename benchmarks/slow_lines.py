"""Thousands of slow and idle connections to `forum serve` while members read and reply, who must hardly notice."""

import argparse
import json
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, setrlimit
from typing import Any

from benchmarks import accounting, environment
from benchmarks.assertions import Assertions
from benchmarks.forum_under_test import Forum, prepare
from benchmarks.servers import running, scratch_postgres
from benchmarks.traffic import Client, TrafficLog
from tests.proxies import nginx
from tests.servers import LOOPBACK, free_port

READERS, WRITERS, PAUSE = 4, 2, 0.2  # members; each request has its own connection
READ_P99_MS, REPLY_P99_MS, LIVE_MS = 100.0, 150.0, 1000.0
CALM_SECONDS, WARM_SECONDS = 20, 3
SETTLED = 5.0  # seconds after the last has connected: the slow readers request 20,000 pages at once at first
FILES = 8192  # open files that the clients' process needs


@dataclass
class Phase:
    """Results of the members and the liveness probe in one phase."""

    reading: TrafficLog = field(default_factory=TrafficLog)
    writing: TrafficLog = field(default_factory=TrafficLog)
    live: list[float] = field(default_factory=list)  # milliseconds; infinite if there was no response


def main() -> int:
    """Measure members alone, then beside the slow clients; return 1 if an assertion failed."""
    given = _arguments()
    _allow_files()
    assertions = Assertions()
    with ExitStack() as stack:
        url = stack.enter_context(scratch_postgres()) if given.postgres else ""
        forum = prepare(Path(".bench"), "small", url)
        forum.close_databases()
        port = free_port()
        command = environment.forum("serve", "--port", str(port), "--workers", "2")
        served = stack.enter_context(running(command, port, "/", forum.environment))
        front = stack.enter_context(nginx(port)) if given.nginx else port
        _phase(forum, front, WARM_SECONDS)
        calm = _phase(forum, front, CALM_SECONDS)
        before = accounting.memory(served.pids).pss or 0.0
        with _slow_clients(forum, front, assertions) as client_report:
            slow = _phase(forum, front, given.seconds)
            during = accounting.memory(served.pids).pss or 0.0
    _judge(assertions, calm, slow, client_report)
    assertions.say(f"memory {before:.0f} MiB before, {during:.0f} meanwhile")
    return assertions.report()


@contextmanager
def _slow_clients(forum: Forum, port: int, assertions: Assertions) -> Iterator[dict[str, Any]]:
    """Run the slow clients; yields their report once all are connected, which is complete when the block ends."""
    place = forum.place
    client_report: dict[str, Any] = {}
    words = ["--port", str(port), "--page", place.thread, "--cookie", place.writers[-1]]
    command = [sys.executable, "-m", "benchmarks.slow_clients", *words]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        client_report |= json.loads(process.stdout.readline())
        assertions.say(f"connected: {client_report['connected']}")
        time.sleep(SETTLED)
        yield client_report
        process.stdin.close()
        client_report |= json.loads(process.stdout.readline())


def _phase(forum: Forum, port: int, seconds: float) -> Phase:
    phase, place = Phase(), forum.place
    pages = [place.thread, "/", place.board, place.giant]
    clients = [
        Client(n, port, [*pages[n:], *pages[:n]], phase.reading, cookie=cookie, pause=PAUSE, writes=False)
        for n, cookie in enumerate(place.writers[:READERS])
    ]
    clients += [
        Writer(n, port, [place.thread], phase.writing, cookie=cookie, pause=PAUSE)
        for n, cookie in enumerate(place.writers[READERS : READERS + WRITERS], start=READERS)
    ]
    for person in clients:
        person.start()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        phase.live.append(_live(port))
        time.sleep(PAUSE)
    for person in clients:
        person.leave()
    for person in clients:
        person.join(60)
    return phase


class Writer(Client):
    """A member whose replies are timed, but not the pages between them."""

    def _note(self, status: int, began: float) -> None:
        super()._note(status, began)
        if status != 303 and self._diary.spent:
            self._diary.spent.pop()


def _live(port: int) -> float:
    began = time.monotonic()
    try:
        with urllib.request.urlopen(f"http://{LOOPBACK}:{port}/health/live", timeout=10) as answer:
            answer.read()
    except (OSError, urllib.error.URLError):
        return float("inf")
    return (time.monotonic() - began) * 1000


def _judge(assertions: Assertions, calm: Phase, slow: Phase, client_report: dict[str, Any]) -> None:
    asked = {"body": 500, "header": 500, "reader": 500, "idle": 3000}
    words = f"{client_report['connected']}, closed by the server: {client_report['closed']}"
    assertions.hold("slow clients", words, is_kept=client_report["connected"] == asked)
    for name, bar, before, now in (
        ("reading", READ_P99_MS, calm.reading, slow.reading),
        ("replying", REPLY_P99_MS, calm.writing, slow.writing),
    ):
        figures = f"p50 {_share(now, 0.5):.0f}, p99 {_share(now, 0.99):.0f} ms of {len(now.spent)}"
        alone = f"p50 {_share(before, 0.5):.0f}, p99 {_share(before, 0.99):.0f} ms alone"
        assertions.hold(f"members {name}", f"{figures}; {alone}", is_kept=_share(now, 0.99) <= bar)
        assertions.hold(
            f"responses to members {name}", str(dict(now.statuses)), is_kept=set(now.statuses) <= {"200", "303"}
        )
    slowest = max(slow.live)
    assertions.hold("/health/live", f"slowest of {len(slow.live)}: {slowest:.0f} ms", is_kept=slowest <= LIVE_MS)


def _share(diary: TrafficLog, share: float) -> float:
    spent = sorted(diary.spent)
    return spent[int(len(spent) * share)] if spent else float("inf")


def _allow_files() -> None:
    soft, hard = getrlimit(RLIMIT_NOFILE)
    if soft < FILES <= hard:
        setrlimit(RLIMIT_NOFILE, (FILES, hard))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make slow-lines", description=__doc__)
    parser.add_argument("--seconds", type=int, default=45, help="with the slow clients (default: %(default)s)")
    parser.add_argument("--postgres", action="store_true", help="use a temporary PostgreSQL")
    parser.add_argument("--nginx", action="store_true", help="through nginx, so that all share one address")
    return parser.parse_args()


if __name__ == "__main__":
    assert threading.current_thread() is threading.main_thread()
    sys.exit(main())
