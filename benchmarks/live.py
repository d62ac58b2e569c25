"""Thousands of open pages with a stream each: memory, cost while idle, and how fast and dear a reply reaches them.

python -m benchmarks.live                 # 1,000 readers of one thread, then 5,000 pages of 500 threads
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, setrlimit

from flask import Flask
from sqlalchemy import select

from benchmarks import accounting, environment
from benchmarks.assertions import Assertions
from benchmarks.forum_under_test import Forum, prepare
from benchmarks.servers import Server, running
from forum.infra.database.db import session, transaction
from forum.members.credentials import sessions
from forum.models import Member, Thread
from forum.threads import actions
from forum.threads.queries import find_thread
from tests.servers import LOOPBACK, free_port

READERS, TABS, THREADS = 1000, 5000, 500
IDLE_SECONDS, SETTLED_SECONDS, REPLIES, REPLY_SECONDS = 10.0, 8.0, 5, 2.0
MEMORY_MIB, IDLE_SHARE, REPLY_MS, REPLY_WITHIN = 150.0, 0.2, 100.0, 1.0
AT_ONCE = 100  # connections opened at a time


@dataclass
class Tab:
    """An open page: what it asks for, and when it was sent an event about posts."""

    query: str
    cookie: str
    address: str
    told: list[float] = field(default_factory=list)

    async def read(self, port: int) -> None:
        """Read the stream until it is closed."""
        reader, writer = await asyncio.open_connection(LOOPBACK, port, limit=2**17)
        lines = [f"GET /live?{self.query} HTTP/1.1", f"Host: {LOOPBACK}:{port}", f"X-Forwarded-For: {self.address}"]
        lines += [f"Cookie: forum_session={self.cookie}"] if self.cookie else []
        writer.write("\r\n".join([*lines, "", ""]).encode())
        while line := await reader.readline():
            if line.startswith(b"event: posts"):
                self.told.append(time.monotonic())


def main() -> int:
    """Measure both; return 1 if a bar is missed."""
    given = _arguments()
    setrlimit(RLIMIT_NOFILE, (getrlimit(RLIMIT_NOFILE)[1],) * 2)
    assertions = Assertions()
    forum = prepare(Path(".bench"), "small", "")
    with forum.app.app_context():
        readers = _tabs(forum.app, given.readers, [forum.place.answered_id])
        threads = list(session.scalars(select(Thread.id).where(Thread.is_public).limit(THREADS)))
        tabs = _tabs(forum.app, given.tabs, threads)
    for title, measured in (("readers of a thread", readers), ("pages", tabs)):
        port = free_port()
        command = environment.forum("serve", "--port", str(port), "--workers", "1")
        settings = forum.environment | {"FORUM_TRUSTED_PROXIES": LOOPBACK}
        with running(command, port, "/", settings) as served:
            asyncio.run(_Run(assertions, forum, served, measured).measure(f"{len(measured)} {title}", port))
    return assertions.report()


@dataclass(frozen=True)
class _Run:
    """A served forum, and the pages that are opened."""

    assertions: Assertions
    forum: Forum
    served: Server
    tabs: list[Tab]

    async def measure(self, name: str, port: int) -> None:
        """Measure memory and cost while idle, then replies: what the worker spends on them more than while idle."""
        await asyncio.sleep(SETTLED_SECONDS)
        quiet = await _rate(self.served.pids)
        before = accounting.memory(self.served.pids).pss or 0.0
        _renew(self.forum.app, self.tabs)
        open_tabs = await _open(self.tabs, port)
        await asyncio.sleep(SETTLED_SECONDS)
        idle = await _rate(self.served.pids)
        taken = (accounting.memory(self.served.pids).pss or 0.0) - before
        self.assertions.hold(f"{name}: memory", f"{taken:.0f} MiB", is_kept=taken <= MEMORY_MIB)
        words = f"{idle / 10:.1f} % of a core, {quiet / 10:.1f} without"
        self.assertions.hold(f"{name}: idle", words, is_kept=idle <= IDLE_SHARE * 1000)
        worker = max(accounting.process_tree(*self.served.pids), key=_open_files)
        calm = await _rate([worker])
        for number in range(REPLIES):
            told, spent = await self._reply(number, worker)
            used, late = spent - calm * REPLY_SECONDS, max(told, default=0.0)
            words = f"reached {len(told)} pages, the last after {late:.2f} s, for {used:.0f} ms of processor time"
            self.assertions.hold(f"{name}: reply", words, is_kept=late <= REPLY_WITHIN and used <= REPLY_MS)
        for task in open_tabs:
            task.cancel()

    async def _reply(self, number: int, worker: int) -> tuple[list[float], float]:
        """Post a reply; returns after how many seconds each tab was told, and the worker's milliseconds."""
        for tab in self.tabs:
            tab.told.clear()
        before = accounting.cpu_ms([worker])
        posted = await asyncio.to_thread(_post, self.forum.app, self.forum.place.answered_id, number)
        await asyncio.sleep(REPLY_SECONDS)
        return [tab.told[0] - posted for tab in self.tabs if tab.told], accounting.cpu_ms([worker]) - before


async def _rate(pids: Iterable[int]) -> float:
    """Milliseconds of processor time a second of some processes while nothing happens."""
    began = accounting.cpu_ms(pids)
    await asyncio.sleep(IDLE_SECONDS)
    return (accounting.cpu_ms(pids) - began) / IDLE_SECONDS


def _open_files(pid: int) -> int:
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _renew(app: Flask, tabs: Iterable[Tab]) -> None:
    """Let the tabs show their threads as they are now."""
    with app.app_context():
        rows = session.execute(select(Thread.id, Thread.version, Thread.last_visible_position))
        threads = {str(row.id): row for row in rows}
    for tab in tabs:
        thread = threads[tab.query.partition("&")[0].partition("=")[2]]
        page = (thread.last_visible_position + 19) // 20
        tab.query = f"thread={thread.id}&page={page}&version={thread.version}&after={thread.last_visible_position}"


async def _open(tabs: Iterable[Tab], port: int) -> list[asyncio.Task[None]]:
    opened: list[asyncio.Task[None]] = []
    for number, tab in enumerate(tabs):
        opened.append(asyncio.create_task(tab.read(port)))
        if number % AT_ONCE == AT_ONCE - 1:
            await asyncio.sleep(0.1)
    return opened


def _post(app: Flask, thread_id: int, number: int) -> float:
    with app.app_context(), transaction():
        thread = find_thread(None, thread_id)
        actions.reply(session.get_one(Member, thread.last_poster_id), thread, body=f"What all wait for, {number}")
    return time.monotonic()


def _tabs(app: Flask, number: int, thread_ids: list[int]) -> list[Tab]:
    """Tabs on the last pages of threads, every other one a member's with a login of its own."""
    with app.test_request_context("/"), transaction():
        members = list(session.scalars(select(Member).where(Member.email_verified_at.is_not(None)).limit(300)))
        members = members or list(session.scalars(select(Member).limit(300)))
        threads = list(session.scalars(select(Thread).where(Thread.id.in_(thread_ids))))
        made = []
        for at in range(number):
            thread = threads[at % len(threads)]
            cookie = sessions.start(members[at % len(members)], persistent=True) if at % 2 else ""
            made.append(Tab(f"thread={thread.id}&", cookie, f"10.{at >> 16 & 255}.{at >> 8 & 255}.{at & 255}"))
    return made


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--readers", type=int, default=READERS)
    parser.add_argument("--tabs", type=int, default=TABS)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
