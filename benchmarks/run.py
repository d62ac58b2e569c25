"""One run: the three servers beside each other, their rounds interleaved, and what came of it."""

import json
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks import accounting, ceilings, load, replies
from benchmarks.forum_under_test import Forum
from benchmarks.load import Broken, Load
from benchmarks.queries import count_read, count_reply
from benchmarks.scenarios import PLAIN, REPLIES, Scenario, as_member, readings
from benchmarks.servers import Server, ask, running
from tests.servers import free_port

WARMING_SECONDS = 1
Result = dict[str, Any]


@dataclass(frozen=True)
class Options:
    """How long, how often, by how many processes, and which scenarios (all, if none is named)."""

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

    @property
    def has_failed(self) -> bool:
        """Whether a scenario did."""
        return any("failed" in each for each in self.scenarios.values())

    def measure(self) -> None:
        """Measure all that is wanted; a scenario that fails says so and the others go on."""
        chosen = [each for each in readings(self._forum.place) if self._is_wanted(each.name)]
        writing = [name for name in REPLIES if self._is_wanted(name)]
        for each in chosen:
            self._try(each.name, count_read, self._forum.app, each)
        for name in writing:
            self._try(name, self._count_reply)
        self._forum.let_go()
        with ExitStack() as stack:
            served = stack.enter_context(self._serve_forum())
            self.service = {"first_page_seconds": served.seconds, "idle": self._memory(served)}
            self._measure_readings(chosen, served, stack)
            for name in writing:
                self._measure_one(name, self._write, served, REPLIES[name])
            self.service["loaded"] = self._memory(served)

    def _is_wanted(self, name: str) -> bool:
        return not self._options.only or name in self._options.only

    def _count_reply(self) -> Result:
        place = self._forum.place
        return count_reply(self._forum.app, place.answered, as_member(place.writers[0]))

    def _try(self, name: str, measure: Callable[..., Result], *given: object) -> None:
        """Add to a scenario's figures, or the reason why there are none; once there is one, nothing more is tried."""
        found = self.scenarios.setdefault(name, {})
        if {"failed", "skipped"} & found.keys():
            return
        try:
            found |= measure(*given)
        except (Broken, OSError) as error:
            found["failed"] = str(error)
            sys.stderr.write(f"  {name}: FAILED: {error}\n")

    def _measure_one(self, name: str, measure: Callable[..., Result], *given: object) -> None:
        self._try(name, measure, *given)
        if "rate" in self.scenarios[name]:
            sys.stderr.write(f"  {name}: {self.scenarios[name]['rate']:.0f}/s\n")

    @contextmanager
    def _serve_forum(self) -> Iterator[Server]:
        port = free_port()
        command = [sys.executable, "-m", "forum.cli", "serve", "--port", str(port), "--workers"]
        with running([*command, str(self._options.workers)], port, "/", **self._forum.environment) as served:
            yield replace(served, pids=served.pids + self._database)

    def _measure_readings(self, chosen: list[Scenario], served: Server, stack: ExitStack) -> None:
        """Keep the forum's answers, then start the ceilings that give the same."""
        for each in chosen:
            self._try(each.name, self._keep_answer, each, served)
        servers = {"forum": served}
        for name in ("flask", "wsgi") if chosen else ():
            port, program = free_port(), [sys.executable, "-m", "benchmarks.ceilings", f"{name}_app"]
            command = [*program, str(port), str(self._options.workers)]
            given = running(command, port, f"/{ceilings.READY}", BENCH_BYTES=str(self._scratch.resolve()))
            servers[name] = stack.enter_context(given)
        for each in chosen:
            self._measure_one(each.name, self._read, each, servers)

    def _keep_answer(self, scenario: Scenario, served: Server) -> Result:
        headers = _headers_now(scenario, served)
        if scenario.is_revisit and "If-None-Match" not in headers:
            return {"skipped": "the forum gives no ETag"}
        given = ask(f"http://{served.netloc}{scenario.path}", headers)
        whole = ask(f"http://{served.netloc}{scenario.path}", scenario.headers | {"Accept-Encoding": "identity"})
        if given.status != (304 if scenario.is_revisit else 200):
            raise Broken(f"{scenario.path} is answered by {given.status}")
        ceilings.keep(self._scratch, scenario.name, given)
        return {"sent_bytes": len(given.body), "raw_bytes": len(whole.body)}

    def _read(self, scenario: Scenario, servers: dict[str, Server]) -> Result:
        rounds: dict[str, list[Result]] = {name: [] for name in servers}
        load.read(f"http://{servers['forum'].netloc}{scenario.path}", scenario.headers, WARMING_SECONDS)
        for _ in range(self._options.rounds):
            headers = _headers_now(scenario, servers["forum"])
            for name, server in servers.items():
                path = scenario.path if name == "forum" else f"/{scenario.name}"
                address = f"http://{server.netloc}{path}"
                did = _charged(server, load.read, address, headers, self._options.seconds)
                if did["errors"]:
                    raise Broken(f"{did['errors']} of {did['answers']} answers of {name} were errors")
                rounds[name].append(did)
        return _middle(rounds)

    def _write(self, served: Server, many: int) -> Result:
        """Members' replies in rounds; afterwards the thread must count each that was acknowledged, and no other."""
        place = self._forum.place
        members = [as_member(cookie) for cookie in place.writers[:many]]
        before = self._replies(served)
        given = (served.netloc, place.answered, members, self._options.seconds)
        rounds = [_charged(served, replies.write, *given) for _ in range(self._options.rounds)]
        counted, sent = self._replies(served) - before, sum(each["answers"] for each in rounds)
        if counted != sent:
            raise Broken(f"{sent} replies were acknowledged, but the thread counts {counted}")
        return _middle({"forum": rounds})

    def _replies(self, served: Server) -> int:
        answer = ask(f"http://{served.netloc}/api/v1/threads/{self._forum.place.answered_id}", PLAIN)
        return int(json.loads(answer.body)["reply_count"])

    def _memory(self, served: Server) -> Result:
        own = set(served.pids) - set(self._database)
        found = {"forum": asdict(accounting.memory(own))}
        return found | ({"database": asdict(accounting.memory(self._database))} if self._database else {})


def _headers_now(scenario: Scenario, served: Server) -> dict[str, str]:
    """The scenario's headers, and the page's present ETag for who has it already; asked twice: then it is kept."""
    if not scenario.is_revisit:
        return scenario.headers
    answers = [ask(f"http://{served.netloc}{scenario.path}", scenario.headers) for _ in range(2)]
    tag = {name.lower(): value for name, value in answers[-1].headers}.get("etag")
    return scenario.headers | ({"If-None-Match": tag} if tag else {})


def _charged(server: Server, work: Callable[..., Load], *given: object) -> Result:
    """What a load did, and the server's processor time for each answer."""
    before = accounting.cpu_ms(server.pids)
    did = work(*given)
    return asdict(did) | {"cpu_ms": (accounting.cpu_ms(server.pids) - before) / max(1, did.answers)}


def _middle(rounds: dict[str, list[Result]]) -> Result:
    """Medians of the rounds, and of each round's ratio to the ceilings of the same round."""
    forum = rounds["forum"]
    found = {key: statistics.median(each[key] for each in forum) for key in ("rate", "p50", "p99", "cpu_ms")}
    for name, theirs in rounds.items():
        if name != "forum":
            ratios = [ours["rate"] / other["rate"] for ours, other in zip(forum, theirs, strict=True)]
            found |= {f"to_{name}": statistics.median(ratios)}
    return found | {"rounds": rounds}
