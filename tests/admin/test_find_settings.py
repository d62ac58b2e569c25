"""The search over administration finds settings, pages and lists, and leads to the field."""

import pytest
from flask.testing import FlaskClient

from forum.admin.setting_actions import ASK_TO_ACCEPT, NAMES
from forum.infra.database.db import session
from forum.models import GroupRight, Right
from forum.site.actions import bump_version
from forum.web.settings.fields import BY_NAME
from tests.admin.conftest import Send
from tests.admin.pages import parsed, seen_in
from tests.conftest import log_in
from tests.middleware.guests import Writing


def paths_found(client: FlaskClient, asked: str) -> list[str]:
    answer = client.get("/admin", query_string={"q": asked})
    assert answer.status_code == 200
    return [str(link["href"]) for link in parsed(answer).select("main .rows a.link")]


def test_every_setting_has_a_field() -> None:
    assert set(BY_NAME) == {*NAMES, ASK_TO_ACCEPT}


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("captcha", "/admin/settings#setting-registration_question"),
        ("2FA", "/admin/settings#setting-staff_two_factor"),
        ("flood_seconds", "/admin/settings#setting-flood_seconds"),
        ("accent colour", "/admin/appearance#setting-accent"),
        ("dkim", "/admin/mail"),
        ("announcement", "/admin/notices"),
        ("reindex", "/admin/search-index"),
        ("rules", "/admin/boards"),
        ("banners", "/admin/groups"),
        ("talk", "/admin/boards/1"),
        ("moderators", "/admin/groups/3"),
        ("anna", "/admin/members/3"),
        ("FORUM_BASE_URL", "/admin/health#setting-FORUM_BASE_URL"),
    ],
)
@pytest.mark.usefixtures("admin")
def test_what_is_looked_for_is_found(client: FlaskClient, asked: str, path: str) -> None:
    assert path in paths_found(client, asked)
    page, _, anchor = path.partition("#")
    assert not anchor or parsed(client.get(page)).select_one(f'[id="{anchor}"]') is not None


def test_only_what_the_visitor_may_open_is_found(client: FlaskClient, planners: None, writing: Writing) -> None:
    with writing():
        session.add(GroupRight(group_id=5, right=Right.MANAGE_BOARDS, is_granted=True))
        bump_version()
    log_in(client, "anna")
    assert paths_found(client, "talk") == ["/admin/boards/1"]
    for asked in ("captcha", "accent", "mail", "planners", "olaf", "FORUM_BASE_URL"):
        assert paths_found(client, asked) == [], asked


@pytest.mark.usefixtures("admin")
def test_the_box_holds_what_was_looked_for_and_nothing_on_other_pages(client: FlaskClient) -> None:
    boxes = [parsed(client.get(page)).select_one("#admin-q") for page in ("/admin?q=captcha", "/admin/statistics")]
    assert [box and box["value"] for box in boxes] == ["captcha", ""]


def test_nothing_found_says_so_and_markup_is_escaped(client: FlaskClient, admin: Send) -> None:
    answer = client.get("/admin", query_string={"q": '"><script>'})
    assert "Nothing found." in answer.text
    assert '"><script>' not in answer.text


@pytest.mark.parametrize("address", ["/admin/settings/default", "/admin/appearance/default"])
def test_a_default_is_filled_in_and_nothing_typed_is_lost(client: FlaskClient, admin: Send, address: str) -> None:
    page = address.removesuffix("/default")
    name, other = ("flood_seconds", "description") if page == "/admin/settings" else ("page_width", "accent")
    default = {"flood_seconds": "30", "page_width": "1192"}[name]
    answer = admin(address, **{"default": name, name: "999", other: "#123456", "seen": seen_in(client, page)})
    found = parsed(answer)
    assert found.select_one(f"#{name}")["value"] == default  # type: ignore[index]
    assert found.select_one(f"#{other}")["value"] == "#123456"  # type: ignore[index]
    assert "It is not saved yet." in answer.text
    assert admin(address, default="unknown").status_code == 404


def test_a_switch_that_is_off_by_default_is_not_ticked(client: FlaskClient, admin: Send) -> None:
    typed = {"default": "remote_images", "remote_images": "yes", "staff_two_factor": "yes"}
    found = parsed(admin("/admin/settings/default", **typed))
    assert not found.select_one('[name="remote_images"]').has_attr("checked")  # type: ignore[union-attr]
    assert found.select_one('[name="staff_two_factor"]').has_attr("checked")  # type: ignore[union-attr]
