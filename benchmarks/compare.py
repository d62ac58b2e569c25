"""Compares a run with an earlier one: make bench-compare ARGS="[OLD.json [NEW.json]]" (by default the last two)."""

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.bench import FOLDER

Result = dict[str, Any]


@dataclass(frozen=True)
class Figure:
    """A compared figure; it is marked if it is worse by more than `tolerance` and no rounds overlap."""

    title: str
    key: str
    form: str = "{:.2f}"
    tolerance: float = 0.10
    more_is_better: bool = False

    def is_worse(self, before: float, after: float) -> bool:
        """Whether it got worse by more than the tolerance."""
        loss = before - after if self.more_is_better else after - before
        return loss > self.tolerance * before


RATIOS = (
    Figure("x Flask", "to_flask", more_is_better=True),
    Figure("x WSGI", "to_wsgi", more_is_better=True),
    Figure("CPU / Flask's", "cpu_to_flask"),
)
RATE = Figure("req/s", "rate", "{:.0f}", more_is_better=True)  # shown for scenarios without a ceiling
REST = (
    Figure("p95 ms", "p95", tolerance=0.5),
    Figure("p99 ms", "p99", tolerance=0.5),
    Figure("SQL", "queries", "{:.0f}", tolerance=0.0),
    Figure("SQL made", "queries_made", "{:.0f}", tolerance=0.0),
    Figure("raw B", "raw_bytes", "{:,.0f}", tolerance=0.02),
    Figure("sent B", "sent_bytes", "{:,.0f}", tolerance=0.02),
)
SERVICE = (
    Figure("first page s", "first_page_seconds", tolerance=0.5),
    Figure("MiB idle", "idle", "{:.0f}"),
    Figure("MiB loaded", "loaded", "{:.0f}"),
    Figure("MiB crowded", "crowded", "{:.0f}"),
)
ALIKE = ("size", "database", "workers", "processor", "cores")


def main() -> int:
    """Print both runs' figures; return 1 if something got worse or is missing, 2 if there are no two runs."""
    parser = argparse.ArgumentParser(prog="make bench-compare", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="the older run first")
    given = parser.parse_args().files
    kept = sorted((FOLDER / "results").glob("*.json"))
    chosen = given if len(given) == 2 else [*given, *kept[-1:]] if given else kept[-2:]
    if len(chosen) != 2:
        sys.stderr.write(f"There are no two runs in {FOLDER / 'results'} to compare: run `make bench` first.\n")
        return 2
    old, new = (json.loads(file.read_text()) for file in chosen)
    lines = differences(old, new)
    sys.stdout.write("\n".join([f"{chosen[0]}  ->  {chosen[1]}", *lines]) + "\n")
    return 1 if any(word in line for line in lines for word in ("WORSE", "GONE")) else 0


def differences(old: Result, new: Result) -> list[str]:
    """Lines for each scenario and the service, preceded by a line for each difference in setup or machine."""
    odd = [name for name in ALIKE if old["about"].get(name) != new["about"].get(name)]
    lines = [f"NOT ALIKE: {name} {old['about'].get(name)} -> {new['about'].get(name)}" for name in odd]
    for name, before in old["scenarios"].items():
        lines += _scenario(name, before, new["scenarios"].get(name), has_chosen=bool(new["about"].get("only")))
    return [*lines, *_pairs("service", old["service"], new["service"], SERVICE)]


def _scenario(name: str, before: Result, after: Result | None, *, has_chosen: bool) -> list[str]:
    if after is None:
        return [] if has_chosen else [f"{name:22}  GONE: it was measured before"]
    said = [each.get("failed") or each.get("skipped") for each in (before, after)]
    if any(said):
        is_worse = not said[0] or (said[1] and "failed" in after and "failed" not in before)
        return [f"{name:22}  {said[0] or 'measured'} -> {said[1] or 'measured'}{'  WORSE' if is_worse else ''}"]
    return _pairs(name, before, after, (*(RATIOS if "to_flask" in after else (RATE,)), *REST))


def _pairs(name: str, before: Result, after: Result, figures: tuple[Figure, ...]) -> list[str]:
    """A line with the main figures, and one more for each other figure that got worse."""
    shown, worse = list[str](), list[str]()
    for figure in figures:
        pair = _value(before, figure.key), _value(after, figure.key)
        if pair[0] is None or pair[1] is None:
            continue
        is_worse = figure.is_worse(pair[0], pair[1]) and not _overlap(before, after, figure.key)
        said = f"{figure.title} {figure.form.format(pair[0])} -> {figure.form.format(pair[1])}"
        if figure in (*RATIOS, RATE, *SERVICE):
            shown.append(f"{said}{'  WORSE' if is_worse else ''}")
        elif is_worse:
            worse.append(f"{'':22}  {said}  WORSE")
    return [f"{name:22}" + "".join(f"  {said:30}" for said in shown), *worse] if shown or worse else []


def _value(found: Result, key: str) -> float | None:
    """A figure; statements are summed, memory is pss where known."""
    value: Any = found.get(key)
    if key in {"idle", "loaded", "crowded"}:
        held = (value or {}).get("forum", {})
        value = held.get("pss") or held.get("rss")
    elif isinstance(value, dict):
        value = sum(value.values())
    return None if value is None else float(value)


def _overlap(before: Result, after: Result, key: str) -> bool:
    """Whether the rounds of both runs overlap, so that the medians may differ by chance."""
    one, other = before.get("spread", {}).get(key), after.get("spread", {}).get(key)
    return bool(one and other and one[0] <= other[1] and other[0] <= one[1])


if __name__ == "__main__":
    sys.exit(main())
