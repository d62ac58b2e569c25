"""Sets a run against an earlier one: make bench-compare ARGS="[OLD.json [NEW.json]]" (by default the last two)."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.bench import FOLDER

WORSE = 0.10
# what is set side by side: title, key, form, and whether more is better
FIGURES = (
    ("x Flask", "to_flask", "{:.2f}", True),
    ("x WSGI", "to_wsgi", "{:.2f}", True),
    ("CPU ms", "cpu_ms", "{:.3f}", False),
)
WRITING = (("req/s", "rate", "{:.0f}", True), FIGURES[-1])  # replies have no ceiling beside them
ALIKE = ("size", "database", "workers", "processor", "cores")


def main() -> int:
    """Print both runs' figures of each scenario; what got worse by more than a tenth is marked."""
    parser = argparse.ArgumentParser(prog="make bench-compare", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="the older run first")
    given = parser.parse_args().files
    kept = sorted((FOLDER / "results").glob("*.json"))
    chosen = given if len(given) == 2 else [*given, *kept[-1:]] if given else kept[-2:]
    if len(chosen) != 2:
        sys.stderr.write(f"There are no two runs in {FOLDER / 'results'} to compare: run `make bench` first.\n")
        return 2
    old, new = (json.loads(file.read_text()) for file in chosen)
    sys.stdout.write("\n".join([f"{chosen[0]}  ->  {chosen[1]}", *differences(old, new)]) + "\n")
    return 0


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """A line for each scenario that both runs have, after one for whatever makes them hard to compare."""
    odd = [name for name in ALIKE if old["about"].get(name) != new["about"].get(name)]
    lines = [f"NOT ALIKE: {name} {old['about'].get(name)} -> {new['about'].get(name)}" for name in odd]
    for name, after in new["scenarios"].items():
        before = old["scenarios"].get(name)
        if before is not None:
            lines.append(f"{name:22}" + _line(before, after))
    return lines


def _line(before: dict[str, Any], after: dict[str, Any]) -> str:
    if "rate" not in before or "rate" not in after:
        said = [each.get("failed") or each.get("skipped") or "measured" for each in (before, after)]
        return f"  {said[0]} -> {said[1]}" + ("  WORSE" if "failed" in after else "")
    figures = FIGURES if "to_flask" in after and "to_flask" in before else WRITING
    return "".join(_pair(title, before[key], after[key], form, more) for title, key, form, more in figures)


def _pair(title: str, before: float, after: float, form: str, more_is_better: bool) -> str:  # noqa: FBT001 - a figure's kind
    worse = (before - after if more_is_better else after - before) > WORSE * before
    said = f"{title} {form.format(before)} -> {form.format(after)}"
    return f"  {said:28}{'WORSE' if worse else '':6}"


if __name__ == "__main__":
    sys.exit(main())
