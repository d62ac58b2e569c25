"""Compares the figures of a run with the targets."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.bars import BARS, REFERENCE_FLASK_MS, SIZES, Target

Result = dict[str, Any]
MET, MISSED, NOT_MEASURED = "met", "missed", "not measured"


@dataclass(frozen=True)
class Verdict:
    """The result for a target and why; `there` is the reached figure scaled to the issue's machine."""

    bar: Target
    word: str
    reached: float | None = None
    there: float | None = None
    why: str = ""


@dataclass(frozen=True)
class _Figure:
    """A figure of a scenario or of the service, with the Flask ceiling's CPU time in the same rounds."""

    value: float
    flask_ms: float
    name: str


def judge(result: Result, small: Result | None, bars: Iterable[Target] = BARS) -> list[Verdict]:
    """A verdict for each target; `small` is the last run on the small forum, for growth."""
    return [_judge(bar, result, small) for bar in bars]


def _judge(bar: Target, result: Result, small: Result | None) -> Verdict:
    unmeasured = [name for name in bar.of if {"failed", "skipped"} & result["scenarios"].get(name, {}).keys()]
    if unmeasured:
        found = result["scenarios"][unmeasured[0]]
        return Verdict(bar, MISSED, why=f"{unmeasured[0]}: {found.get('skipped', 'failed')}")
    figures = _figures(bar, result, small)
    if not figures:
        return Verdict(bar, NOT_MEASURED, why=bar.by or ("no run of size small" if "growth" in bar.figure else ""))
    worst = (min if bar.is_least else max)(figures, key=lambda figure: figure.value)
    is_reached = worst.value >= bar.limit if bar.is_least else worst.value <= bar.limit
    short = _falls_short(bar, figures, result["about"]["size"])
    word = MISSED if not is_reached else NOT_MEASURED if short else MET
    there = worst.value * (REFERENCE_FLASK_MS / worst.flask_ms) ** bar.speed if bar.speed and worst.flask_ms else None
    named = worst.name if len(bar.of) > 1 else ""
    return Verdict(bar, word, worst.value, there, ", ".join(filter(None, [named, short])))


def _falls_short(bar: Target, figures: list["_Figure"], size: str) -> str:
    """Why a reached limit does not count as met, if it does not."""
    if SIZES.index(size) < SIZES.index(bar.size):
        return f"but it applies to the forum of size {bar.size}"
    return "but not all were measured" if len(figures) < len(bar.of) else ""


def _figures(bar: Target, result: Result, small: Result | None) -> list[_Figure]:
    """The target's figure for each scenario that has it."""
    kind, _, key = bar.figure.rpartition(" ")
    machine = float(result["machine"]["flask"]["cpu_ms"])
    if kind == "service":
        value = _of_service(result["service"], key)
        return [_Figure(value, machine, "")] if value is not None else []
    found = []
    for name in bar.of:
        scenario = result["scenarios"].get(name, {})
        value = _figure(scenario, key)
        if kind == "growth":
            value = _growth(value, _figure(small["scenarios"].get(name, {}), key) if small else None)
        if value is not None:
            found.append(_Figure(value, scenario.get("flask_cpu_ms") or machine, name))
    return found


def _figure(scenario: Result, key: str) -> float | None:
    counted = {"statements": "queries", "statements_made": "queries_made"}.get(key)
    if counted is not None:
        return sum(scenario[counted].values()) if counted in scenario else None
    value: float | None = scenario.get(key)
    return value


def _of_service(service: Result, key: str) -> float | None:
    held = service.get("loaded", {}).get("forum", {})
    value: float | None = (held.get("pss") or held.get("rss")) if key == "loaded_mib" else service.get(key)
    return value


def _growth(now: float | None, then: float | None) -> float | None:
    return now / then if now is not None and then else None
