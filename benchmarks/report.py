"""The tables of a run, its result file, and the machine and code version that it was measured on."""

import json
import os
import platform
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import make_url

from benchmarks.bars import REFERENCE_FLASK_MS
from benchmarks.judging import Verdict, judge

NAMED = ("flask", "granian", "sqlalchemy", "psycopg")
WIDTH = 22
BUSY = 1.0  # load average above which figures are unreliable
COLUMNS = (
    ("rate", "req/s", "{:.0f}", 9),
    ("to_flask", "x Flask", "{:.2f}", 8),
    ("to_wsgi", "x WSGI", "{:.2f}", 8),
    ("cpu_ms", "CPU ms", "{:.3f}", 8),
    ("cpu_to_flask", "CPU/Fl.", "{:.2f}", 8),
    ("p50", "p50 ms", "{:.2f}", 8),
    ("p95", "p95 ms", "{:.2f}", 8),
    ("p99", "p99 ms", "{:.2f}", 8),
    ("queries", "SQL", "{content}+{volatile}", 7),
    ("queries_made", "made", "{content}+{volatile}", 7),
    ("raw_bytes", "raw B", "{:,}", 9),
    ("sent_bytes", "sent B", "{:,}", 9),
)
LEGEND = """\
x Flask, x WSGI: req/s as a multiple of the ceilings' in the same rounds. CPU: of all processes and the database; /Fl.:
as a multiple of the Flask ceiling's in the same rounds.
SQL: statements to the content + to the volatile database; made: the same for a page that is not cached.
search and similar-typed: 300 addresses in turn, one at a time; crowd: that many guests, new ones in each round.
"""
BARS = f"{'Bar':36}{'limit':>18}{'measured':>12}{'reference':>10}  "
THERE = """\
An empty Flask view of 30 kB takes {here:.3f} ms of CPU time here, {there:.2f} on the reference machine; "reference" is
the figure scaled by the Flask ceiling of its own rounds. Targets are judged by the figures reached here.
"""


def table(result: dict[str, Any]) -> str:
    """A run's results as plain text, at most 120 columns wide."""
    head = f"{'':{WIDTH}}" + "".join(f"{title:>{width}}" for _, title, _, width in COLUMNS)
    rows = [_row(name, found) for name, found in result["scenarios"].items()]
    filled = [row for row in rows if len(row.split()) > 1]  # figures without a column appear among the targets
    return "\n".join(["", *_where(result["about"]), head, *filled, *_service(result["service"]), LEGEND])


def bars(result: dict[str, Any], small: dict[str, Any] | None) -> tuple[str, list[Verdict]]:
    """The issue's targets with the reached figures, as plain text; and the verdicts."""
    verdicts = judge(result, small)
    head = THERE.format(here=result["machine"]["flask"]["cpu_ms"], there=REFERENCE_FLASK_MS)
    return "\n".join([BARS, *map(_bar, verdicts), head]), verdicts


def _bar(verdict: Verdict) -> str:
    bar = verdict.bar
    limit = f"{'>=' if bar.is_minimum else '<='} {bar.limit:,g} {bar.unit}"
    reached, there = ("" if each is None else _short(each) for each in (verdict.reached, verdict.there))
    why = f" ({verdict.why})" if verdict.why else ""
    return f"{bar.words:36}{limit:>18}{reached:>12}{there:>10}  {verdict.word}{why}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.1f}"


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
        lines.append(f"Other programs were running at the start (load {about['load_average']:.1f}): measure again.")
    return lines


def _service(service: dict[str, Any]) -> list[str]:
    lines = [f"First page {service['first_page_seconds']:.1f} s after the start."]
    for moment in ("idle", "loaded", "crowded"):
        for what, held in service.get(moment, {}).items():
            pss = f", {held['pss']:.0f} MiB with shared pages divided" if held["pss"] is not None else ""
            lines.append(f"Memory of the {what}, {moment}: {held['rss']:.0f} MiB resident{pss}.")
    if service.get("learning_mib") is not None:
        lines.append(f"The language model (an extra) takes {service['learning_mib']:.0f} MiB more while it runs.")
    return lines


def about(database_url: str) -> dict[str, Any]:
    """The time, machine and code version of a run."""
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


def last_small(folder: Path, result: dict[str, Any]) -> dict[str, Any] | None:
    """The last complete run on the small forum and the same kind of database, as the baseline for growth."""
    for file in sorted(folder.glob("*.json"), reverse=True):
        kept: dict[str, Any] = json.loads(file.read_text())
        about, mine = kept["about"], result["about"]
        if (
            about["size"] == "small"
            and about["database"] == mine["database"]
            and not about["only"]
            and "machine" in kept
        ):
            return kept
    return None


def keep(folder: Path, result: dict[str, Any]) -> Path:
    """Write a run into its own file."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{result['about']['moment']}-{result['about']['commit']}.json"
    file.write_text(json.dumps(result, indent=1))
    return file


def _commit() -> str:
    """The short commit hash, with "-changed" if the forum's code differs from it."""

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
