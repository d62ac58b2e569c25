"""Benchmarks the forum against an empty Flask view and a bare WSGI function that return the same bytes."""

import argparse
import shutil
import signal
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from benchmarks import report
from benchmarks.filling import SIZES
from benchmarks.forum_under_test import prepare
from benchmarks.judging import MISSED
from benchmarks.load import LoadFailed
from benchmarks.run import Options, Run
from benchmarks.scenarios import names
from benchmarks.servers import postmaster, scratch_postgres

FOLDER = Path(".bench")


def main() -> int:
    """Run the benchmark, print tables and save the figures.

    Returns 1 if a scenario failed, or with --strict if a target was missed; 2 if wrk is not installed.
    """
    given = _arguments()
    if not shutil.which("wrk"):
        sys.stderr.write("wrk is required but not installed (Debian: apt-get install wrk).\n")
        return 2
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGINT, _end)
    try:
        return _measure(given)
    except KeyboardInterrupt:
        sys.stderr.write("Stopped; nothing was saved.\n")
        return 130


def _measure(given: argparse.Namespace) -> int:
    options = Options(given.seconds, given.rounds, given.workers, tuple(given.only))
    with ExitStack() as stack:
        url = stack.enter_context(scratch_postgres()) if given.postgres else given.database_url
        about = asdict(options) | {"size": given.size} | report.about(url)
        if given.postgres:
            shutil.rmtree(given.folder / f"{given.size}-postgresql", ignore_errors=True)
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench-")))
        run = Run(options, prepare(given.folder, given.size, url), scratch, postmaster(url))
        run.measure()
    result = {"about": about, "machine": run.machine, "service": run.service, "scenarios": run.scenarios}
    results = given.folder / "results"
    small = report.last_small(results, result) if given.size != "small" else None
    targets, verdicts = report.bars(result, small)
    result["bars"] = {f"{each.bar.words}, {each.bar.unit}": [each.reached, each.word] for each in verdicts}
    sys.stdout.write(f"{report.table(result)}\n{targets}\nSaved to {report.keep(results, result)}\n")
    is_short = given.strict and any(each.word == MISSED for each in verdicts)
    return 1 if run.has_failed or is_short else 0


def _end(_number: int, _frame: object) -> None:
    """Shut down cleanly; further signals are ignored so that the servers are stopped."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    add = parser.add_argument
    add("--seconds", type=int, default=1, help="seconds per round (default: %(default)s)")
    add("--rounds", type=int, default=3, help="rounds per scenario (default: %(default)s)")
    add("--workers", type=int, default=2, help="processes per server (default: %(default)s)")
    add("--size", choices=SIZES, default="small", help="10 thousand, 1 or 10 million posts, or 1 million threads")
    add("--strict", action="store_true", help="exit with 1 if a measured target is missed")
    add("--only", type=_names, default=(), metavar="NAME,…", help=f"scenarios to run: {', '.join(names())}")
    add("--folder", type=Path, default=FOLDER, help="where forums and results are stored (default: %(default)s)")
    database = parser.add_mutually_exclusive_group()
    database.add_argument("--postgres", action="store_true", help="start a temporary PostgreSQL and fill it")
    database.add_argument(
        "--database-url",
        default="",
        metavar="postgresql+psycopg://…",
        help="empty, or from an earlier run",
    )
    return parser.parse_args()


def _names(text: str) -> list[str]:
    chosen = text.split(",")
    if unknown := set(chosen) - set(names()):
        raise argparse.ArgumentTypeError(f"unknown scenario: {', '.join(sorted(unknown))}")
    return chosen


if __name__ == "__main__":
    try:
        sys.exit(main())
    except LoadFailed as error:
        sys.exit(str(error))
