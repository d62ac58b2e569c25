"""What the package says of itself where it is published."""

import pytest
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

from tests.parts import ROOT

ADDRESSES = ("FORUM_PROJECT_URL", "FORUM_PROJECT_SOURCE_URL", "FORUM_PROJECT_ISSUES_URL")


def metadata() -> ProjectMetadata[PluginManager]:
    return ProjectMetadata(str(ROOT), PluginManager())


def test_the_package_names_its_authors_and_what_it_is_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ADDRESSES:
        monkeypatch.delenv(name, raising=False)
    core = metadata().core
    assert core.authors_data["name"] == ["The forum project"]
    assert "Topic :: Internet :: WWW/HTTP :: Dynamic Content :: Message Boards" in core.classifiers
    assert "Framework :: Flask" in core.classifiers
    assert core.urls == {}  # a copy points nowhere unless who builds it says so


def test_who_builds_the_package_says_where_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ADDRESSES:
        monkeypatch.setenv(name, f"https://forum.example/{name.lower()}")
    assert metadata().core.urls == {
        "Homepage": "https://forum.example/forum_project_url",
        "Source": "https://forum.example/forum_project_source_url",
        "Issues": "https://forum.example/forum_project_issues_url",
    }
