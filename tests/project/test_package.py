"""Package metadata."""

import pytest
from hatchling.metadata.core import ProjectMetadata
from hatchling.plugin.manager import PluginManager

from tests.parts import ROOT

ADDRESSES = ("FORUM_PROJECT_URL", "FORUM_PROJECT_SOURCE_URL", "FORUM_PROJECT_ISSUES_URL")


def metadata() -> ProjectMetadata[PluginManager]:
    return ProjectMetadata(str(ROOT), PluginManager())


def test_the_package_names_its_authors_and_purpose(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ADDRESSES:
        monkeypatch.delenv(name, raising=False)
    core = metadata().core
    assert core.authors_data["name"] == ["The forum project"]
    assert "Topic :: Internet :: WWW/HTTP :: Dynamic Content :: Message Boards" in core.classifiers
    assert "Framework :: Flask" in core.classifiers
    assert core.urls == {}  # no URLs unless the builder sets them


def test_the_builder_of_the_package_sets_its_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ADDRESSES:
        monkeypatch.setenv(name, f"https://forum.example/{name.lower()}")
    assert metadata().core.urls == {
        "Homepage": "https://forum.example/forum_project_url",
        "Source": "https://forum.example/forum_project_source_url",
        "Issues": "https://forum.example/forum_project_issues_url",
    }
