"""Measures the forum against an empty Flask view and a bare WSGI function that return the same bytes.

    make bench ARGS="--seconds 4 --rounds 3 --size small --only guest-thread,reply"

Rounds of the three are interleaved, so that a noisy machine is noisy for all. Needs wrk (Debian: wrk).
"""

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event

from benchmarks import accounting, load
from benchmarks.place import AGENT, Place, addresses, free_port, open_forum, served
from benchmarks.report import show, write
from forum.base.db import db, transaction
from forum.members import sessions
from forum.models import Member

WRITERS = 8


@dataclass(frozen=True)
class Scenario:
    """An address, as a guest or a member, with further headers."""

    name: str
    path: str
    headers: dict[str, str]


def scenarios(place: Place) -> list[Scenario]:
    """All that is read."""
    guest = {"User-Agent": AGENT, "Accept-Encoding": "br"}
    member = guest | {"Cookie": place.cookie}
    plain = {"User-Agent": AGENT}
    pages = {"index": "/", "board": place.board, "thread": place.thread, "giant-last": place.giant}
    found = [Scenario(f"guest-{name}", path, guest) for name, path in pages.items()]
    found += [
        Scenario("guest-thread-identity", place.thread, plain),
        Scenario("guest-thread-304", place.thread, guest),
        Scenario("guest-feed", "/feed.atom", guest),
    ]
    found += [Scenario(f"member-{name}", path, member) for name, path in pages.items()]
    found += [
        Scenario("search", "/search?q=river+house", member),
        Scenario("api-thread", f"/api/v1/threads/{place.thread_id}", plain),
        Scenario("api-similar", f"/api/v1/threads/{place.thread_id}/similar", plain),
    ]
    return found


class Bench:
    """One run: the servers, the scenarios, what was measured."""

    def __init__(self, given: argparse.Namespace) -> None:
        self.given = given
        self.folder = Path(given.folder)
        self.bytes = self.folder / "bytes"
        shutil.rmtree(self.bytes, ignore_errors=True)
        self.bytes.mkdir(parents=True)
        self.app = open_forum(self.folder, given.size, given.database_url)
        self.place = addresses(self.app)
        self.results: dict[str, dict[str, Any]] = {}

    def wanted(self, name: str) -> bool:
        """Whether a scenario is asked for."""
        return not self.given.only or name in self.given.only.split(",")

    def run(self) -> dict[str, dict[str, Any]]:
        """Measure everything."""
        chosen = [each for each in scenarios(self.place) if self.wanted(each.name)]
        queries = {each.name: count_queries(self.app, each) for each in chosen}
        with ExitStack() as stack:
            forum, flask, wsgi = self._servers(stack)
            for each in chosen:
                self._prepare(each, forum[0])
                self.results[each.name] = self._measure(each, forum, flask, wsgi) | queries[each.name]
                print(f"  {each.name}", file=sys.stderr)
            for name, many in (("reply", 1), (f"reply-{WRITERS}", WRITERS)):
                if self.wanted(name):
                    self.results[name] = self._write(forum, many)
            self.results["memory"] = {"mib": accounting.memory_mib(forum[1])}
        return self.results

    def _servers(self, stack: ExitStack) -> tuple[tuple[str, int], ...]:
        ports, many = [free_port() for _ in range(3)], str(self.given.workers)
        here = {"FORUM_DATA": str(self.folder / self.given.size), "FORUM_LIMITS": "off"}
        if self.given.database_url:
            here["FORUM_DATABASE_URL"] = self.given.database_url
        serve = [sys.executable, "-m", "forum.cli", "serve", "--port", str(ports[0]), "--workers", many]
        pids = [stack.enter_context(served(serve, ports[0], "/health/ready", **here))]
        (self.bytes / "ready").write_text("ready")
        (self.bytes / "ready.json").write_text("[]")
        for port, target in ((ports[1], "flask_app"), (ports[2], "bare_app")):
            command = [sys.executable, "-m", "benchmarks.ceilings", target, str(port), many]
            pids.append(stack.enter_context(served(command, port, "/ready", BENCH_BYTES=str(self.bytes.resolve()))))
        return tuple((f"http://127.0.0.1:{port}", pid) for port, pid in zip(ports, pids, strict=True))

    def _prepare(self, scenario: Scenario, home: str) -> None:
        """Keep the forum's own answer for the ceilings to give."""
        with urllib.request.urlopen(urllib.request.Request(home + scenario.path, headers=scenario.headers)) as answer:
            body, headers = answer.read(), answer.getheaders()
        if scenario.name.endswith("304"):
            scenario.headers["If-None-Match"] = dict(headers)["etag"]
            body = b""
        kept = [
            (name, value)
            for name, value in headers
            if name.lower() not in {"date", "server", "content-length", "connection"}
        ]
        (self.bytes / scenario.name).write_bytes(body)
        (self.bytes / f"{scenario.name}.json").write_text(json.dumps([*kept, ("content-length", str(len(body)))]))

    def _measure(self, scenario: Scenario, *servers: tuple[str, int]) -> dict[str, Any]:
        rounds: dict[str, list[dict[str, float]]] = {"forum": [], "flask": [], "wsgi": []}
        for _ in range(self.given.rounds):
            for (name, found), (home, pid) in zip(rounds.items(), servers, strict=True):
                path = scenario.path if name == "forum" else f"/{scenario.name}"
                before = accounting.cpu_ms(pid)
                did = load.read(home + path, scenario.headers, self.given.seconds)
                if did.errors:
                    raise SystemExit(f"{scenario.name}: {did.errors} errors by the {name}.")
                found.append(asdict(did) | {"cpu_ms": (accounting.cpu_ms(pid) - before) / max(1, did.answers)})
        rate = {name: statistics.median(each["rate"] for each in found) for name, found in rounds.items()}
        own = {key: statistics.median(each[key] for each in rounds["forum"]) for key in ("p50", "p99", "cpu_ms")}
        size = len((self.bytes / scenario.name).read_bytes())
        ratios = {"to_flask": rate["forum"] / rate["flask"], "to_wsgi": rate["forum"] / rate["wsgi"]}
        return {"rate": rate["forum"], **own, **ratios, "sent": size, "rounds": rounds}

    def _write(self, forum: tuple[str, int], many: int) -> dict[str, Any]:
        home, pid = forum
        cookies = self._cookies(many)
        before = accounting.cpu_ms(pid)
        did = load.write(home, self.place.thread, cookies, self.given.seconds * 2)
        cpu = (accounting.cpu_ms(pid) - before) / max(1, did.answers)
        return asdict(did) | {"cpu_ms": cpu}

    def _cookies(self, many: int) -> list[str]:
        with self.app.app_context(), transaction():
            members = db.session.query(Member).order_by(Member.id).offset(40).limit(many).all()
            return [f"forum_session={sessions.start(member, persistent=True)}" for member in members]


def count_queries(app: Flask, scenario: Scenario) -> dict[str, Any]:
    """Statements for one request that nothing was kept for, and bytes of its page as it is."""
    asked: list[str] = []

    def note(_c: object, _k: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            asked.append(statement)

    client = app.test_client(use_cookies=False)
    headers = {name: value for name, value in scenario.headers.items() if name != "Accept-Encoding"}
    client.get(scenario.path, headers=headers)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", note)
        body = client.get(scenario.path, headers=headers).data
        event.remove(db.engine, "before_cursor_execute", note)
    return {"queries": len(asked), "raw": len(body)}


def main() -> None:
    """Measure, print, and keep the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", type=int, default=4, help="of one round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--size", choices=("small", "medium", "large"), default="small")
    parser.add_argument("--only", default="", help="scenarios, separated by commas")
    parser.add_argument("--database-url", default="", help="PostgreSQL instead of SQLite; an empty or an earlier run's")
    parser.add_argument("--folder", default=".bench", help="where forums and results are kept")
    given = parser.parse_args()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed (Debian: apt-get install wrk).")
    results = Bench(given).run()
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    show(results)
    file = write(Path(given.folder), results, commit.stdout.strip(), vars(given), time.strftime("%Y-%m-%dT%H%M%S"))
    print(f"Kept in {file}")


if __name__ == "__main__":
    main()
