"""The table of a run, and its file."""

import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

COLUMNS = (
    ("rate", "req/s", "{:.0f}"),
    ("to_flask", "x flask", "{:.2f}"),
    ("to_wsgi", "x wsgi", "{:.2f}"),
    ("cpu_ms", "cpu ms", "{:.3f}"),
    ("p50", "p50 ms", "{:.1f}"),
    ("p99", "p99 ms", "{:.1f}"),
    ("queries", "queries", "{}"),
    ("raw", "raw B", "{}"),
    ("sent", "sent B", "{}"),
)


def show(results: dict[str, dict[str, Any]]) -> None:
    """Print a run: rates, their ratios to the two ceilings, and what a request costs."""
    lines = [f"{'':22}" + "".join(f"{title:>10}" for _, title, _ in COLUMNS)]
    for name, found in results.items():
        cells = (form.format(found[key]) if key in found else "" for key, _, form in COLUMNS)
        lines.append(f"{name:22}" + "".join(f"{cell:>10}" for cell in cells))
        if found.get("errors"):
            lines.append(f"{'':22}{found['errors']} errors")
    memory = results.get("memory", {}).get("mib")
    lines = [line for line in lines if not line.startswith("memory")]
    sys.stdout.write("\n".join(lines) + (f"\nThe whole service: {memory:.0f} MiB\n" if memory else "\n"))


def write(folder: Path, results: dict[str, Any], commit: str, given: dict[str, Any], moment: str) -> Path:
    """Keep a run with the machine it ran on."""
    about = {
        "moment": moment,
        "commit": commit,
        "options": {name: str(value) for name, value in given.items()},
        "machine": {"cores": os.cpu_count(), "processor": _processor(), "python": platform.python_version()},
    }
    file = folder / "results" / f"{moment}-{commit}.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(about | {"results": results}, indent=1))
    return file


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
