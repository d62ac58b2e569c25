"""A real `forum serve` on loopback and a real browser."""

import logging
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from forum.archive.setup import SEEDS
from tests.cli.commands import Service, forum
from tests.databases import deployment
from tests.factories import PASSWORD
from tests.migrated import NO_SEED, begin
from tests.parts import headless_chromium, require_part
from tests.servers import free_port

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60.0  # seconds until a server must be ready
SLOW_STOP = 20.0  # seconds of stopping after which its log is printed


@contextmanager
def served(data: Path, *options: str, **environment: str) -> Iterator[str]:
    """Serve a forum from a folder until the block ends; yields its URL. A new one has its tables and seed already."""
    seed = environment.get("FORUM_SEED", "document")
    begin(data, seed if seed in SEEDS else NO_SEED)
    with served_at(free_port(), data, *options, **environment) as url:
        yield url


@contextmanager
def served_at(port: int, data: Path, *options: str, **environment: str) -> Iterator[str]:
    """Serve a forum at a port."""
    env = os.environ | {"FORUM_DATA": str(data), "FORUM_LIMITS": "off"} | deployment(data) | environment
    log = data.parent / f"serve-{port}.log"
    process = Service(["serve", "--port", str(port), *options], env, log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/health/ready", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired as error:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise AssertionError(f"the forum did not stop:\n{_end_of(log)}") from error
        finally:
            if time.monotonic() - began > SLOW_STOP:
                logging.warning("the forum stopped slowly:\n%s", _end_of(log))


def create_member(data: Path, name: str, *options: str, **environment: str | None) -> None:
    """Create a member of a served forum with the command line; `--admin` is an option."""
    words = ("create-member", name, "--email", f"{name}@example.org", "--password-stdin", *options)
    done = forum(data, *words, typed=PASSWORD, limits=None, FORUM_SECRET_KEY=None, FORUM_SEED=None, **environment)
    assert done.returncode == 0, done


def _wait_for(address: str, process: Service, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address, timeout=2):  # noqa: S310 - our own loopback address
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"the forum does not answer:\n{_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text()[-3000:]


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    path = headless_chromium() or require_part("Chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()
