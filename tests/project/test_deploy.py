"""The files that operators copy (docs/deploy) name only existing settings, commands and files."""

import re
import tomllib
from pathlib import Path

import pytest

from forum.cli import main
from forum.infra.settings import describe
from forum.server.serve import KILL_SECONDS

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "docs" / "deploy"
KNOWN = {name for name, _ in describe()}
FILES = sorted(DEPLOY.iterdir())


def test_there_is_one_for_each_way_of_deploying() -> None:
    assert {"Dockerfile", "compose.yaml", "forum.service", "nginx.conf", "Caddyfile"} <= {file.name for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_names_only_existing_settings_and_commands(file: Path) -> None:
    text = file.read_text()
    assert set(re.findall(r"FORUM_[A-Z_]+", text)) <= KNOWN
    assert set(re.findall(r"(?:\bforum[ ,\"]+|/bin/forum )(serve|worker|upgrade|backup)", text)) <= set(main.commands)


@pytest.mark.parametrize(
    ("name", "line"), [("Caddyfile", r"request_buffers \d+MB\b"), ("nginx.conf", r"proxy_request_buffering on;")]
)
def test_a_proxy_forwards_a_request_once_its_body_is_complete(name: str, line: str) -> None:
    assert re.search(rf"(?m)^\s*{line}", (DEPLOY / name).read_text())


def test_the_readme_names_every_setting() -> None:
    readme = (ROOT / "README.md").read_text()
    assert {name for name in KNOWN if f"`{name}`" not in readme} == set()


def test_an_image_contains_what_the_package_needs_and_nothing_private() -> None:
    everything, *lines = (DEPLOY / "Dockerfile.dockerignore").read_text().splitlines()[1:]
    taken = {line.removeprefix("!") for line in lines if line.startswith("!")}
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert everything == "*"
    assert taken == {name.removeprefix("/") for name in wheel["include"]} | {
        "README.md",
        "constraints.txt",
        ".ci/project_urls.py",
        "pyproject.toml",
    }


def test_stop_timeouts_allow_for_running_requests_and_then_the_current_job() -> None:
    files = "".join((DEPLOY / name).read_text() for name in ("forum.service", "compose.yaml"))
    seconds = re.findall(r"(?:TimeoutStopSec=|stop_grace_period: )(\d+)", files)
    assert len(seconds) == 2
    assert all(int(each) > 2 * KILL_SECONDS for each in seconds)
