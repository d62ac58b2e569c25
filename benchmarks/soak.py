"""A long load at a share of peak throughput: no errors, stale pages, duplicate jobs or memory growth."""

import argparse
import statistics
import sys
import time
from itertools import combinations
from pathlib import Path

from benchmarks import accounting, environment, job_dedup
from benchmarks.assertions import Assertions
from benchmarks.forum_under_test import Forum, prepare
from benchmarks.freshness_probe import FreshnessProbe
from benchmarks.servers import Server, running
from benchmarks.traffic import Client, TrafficLog
from forum.archive import check
from forum.infra.database.db import session
from tests.servers import free_port

TOP_SECONDS = 15
SHARE = 0.7
WARM_SHARE = 1 / 3  # of the time, in which memory may still grow while caches fill
GROWTH = 1.0  # MiB per minute after that: a leak of 0.1 kB per response
SAMPLES = 60
LOGGED = {"FORUM_LOG_FORMAT": "json", "FORUM_ACCESS_LOG": "on"}
Sizes = list[tuple[float, float]]  # minutes since the start, MiB


def main() -> int:
    """Measure peak throughput, then soak; return 1 if an assertion failed."""
    given, assertions = _arguments(), Assertions()
    forum, log = prepare(Path(".bench"), given.size, given.database_url), Path(".bench/soak.log")
    forum.close_databases()
    port = free_port()
    command = environment.forum("serve", "--port", str(port), "--workers", "2")
    with running(command, port, "/", forum.environment | LOGGED, log) as served:
        top = _load(forum, port, given.people, seconds=TOP_SECONDS, pause=0.0)[0]
        pause = given.people / (top * SHARE) - given.people / top  # in addition to the response time at the peak
        assertions.say(f"peak: {top:.0f} answers per second; for {given.minutes:g} minutes at {SHARE:.0%} of it")
        rate, diary, probe, sizes = _load(
            forum, port, given.people, seconds=given.minutes * 60, pause=pause, watched=served
        )
    _judge_load(assertions, rate / top, diary)
    _judge_content(assertions, diary, probe)
    _judge_memory(assertions, sizes)
    _judge_service(assertions, forum, log)
    return assertions.report()


def _load(
    forum: Forum, port: int, people: int, *, seconds: float, pause: float, watched: Server | None = None
) -> tuple[float, TrafficLog, FreshnessProbe, Sizes]:
    """Run a load of clients, half of them writing members: answers per second, what they saw, and memory samples."""
    diary, place, sizes = TrafficLog(), forum.place, Sizes()
    pages = [place.answered, "/", place.board, place.thread, place.giant]
    cookies = [place.writers[number] if number % 2 else "" for number in range(people)]
    clients = [Client(n, port, pages, diary, cookie=cookie, pause=pause) for n, cookie in enumerate(cookies)]
    probe = FreshnessProbe(diary, [port])
    everybody: list[Client | FreshnessProbe] = [*clients, probe]
    began = time.monotonic()
    for each in everybody:
        each.start()
    for number in range(SAMPLES):
        time.sleep(max(0.0, began + seconds * (number + 1) / SAMPLES - time.monotonic()))
        if watched:
            sizes.append(((time.monotonic() - began) / 60, accounting.memory(watched.pids).pss or 0.0))
            _tell(number, diary, sizes[-1][1])
    for each in everybody:
        each.leave()
    for each in everybody:
        each.join(60)
    return sum(diary.statuses.values()) / seconds, diary, probe, sizes


def _tell(number: int, diary: TrafficLog, mib: float) -> None:
    if number % (SAMPLES // 20) == 0:
        sys.stderr.write(f"  {len(diary.good):7} successful responses, {mib:.0f} MiB\n")


def slope(sizes: Sizes) -> float:
    """MiB per minute: the median slope between any two samples (Theil-Sen), which a single jump does not affect."""
    return statistics.median((b[1] - a[1]) / (b[0] - a[0]) for a, b in combinations(sizes, 2))


def _judge_load(assertions: Assertions, share: float, diary: TrafficLog) -> None:
    spent = sorted(diary.spent)
    words = f"{share:.0%} of the peak, p99 {spent[int(len(spent) * 0.99)]:.0f} ms"
    assertions.hold("load", words, is_kept=share >= SHARE * 0.85)
    bad = {name: n for name, n in diary.statuses.items() if name not in {"200", "303", "304"}}
    assertions.hold("answers", f"{len(diary.good)} good, others: {bad or 'none'}", is_kept=not bad)
    sys.stderr.write("".join(f"  {refusal}\n" for refusal in diary.refusals))


def _judge_content(assertions: Assertions, diary: TrafficLog, probe: FreshnessProbe) -> None:
    words = f"{len(diary.acknowledged)} acknowledged, {len(diary.given_up)} given up"
    assertions.hold("posts", words, is_kept=not diary.given_up and bool(diary.acknowledged))
    assertions.hold("fresh pages", probe.words, is_kept=not probe.stale and sum(probe.looked.values()) > 0)
    assertions.hold("own replies visible", f"{len(diary.unseen)} not shown to their writer", is_kept=not diary.unseen)


def _judge_memory(assertions: Assertions, sizes: Sizes) -> None:
    warm = sizes[int(len(sizes) * WARM_SHARE) :]
    grows = slope(warm)
    words = f"{warm[0][1]:.0f} MiB once warm, {warm[-1][1]:.0f} at the end: {grows:+.2f} a minute"
    assertions.hold("memory", words, is_kept=grows <= GROWTH)


def _judge_service(assertions: Assertions, forum: Forum, log: Path) -> None:
    with forum.app.app_context():
        different = list(check.check()) + list(check.position_gaps())
        session.remove()
    assertions.hold("counters", f"{len(different)} differ" if different else "exact", is_kept=not different)
    said = list(job_dedup.log_records([log]))
    doubled = job_dedup.duplicates(said)
    assertions.hold("jobs", job_dedup.summary(said, doubled), is_kept=bool(said) and not doubled)
    faults = [line for line in log.read_text(errors="replace").splitlines() if '"fault"' in line]
    assertions.hold("log", f"{len(faults)} faults", is_kept=not faults)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument(
        "--people", type=int, default=8, help="concurrent clients, half of them members (default: %(default)s)"
    )
    parser.add_argument("--size", choices=("small", "medium"), default="small")
    parser.add_argument("--database-url", default="", metavar="postgresql+psycopg://…")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
