"""The parts of a tester's machine that pip cannot install: found, or skipped by name, which CI does not allow."""

import os
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NODE_MODULES = ROOT / ".ci" / "node" / "node_modules"
MISSING = "not installed: "


def chromium() -> str | None:
    """The path of a Chromium."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def postgres() -> str | None:
    """The folder of PostgreSQL's programs, the newest where there are several; Debian keeps them off the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    found = shutil.which("initdb")
    folders = [*debian, *([Path(found).resolve().parent] if found else [])]
    return next((str(folder) for folder in folders if (folder / "postgres").exists()), None)


def redis() -> str | None:
    """The path of a Redis server, or of Valkey, which speaks the same."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


def node_tools() -> Path | None:
    """The folder of node's modules with axe-core, Lighthouse and Spectral in it, as `.ci/node-tools` installs them."""
    tools = ("axe-core/axe.min.js", "lighthouse/package.json", "@stoplight/spectral-cli/package.json")
    return NODE_MODULES if shutil.which("node") and all((NODE_MODULES / tool).exists() for tool in tools) else None


PARTS: dict[str, Callable[[], str | Path | None]] = {
    "Chromium": chromium,
    "PostgreSQL": postgres,
    "Redis": redis,
    "axe-core, Lighthouse and Spectral": node_tools,
}
MARKS = {"browser": "Chromium", "postgres": "PostgreSQL", "redis": "Redis", "node": "axe-core, Lighthouse and Spectral"}


def in_ci() -> bool:
    """Whether nothing may be skipped."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def require_part(name: str) -> str:
    """Where the part lies; the test is skipped without it, and fails under CI=true."""
    found = PARTS[name]()
    if found is None and in_ci():
        pytest.fail(f"{MISSING}{name}, and nothing may be skipped under CI=true", pytrace=False)
    if found is None:
        pytest.skip(MISSING + name)
    return str(found)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Ask for the part that a test's mark names before its fixtures start anything."""
    for mark, name in MARKS.items():
        if item.get_closest_marker(mark):
            require_part(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Close with one line that names the missing parts, and one for whatever else was skipped."""
    reasons = Counter(map(_reason, terminalreporter.stats.get("skipped", [])))
    missing = {reason: count for reason, count in reasons.items() if reason.startswith(MISSING)}
    if missing:
        parts = ", ".join(f"{reason.removeprefix(MISSING)} ({count})" for reason, count in sorted(missing.items()))
        terminalreporter.write_line(f"Not installed, so skipped: {parts}", yellow=True)
    for reason in sorted(reasons.keys() - missing.keys()):
        terminalreporter.write_line(f"Skipped: {reason} ({reasons[reason]})", yellow=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under CI a skipped test fails the run, whoever skipped it."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if in_ci() and reporter and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
