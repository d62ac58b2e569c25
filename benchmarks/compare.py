"""Sets a run against an earlier one: python -m benchmarks.compare [OLD [NEW]] (by default the last two)."""

import json
import sys
from pathlib import Path
from typing import Any

WORSE = 0.10
KEYS = (("to_flask", 1), ("to_wsgi", 1), ("rate", 1), ("cpu_ms", -1), ("queries", -1), ("raw", -1))


def main() -> None:
    """Print each scenario's figures, before and after; what got worse by a tenth is marked."""
    files = [Path(name) for name in sys.argv[1:]]
    kept = sorted(Path(".bench/results").glob("*.json"))
    old, new = files if len(files) == 2 else (files[0], kept[-1]) if files else kept[-2:] if len(kept) > 1 else ("", "")
    if not old or not new:
        raise SystemExit("There are no two runs to compare: run `make bench` first.")
    before, after = (json.loads(Path(each).read_text())["results"] for each in (old, new))
    print(f"{old} -> {new}")
    for name in after:
        if name in before and name != "memory":
            print(f"{name:22}" + "  ".join(_cells(before[name], after[name])))


def _cells(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    cells = []
    for key, better in KEYS:
        if key in before and key in after and before[key]:
            change = after[key] / before[key] - 1
            mark = " WORSE" if -better * change > WORSE else ""
            cells.append(f"{key} {before[key]:.4g} -> {after[key]:.4g}{mark}")
    return cells


if __name__ == "__main__":
    main()
