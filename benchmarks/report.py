"""The table of a run, its file, and the machine and the code that it was measured on."""

import json
import os
import platform
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

NAMED = ("flask", "granian", "sqlalchemy", "psycopg")
WIDTH = 22
BUSY = 1.0  # load average from which figures are not to be believed
COLUMNS = (
    ("rate", "req/s", "{:.0f}", 9),
    ("to_flask", "x Flask", "{:.2f}", 8),
    ("to_wsgi", "x WSGI", "{:.2f}", 8),
    ("cpu_ms", "CPU ms", "{:.3f}", 9),
    ("p50", "p50 ms", "{:.2f}", 8),
    ("p99", "p99 ms", "{:.2f}", 8),
    ("queries", "SQL", "{content}+{volatile}", 7),
    ("queries_made", "made", "{content}+{volatile}", 7),
    ("raw_bytes", "raw B", "{:,}", 9),
    ("sent_bytes", "sent B", "{:,}", 9),
)
LEGEND = """\
x Flask, x WSGI: req/s as a share of the ceilings' in the same rounds. CPU: of all processes and the database.
SQL: statements to the content + to the volatile database; made: the same for a page that is not in memory.
"""


def table(result: dict[str, Any]) -> str:
    """A run as plain text, 120 columns at most."""
    head = f"{'':{WIDTH}}" + "".join(f"{title:>{width}}" for _, title, _, width in COLUMNS)
    rows = [_row(name, found) for name, found in result["scenarios"].items()]
    return "\n".join(["", *_where(result["about"]), head, *rows, *_service(result["service"]), LEGEND])


def _row(name: str, found: dict[str, Any]) -> str:
    for word in ("failed", "skipped"):
        if word in found:
            return f"{name:{WIDTH}}  {word.upper()}: {found[word]}"
    return f"{name:{WIDTH}}" + "".join(f"{_cell(found.get(key), form):>{width}}" for key, _, form, width in COLUMNS)


def _cell(value: Any, form: str) -> str:
    if value is None:
        return ""
    return form.format(**value) if isinstance(value, dict) else form.format(value)


def _where(about: dict[str, Any]) -> list[str]:
    run = f"{about['moment']}  {about['commit']}  {about['size']}, {about['database']}, {about['workers']} workers"
    lines = [f"{run}; {about['cores']} x {about['processor']}, Python {about['python']}"]
    if about["load_average"] > BUSY:
        lines.append(f"Other programs were at work when this began (load {about['load_average']:.1f}): measure again.")
    return lines


def _service(service: dict[str, Any]) -> list[str]:
    lines = [f"First page {service['first_page_seconds']:.1f} s after the start."]
    for moment in ("idle", "loaded"):
        for what, held in service.get(moment, {}).items():
            pss = f", {held['pss']:.0f} MiB with shared pages divided" if held["pss"] is not None else ""
            lines.append(f"Memory of the {what}, {moment}: {held['rss']:.0f} MiB resident{pss}.")
    return lines


def about(database_url: str) -> dict[str, Any]:
    """When, on what, and of which code."""
    return {
        "moment": time.strftime("%Y-%m-%dT%H%M%S"),
        "commit": _commit(),
        "database": make_url(database_url).get_backend_name() if database_url else "sqlite",
        "cores": os.cpu_count(),
        "load_average": os.getloadavg()[0],
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in NAMED},
    }


def keep(folder: Path, result: dict[str, Any]) -> Path:
    """Write a run into a file of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{result['about']['moment']}-{result['about']['commit']}.json"
    file.write_text(json.dumps(result, indent=1))
    return file


def _commit() -> str:
    """The commit, and whether the forum's own code differs from it."""

    def git(*words: str) -> str:
        try:
            return subprocess.run(["git", *words], capture_output=True, text=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return ""

    is_changed = git("status", "--porcelain", "--", "forum", "templates", "migrations", "constraints.txt")
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("-changed" if is_changed else "")


def _processor() -> str:
    source = Path("/proc/cpuinfo")
    lines = source.read_text().splitlines() if source.exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
