"""Finds the programs that pip cannot install. Tests that need a missing one are skipped, or fail in CI.

Tests that start another process are marked `process`, so that `make check` can leave them out.
"""

import os
import shutil
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
NODE_MODULES = ROOT / ".ci" / "node" / "node_modules"
MISSING = "not installed: "


def chromium() -> str | None:
    """The path of a Chromium."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def headless_chromium() -> str | None:
    """The path of a Chromium, where there is one without windows: it opens a page in a third of the processor time."""
    return shutil.which("chromium-headless-shell") or chromium()


def postgres() -> str | None:
    """The folder of PostgreSQL's programs, of the newest version installed; Debian keeps them off the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name), reverse=True)
    found = shutil.which("initdb")
    folders = [*debian, *([Path(found).resolve().parent] if found else [])]
    return next((str(folder) for folder in folders if (folder / "postgres").exists()), None)


def redis() -> str | None:
    """The path of a Redis server, or of the compatible Valkey."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


def dovecot() -> str | None:
    """The path of Dovecot, an IMAP server; Debian keeps it where only root looks."""
    return shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")


def firefox() -> str | None:
    """The path of a Firefox."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


def webkit() -> str | None:
    """The path of WebKitGTK's small browser, where its driver and a display of memory are there, too."""
    browsers = sorted(Path("/usr").glob("lib*/**/webkit2gtk-4.*/MiniBrowser"))
    return str(browsers[-1]) if browsers and shutil.which("WebKitWebDriver") and shutil.which("Xvfb") else None


def nginx() -> str | None:
    """The path of nginx, which Debian keeps where only root looks."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def caddy() -> str | None:
    """The path of Caddy."""
    return shutil.which("caddy")


def node_tools() -> Path | None:
    """The node_modules folder with axe-core, Lighthouse and Spectral, as `.ci/node-tools` installs them."""
    tools = ("axe-core/axe.min.js", "lighthouse/package.json", "@stoplight/spectral-cli/package.json")
    return NODE_MODULES if shutil.which("node") and all((NODE_MODULES / tool).exists() for tool in tools) else None


def openssl() -> str | None:
    """The path of OpenSSL's command, which makes certificates."""
    return shutil.which("openssl")


PARTS: dict[str, Callable[[], str | Path | None]] = {
    "Chromium": chromium,
    "PostgreSQL": postgres,
    "Redis": redis,
    "OpenSSL": openssl,
    "Firefox": firefox,
    "WebKitGTK": webkit,
    "Dovecot": dovecot,
    "nginx": nginx,
    "Caddy": caddy,
    "axe-core, Lighthouse and Spectral": node_tools,
}
MARKS = {"browser": "Chromium", "postgres": "PostgreSQL", "redis": "Redis", "node": "axe-core, Lighthouse and Spectral"}

# whatever imports from these may start a server, a command or a worker
STARTERS = {
    "subprocess",
    "multiprocessing",
    "tests.cli.commands",
    "tests.databases",
    "tests.presence.backends",
    "tests.proxies",
    "tests.running",
    "tests.servers",
}


def in_ci() -> bool:
    """Whether this is a CI run, where nothing may be skipped."""
    return os.environ.get("CI", "").lower() in {"1", "true"}


def examples(number: int) -> int:
    """How many examples a test tries that tries `number` of them in CI: a quarter elsewhere, where somebody waits."""
    return number if in_ci() else -(-number // 4)


def require_part(name: str) -> str:
    """The path of a program; without it the test is skipped, or fails under CI=true."""
    found = PARTS[name]()
    if found is None and in_ci():
        pytest.fail(f"{MISSING}{name}, and nothing may be skipped under CI=true", pytrace=False)
    if found is None:
        pytest.skip(MISSING + name)
    return str(found)


def mark_process_starters(items: list[pytest.Item]) -> None:
    """Mark each test that needs such a program, or whose module imports what starts a process."""
    for item in items:
        module = item.getparent(pytest.Module)
        can_start = module is not None and _imports_a_starter(module.obj)
        if can_start or any(item.get_closest_marker(mark) for mark in MARKS):
            item.add_marker(pytest.mark.process)


@cache
def _imports_a_starter(module: ModuleType) -> bool:
    origins = (getattr(each, "__module__", None) or getattr(each, "__name__", "") for each in vars(module).values())
    return any(origin in STARTERS for origin in origins)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Check for the program that a test's mark names before its fixtures start anything."""
    for mark, name in MARKS.items():
        if item.get_closest_marker(mark):
            require_part(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End with one line that lists the missing programs, and one for each other reason to skip."""
    reasons = Counter(map(_reason, terminalreporter.stats.get("skipped", [])))
    missing = {reason: count for reason, count in reasons.items() if reason.startswith(MISSING)}
    if missing:
        parts = ", ".join(f"{reason.removeprefix(MISSING)} ({count})" for reason, count in sorted(missing.items()))
        terminalreporter.write_line(f"Not installed, so skipped: {parts}", yellow=True)
    for reason in sorted(reasons.keys() - missing.keys()):
        terminalreporter.write_line(f"Skipped: {reason} ({reasons[reason]})", yellow=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run under CI if any test was skipped."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if in_ci() and reporter and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
