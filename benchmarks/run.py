"""One benchmark run: starts the servers, measures the scenarios in order, and collects the figures."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import groupby
from pathlib import Path

from benchmarks import accounting, ceilings, environment, load, replies
from benchmarks.forum_under_test import Forum
from benchmarks.freshness import measure_freshness
from benchmarks.load import LoadFailed
from benchmarks.queries import count_read, count_reply
from benchmarks.rounds import Result, Rounds, current_headers, medians, with_cpu_time
from benchmarks.scenarios import COMPUTED, FRESH, PLAIN, REPLIES, Scenario, as_member, read_scenarios
from benchmarks.servers import Server, fetch, running
from benchmarks.similar_cost import measure_similar
from tests.servers import LOOPBACK, free_port

YARDSTICK = "yardstick"  # how the issue measured its machine: a constant string of YARDSTICK_BYTES
YARDSTICK_BYTES = 30_000
CROWD_SETTINGS = {"FORUM_LIMITS": "on", "FORUM_TRUSTED_PROXIES": LOOPBACK}


@dataclass(frozen=True)
class Options:
    """Seconds per round, rounds, worker processes, and the scenarios (all if empty)."""

    seconds: int
    rounds: int
    workers: int
    only: tuple[str, ...]


class Run:
    """The forum's servers and figures."""

    def __init__(self, options: Options, forum: Forum, scratch: Path, database: tuple[int, ...]) -> None:
        self._options, self._forum, self._scratch, self._database = options, forum, scratch, database
        self.scenarios: dict[str, Result] = {}
        self.service: Result = {}
        self.machine: Result = {}

    @property
    def has_failed(self) -> bool:
        """Whether a scenario failed."""
        return any("failed" in each for each in self.scenarios.values())

    def measure(self) -> None:
        """Measure all chosen scenarios; a failed one records its error and the others go on."""
        chosen = [each for each in read_scenarios(self._forum.place) if self._is_wanted(each.name)]
        self._measure_here(chosen)
        self._forum.close_databases()
        with ExitStack() as stack:
            with self._serve_forum() as served:
                self.service = {"first_page_seconds": served.seconds, "idle": self._memory(served)}
                beside = self._serve_ceilings(stack, chosen, served)
                self.machine = self._measure_machine(beside)
                self._read(chosen, {"forum": served} | beside, with_guests=False)
                self._write(served, beside["flask"])
                self.service["loaded"] = self._memory(served)
            if any(each.guests for each in chosen):
                with self._serve_forum(**CROWD_SETTINGS) as served:
                    self._read(chosen, {"forum": served} | beside, with_guests=True)
                    self.service["crowded"] = self._memory(served)
        self.service["learning_mib"] = environment.mib_of_learning()

    def _is_wanted(self, name: str) -> bool:
        return not self._options.only or name in self._options.only

    def _try(self, name: str, measure: Callable[[], Result]) -> None:
        """Add to a scenario's figures, or record why there are none; a failed or skipped scenario is left alone."""
        found = self.scenarios.setdefault(name, {})
        if {"failed", "skipped"} & found.keys():
            return
        try:
            found |= measure()
        except (LoadFailed, OSError) as error:
            found["failed"] = str(error)
        self._say(name)

    def _say(self, name: str) -> None:
        found = self.scenarios[name]
        if "failed" in found:
            sys.stderr.write(f"  {name}: FAILED: {found['failed']}\n")
        elif "rate" in found:
            sys.stderr.write(f"  {name}: {found['rate']:.0f}/s\n")

    def _measure_here(self, chosen: list[Scenario]) -> None:
        """Measure what needs no server in this process, before the servers start."""
        place, app = self._forum.place, self._forum.app
        for each in chosen:
            self._try(each.name, partial(count_read, app, each))
        for name in filter(self._is_wanted, REPLIES):
            self._try(name, partial(count_reply, app, place.answered, as_member(place.writers[0])))
        if self._is_wanted(COMPUTED):
            with app.app_context():
                self._try(COMPUTED, measure_similar)

    @contextmanager
    def _serve_forum(self, **more: str) -> Iterator[Server]:
        port = free_port()
        command = environment.forum("serve", "--port", str(port), "--workers", str(self._options.workers))
        with running(command, port, "/", self._forum.environment | more) as served:
            yield replace(served, pids=served.pids + self._database)

    def _serve_ceilings(self, stack: ExitStack, chosen: list[Scenario], served: Server) -> dict[str, Server]:
        """Record the forum's responses and start the ceilings, which serve them."""
        for each in chosen:
            self._try(each.name, partial(self._keep_answer, each, served))
        plain = [("Content-Type", "text/html; charset=utf-8"), ("Content-Length", str(YARDSTICK_BYTES))]
        ceilings.store_response(self._scratch, YARDSTICK, ceilings.RecordedResponse(200, plain, b"x" * YARDSTICK_BYTES))
        servers = {}
        for name in ("flask", "wsgi"):
            port, program = free_port(), [environment.python(), "-m", "benchmarks.ceilings", f"{name}_app"]
            command = [*program, str(port), str(self._options.workers)]
            given = running(command, port, f"/{ceilings.READY}", {"BENCH_BYTES": str(self._scratch.resolve())})
            servers[name] = stack.enter_context(given)
        return servers

    def _keep_answer(self, scenario: Scenario, served: Server) -> Result:
        headers, address = current_headers(scenario, served), f"http://{served.netloc}{scenario.path}"
        if scenario.is_revisit and "If-None-Match" not in headers:
            return {"skipped": "the forum sends no ETag"}
        given, whole = fetch(address, headers), fetch(address, scenario.headers | {"Accept-Encoding": "identity"})
        if given.status != (304 if scenario.is_revisit else 200):
            raise LoadFailed(f"{scenario.path} answers {given.status}")
        encoding = {name.lower(): value for name, value in given.headers}.get("content-encoding", "")
        wanted = scenario.headers["Accept-Encoding"]
        if wanted in {"gzip", "zstd"} and encoding != wanted:
            return {"skipped": f"the forum sends no {wanted}"}
        ceilings.store_response(self._scratch, scenario.name, given)
        return {"sent_bytes": len(given.body), "raw_bytes": len(whole.body)}

    def _measure_machine(self, beside: dict[str, Server]) -> Result:
        """Measure the yardstick on this machine."""
        by_server: dict[str, list[Result]] = {name: [] for name in beside}
        for _ in range(self._options.rounds):
            for name, server in beside.items():
                by_server[name].append(self._measured_by(server))
        return {
            name: {key: medians({"forum": rounds})[key] for key in ("rate", "cpu_ms")}
            for name, rounds in by_server.items()
        }

    def _measured_by(self, ceiling: Server) -> Result:
        return with_cpu_time(
            ceiling, partial(load.read, f"http://{ceiling.netloc}/{YARDSTICK}", {}, self._options.seconds)
        )

    def _read(self, chosen: list[Scenario], servers: dict[str, Server], *, with_guests: bool) -> None:
        """Measure the scenarios of each group in the same rounds."""
        rounds = Rounds(servers, self._scratch, seconds=self._options.seconds, rounds=self._options.rounds)
        wanted = [each for each in chosen if bool(each.guests) == with_guests]
        for _, group in groupby(wanted, key=lambda each: each.group or each.name):
            runnable = [each for each in group if not {"failed", "skipped"} & self.scenarios[each.name].keys()]
            for name, found in rounds.measure(runnable).items():
                self.scenarios[name] |= found
                self._say(name)

    def _write(self, served: Server, flask: Server) -> None:
        for name in filter(self._is_wanted, REPLIES):
            self._try(name, partial(self._reply, served, flask, REPLIES[name]))
        if self._is_wanted(FRESH):
            self._try(FRESH, partial(measure_freshness, served.netloc, self._forum.place))

    def _reply(self, served: Server, flask: Server, many: int) -> Result:
        """Measure replies in rounds; afterwards the thread's count must equal the acknowledged replies."""
        place = self._forum.place
        members = [as_member(cookie) for cookie in place.writers[:many]]
        before, by_server = self._replies(served), dict[str, list[Result]](forum=[], flask=[])
        write = partial(replies.write, served.netloc, place.answered, members, self._options.seconds)
        for _ in range(self._options.rounds):
            by_server["forum"].append(with_cpu_time(served, write))
            by_server["flask"].append(self._measured_by(flask))
        counted, sent = self._replies(served) - before, sum(each["answers"] for each in by_server["forum"])
        if counted != sent:
            raise LoadFailed(f"{sent} replies were acknowledged, but the thread counts {counted}")
        return {key: value for key, value in medians(by_server).items() if key != "to_flask"}

    def _replies(self, served: Server) -> int:
        answer = fetch(f"http://{served.netloc}/api/v1/threads/{self._forum.place.answered_id}", PLAIN)
        return int(json.loads(answer.body)["reply_count"])

    def _memory(self, served: Server) -> Result:
        own = set(served.pids) - set(self._database)
        found = {"forum": asdict(accounting.memory(own))}
        return found | ({"database": asdict(accounting.memory(self._database))} if self._database else {})
