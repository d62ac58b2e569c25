"""Interleaved rounds of the forum and its ceilings, so that noise from other programs affects all; and medians."""

import statistics
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import accounting, load
from benchmarks.load import Load, LoadFailed, Walk
from benchmarks.scenarios import Scenario
from benchmarks.servers import Server, fetch

WARMING_SECONDS = 1
MEDIANS = ("rate", "p50", "p95", "p99", "cpu_ms")
Result = dict[str, Any]
RoundsByServer = dict[str, list[Result]]  # the rounds of each server


class Rounds:
    """Measures a group of scenarios and the ceilings in the same rounds."""

    def __init__(self, servers: dict[str, Server], scratch: Path, *, seconds: int, rounds: int) -> None:
        self._servers, self._scratch = servers, scratch
        self._seconds, self._many = seconds, rounds

    def measure(self, group: list[Scenario]) -> dict[str, Result]:
        """Figures by scenario name; a failed scenario has its error instead, and the others go on."""
        told: dict[str, RoundsByServer] = {each.name: {} for each in group}
        failed: dict[str, Result] = {}
        for number in range(self._many + 1):
            for each in (each for each in group if each.name not in failed):
                try:
                    self._once(each, number, told[each.name])
                except (LoadFailed, OSError) as error:
                    failed[each.name] = {"failed": str(error)}
        found = {name: failed.get(name) or medians(rounds) for name, rounds in told.items()}
        for each in group:
            if each.beside in told and not {each.name, each.beside} & failed.keys():
                found[each.name] |= _compare(told[each.name]["forum"], told[each.beside]["forum"])
        return found

    def _once(self, scenario: Scenario, number: int, told: RoundsByServer) -> None:
        """Run one round of a scenario; the first only warms up."""
        headers = current_headers(scenario, self._servers["forum"])
        walk = self._walk(scenario, number)
        if number == 0:
            load.read(self._address(scenario, "forum"), headers, WARMING_SECONDS, walk=walk)
            return
        for name in ("forum", *scenario.ceilings):
            did = with_cpu_time(self._servers[name], self._load(scenario, name, headers, walk))
            if did["errors"]:
                raise LoadFailed(f"{did['errors']} of {did['answers']} answers of {name} were errors")
            told.setdefault(name, []).append(did)

    def _load(self, scenario: Scenario, server: str, headers: dict[str, str], walk: Walk | None) -> Callable[[], Load]:
        """The load on a server; a ceiling has one response per scenario, so it gets guests but no walk."""
        read = partial(load.read, self._address(scenario, server), headers, self._seconds)
        if server == "forum":
            return partial(read, connections=scenario.connections, walk=walk)
        return partial(read, walk=walk) if scenario.guests else read

    def _address(self, scenario: Scenario, server: str) -> str:
        path = scenario.path if server == "forum" else f"/{scenario.name}"
        return f"http://{self._servers[server].netloc}{path}"

    def _walk(self, scenario: Scenario, number: int) -> Walk | None:
        """The walk of a round; each round starts at another path, or has other guests."""
        if scenario.guests:
            return Walk(guests=scenario.guests, first=number * scenario.guests)
        if not scenario.walk:
            return None
        paths = self._scratch / f"{scenario.name}.paths"
        paths.write_text("\n".join(scenario.walk) + "\n")
        return Walk(paths=paths, first=number * len(scenario.walk) // (self._many + 1))


def current_headers(scenario: Scenario, served: Server) -> dict[str, str]:
    """The scenario's headers, with the page's current ETag for a revisit; requested twice, so that it is cached."""
    if not scenario.is_revisit:
        return scenario.headers
    answers = [fetch(f"http://{served.netloc}{scenario.path}", scenario.headers) for _ in range(2)]
    tag = {name.lower(): value for name, value in answers[-1].headers}.get("etag")
    return scenario.headers | ({"If-None-Match": tag} if tag else {})


def with_cpu_time(server: Server, work: Callable[[], Load]) -> Result:
    """The result of a load, with the server's CPU time per answer."""
    before = accounting.cpu_ms(server.pids)
    did = work()
    return asdict(did) | {"cpu_ms": (accounting.cpu_ms(server.pids) - before) / max(1, did.answers)}


def medians(told: RoundsByServer) -> Result:
    """Medians of the rounds and of their ratios to the ceilings in the same round, and the spread."""
    ours, figures = told["forum"], dict[str, list[float]]()
    for key in MEDIANS:
        figures[key] = [each[key] for each in ours if each[key] is not None]
    for name, theirs in told.items():
        if name != "forum":
            figures[f"to_{name}"] = _ratios(ours, theirs, "rate")
    if "flask" in told:
        figures["flask_cpu_ms"] = [each["cpu_ms"] for each in told["flask"]]
        figures["cpu_to_flask"] = _ratios(ours, told["flask"], "cpu_ms")
    known = {key: values for key, values in figures.items() if values}
    spread = {key: [min(values), max(values)] for key, values in known.items()}
    return {key: statistics.median(values) for key, values in known.items()} | {"spread": spread, "rounds": told}


def _compare(ours: list[Result], others: list[Result]) -> Result:
    """A scenario's ratios to another one in the same rounds."""
    return {f"{key}_beside": statistics.median(_ratios(ours, others, key)) for key in ("rate", "cpu_ms")}


def _ratios(ours: list[Result], theirs: list[Result], key: str) -> list[float]:
    pairs = zip(ours, theirs, strict=True)
    return [one[key] / other[key] for one, other in pairs if other[key]]
