"""What operators copy (docs/deploy) names settings, commands and files that there are."""

import re
from pathlib import Path

import pytest

from forum.base.settings import describe
from forum.cli import main

DEPLOY = Path(__file__).parents[2] / "docs" / "deploy"
KNOWN = {name for name, _ in describe()}
FILES = sorted(DEPLOY.iterdir())


def test_there_is_one_for_each_way_to_run() -> None:
    assert {"Dockerfile", "compose.yaml", "forum.service", "nginx.conf", "Caddyfile"} <= {file.name for file in FILES}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_it_names_settings_and_commands_that_there_are(file: Path) -> None:
    text = file.read_text()
    assert set(re.findall(r"FORUM_[A-Z_]+", text)) <= KNOWN
    assert set(re.findall(r"(?:\bforum[ ,\"]+|/bin/forum )(serve|worker)", text)) <= set(main.commands)


def test_the_readme_names_every_setting() -> None:
    readme = (DEPLOY.parents[1] / "README.md").read_text()
    assert {name for name in KNOWN if f"`{name}`" not in readme} == set()
