"""A flood of guests and robots over uncached pages while members read; members must hardly notice."""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from pathlib import Path

from benchmarks import accounting, environment, wave
from benchmarks.assertions import Assertions
from benchmarks.forum_under_test import Forum, prepare
from benchmarks.scenarios import AGENT
from benchmarks.servers import running
from benchmarks.traffic import Client, TrafficLog
from forum.infra.database.db import session
from forum.models import Thread
from tests.servers import LOOPBACK, free_port

ADDRESSES, PAGES, MEMBERS = 10_000, 50_000, 4
MEMBERS_P99_MS = 250.0
MOST_MIB = 340  # of the whole service: caches for guests are bounded (302 were measured)
ALLOWED = {"200", "301", "404", "429", "503"}
ROBOTS = ("Mozilla/5.0 (compatible; Googlebot/2.1)", "GPTBot/1.2", "Mozilla/5.0 (compatible; bingbot/2.0)", "CCBot/2.0")
TIMEOUT = 10.0


class Flood:
    """An open-loop load: a fixed number of requests per second from varying addresses."""

    def __init__(self, port: int, paths: list[str]) -> None:
        self._port, self._paths, self._random = port, paths, random.Random(1)  # noqa: S311 - a trial's
        self.statuses: Counter[str] = Counter()
        self.mute: list[str] = []

    async def run(self, rate: int, seconds: int) -> None:
        """Send all requests and wait for those still pending at the end."""
        began, sent, asked = time.monotonic(), 0, set[asyncio.Task[None]]()
        while (now := time.monotonic() - began) < seconds:
            for _ in range(int(now * rate) - sent):
                task = asyncio.create_task(self._ask())
                asked.add(task)
                task.add_done_callback(asked.discard)
                sent += 1
            await asyncio.sleep(0.005)
        if asked:
            await asyncio.wait(asked)

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                self.statuses[await self._answer()] += 1
        except (OSError, TimeoutError) as error:
            self.statuses[type(error).__name__] += 1

    async def _answer(self) -> str:
        number = self._random.randrange(ADDRESSES)
        agent = self._random.choice(ROBOTS) if number % 2 else AGENT
        lines = (
            f"GET {self._random.choice(self._paths)} HTTP/1.1",
            f"Host: {LOOPBACK}",
            f"X-Forwarded-For: 10.9.{number // 256}.{number % 256}",
            f"User-Agent: {agent}",
            "Connection: close",
        )
        reader, writer = await asyncio.open_connection(LOOPBACK, self._port)
        try:
            writer.write("\r\n".join([*lines, "", ""]).encode())
            head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
        status = head.split()[1].decode() if head else "nothing"
        if status in {"429", "503"} and (b"retry-after:" not in head.lower() or b"<h1>" not in body):
            self.mute.append(f"a {status} without a message")
        return status


def main() -> int:
    """Measure members alone, then in the flood; return 1 if an assertion failed."""
    if "--wave" in sys.argv:
        return wave.main()
    given = _arguments()
    forum = prepare(Path(".bench"), given.size, "")
    paths = _cold_pages(forum)
    forum.close_databases()
    port = free_port()
    command = environment.forum("serve", "--port", str(port), "--workers", "2")
    more = {"FORUM_LIMITS": "on", "FORUM_TRUSTED_PROXIES": LOOPBACK}
    with running(command, port, "/", forum.environment | more) as served:
        calm = _members(forum, port, None, given)
        before = accounting.memory(served.pids).pss or 0.0
        flood = Flood(port, paths)
        flooded = _members(forum, port, flood, given)
        after = accounting.memory(served.pids).pss or 0.0
    return _judge(calm, flooded, flood, (before, after))


def _cold_pages(forum: Forum) -> list[str]:
    with forum.app.app_context():
        threads = session.query(Thread).order_by(Thread.id).limit(PAGES).all()
        last = [(thread.path, (thread.last_position - 1) // 20 + 1) for thread in threads]
        session.remove()
    paths = [f"{path}?page={page}" for path, pages in last for page in range(2, pages + 1)] + [path for path, _ in last]
    return random.Random(2).sample(paths, min(PAGES, len(paths)))  # noqa: S311 - a trial's


def _members(forum: Forum, port: int, flood: Flood | None, given: argparse.Namespace) -> TrafficLog:
    diary, place = TrafficLog(), forum.place
    pages = [place.thread, "/", place.board, place.giant]
    clients = [
        Client(n, port, [*pages[n:], *pages[:n]], diary, cookie=cookie, pause=0.4, writes=False)
        for n, cookie in enumerate(place.writers[:MEMBERS])
    ]
    for person in clients:
        person.start()
    if flood is None:
        time.sleep(min(10, given.seconds))
    else:
        asyncio.run(flood.run(given.rate, given.seconds))
    for person in clients:
        person.leave()
    for person in clients:
        person.join(60)
    return diary


def _p99(diary: TrafficLog) -> float:
    spent = sorted(diary.spent)
    return spent[int(len(spent) * 0.99)] if spent else float("inf")


def _judge(calm: TrafficLog, flooded: TrafficLog, flood: Flood, mib: tuple[float, float]) -> int:
    total = flood.statuses.total()
    others = {name: n for name, n in flood.statuses.items() if name not in ALLOWED}
    said = ", ".join(f"{name}: {n}" for name, n in sorted(flood.statuses.items()))
    assertions = Assertions()
    words = f"p99 {_p99(flooded):.0f} ms, {_p99(calm):.0f} without the flood"
    assertions.hold("members", words, is_kept=_p99(flooded) <= MEMBERS_P99_MS)
    assertions.hold("members' answers", str(dict(flooded.statuses)), is_kept=set(flooded.statuses) <= {"200"})
    assertions.hold("responses to the flood", f"of {total}: {said}", is_kept=not others)
    assertions.hold("messages of refusals", "; ".join(flood.mute[:3]) or "each has Retry-After", is_kept=not flood.mute)
    assertions.hold("memory", f"{mib[0]:.0f} MiB before, {mib[1]:.0f} after", is_kept=mib[1] <= MOST_MIB)
    return assertions.report()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make flood", description=__doc__)
    parser.add_argument("--wave", action="store_true", help="a wave of spam instead: see benchmarks/wave.py")
    parser.add_argument("--rate", type=int, default=500, help="requests a second (default: %(default)s)")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--size", choices=("small", "medium"), default="small")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
