"""An admin backs the forum up and restores it elsewhere, and looks at health and mail, also on a phone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.cli.commands import forum
from tests.databases import on_postgres
from tests.pages.conftest import ADMIN

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scripts"), [(390, False), (1440, True)], ids=["phone without scripts", "desk"])
def test_a_backup_is_made_downloaded_and_restored_elsewhere(
    visit: Callable[..., Page], tmp_path: Path, width: int, scripts: bool
) -> None:
    page = visit("/admin/backups", as_member=ADMIN, width=width, scripts=scripts)
    before = page.locator(".admin-row").count()
    page.get_by_role("button", name="Make a backup now").click()
    expect(page.locator(".toast")).to_contain_text("The backup is being made in the background.")
    for _ in range(100):
        if not page.get_by_role("link", name="Reload").count():
            break
        page.wait_for_timeout(300)
        page.goto("/admin/backups")
    expect(page.locator(".admin-row")).to_have_count(before + 1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").first.click()
    copy = tmp_path / download.value.suggested_filename
    download.value.save_as(copy)
    assert f"forum restore {copy.name}" in page.locator("main").inner_text()
    if not on_postgres():  # tests/archive/test_backup.py restores a dump
        restored = forum(tmp_path / "elsewhere", "restore", str(copy))
        assert restored.stdout.splitlines()[-1] == "All counters are correct.", restored.stderr
        assert "at least one admin" in forum(tmp_path / "elsewhere", "set-role", ADMIN, "member").stderr


@pytest.mark.parametrize("width", [390, 1440])
def test_health_and_mail_are_looked_at(visit: Callable[..., Page], width: int) -> None:
    page = visit("/admin/health", as_member=ADMIN, width=width)
    page.get_by_role("button", name="Run all checks").click()
    expect(page.locator(".admin-row").filter(has_text="Schema")).to_contain_text("up to date")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if width == 390:  # the other pages are listed on the overview
        page.get_by_role("navigation", name="Breadcrumb").get_by_role("link", name="Administration").click()
    page.get_by_role("navigation", name="Administration").get_by_role("link", name="Mail").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Mail")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
