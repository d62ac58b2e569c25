"""Colours, font and measures: what is refused, what pages get, and that a forum at its defaults gets nothing more."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import settings as trying
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from forum.admin.rules import OPERATOR
from forum.admin.setting_actions import change_settings
from forum.archive.errors import BadArchive
from forum.archive.export import export
from forum.archive.load import load
from forum.infra.errors import Invalid
from forum.models import Member
from forum.site.actions import set_values
from forum.site.appearance import DARK_SCHEME, LIGHT_SCHEME, Appearance, appearance_of
from forum.site.colours import MIN_TEXT_CONTRAST, contrast
from forum.site.queries import snapshot
from tests.admin.conftest import Send
from tests.admin.pages import error_at, parsed, seen_in
from tests.archive.forums import empty_forum
from tests.conftest import log_in
from tests.middleware.guests import Writing, wait_until_visible

APPEARANCE = {"accent": "#8a1c3b", "accent_dark": "", "font": "serif", "corner_radius": "2", "page_width": "1400"}


def sheet_of(client: FlaskClient) -> str:
    """The address of the index's second style sheet; empty if it has none."""
    wait_until_visible(client.application)
    links = parsed(client.get("/")).select('link[rel="stylesheet"]')
    return str(links[1]["href"]) if len(links) > 1 else ""


def save(client: FlaskClient, admin: Send, **changed: str) -> TestResponse:
    """Send the form as it is after opening it and changing some fields."""
    return admin("/admin/appearance", **APPEARANCE | changed, seen=seen_in(client, "/admin/appearance"))


@pytest.mark.parametrize(("one", "other", "ratio"), [("#000000", "#ffffff", 21.0), ("#777777", "#ffffff", 4.48)])
def test_contrast_is_what_wcag_defines(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.01)


@trying(deadline=None)
@given(st.integers(0, 0xFFFFFF))
def test_the_nearest_readable_colour_is_readable_and_only_other_if_it_has_to_be(number: int) -> None:
    colour = f"#{number:06x}"
    for scheme in (LIGHT_SCHEME, DARK_SCHEME):
        nearest = scheme.nearest_readable(colour)
        assert scheme.lowest_contrast(nearest) >= MIN_TEXT_CONTRAST
        assert (nearest == colour) == (scheme.lowest_contrast(colour) >= MIN_TEXT_CONTRAST)


def test_the_backgrounds_are_those_of_the_style_sheet() -> None:
    css = Path("forum/static/app.css").read_text(encoding="utf-8")
    for number, name in enumerate(("paper", "raised", "tint")):
        found = re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\)", css)
        assert found is not None
        assert found[1] in {LIGHT_SCHEME.backgrounds[number], LIGHT_SCHEME.backgrounds[number][:4]}
        assert found[2] == DARK_SCHEME.backgrounds[number]
    plain = Appearance()
    assert f"--accent: light-dark({plain.accent}," in css
    assert f"--radius: {plain.corner_radius}px" in css
    assert f"max-width: {plain.page_width / 16}rem" in css


def test_a_forum_at_its_defaults_gets_no_second_style_sheet(client: FlaskClient) -> None:
    assert sheet_of(client) == ""


def test_what_is_saved_shows_on_guests_pages_and_in_the_log(client: FlaskClient, admin: Send) -> None:
    guest = client.application.test_client()
    guest.get("/")
    assert save(client, admin).status_code == 303
    address = sheet_of(guest)
    answer = guest.get(address)
    assert answer.headers["Cache-Control"].endswith("immutable")
    assert answer.content_type == "text/css; charset=utf-8"
    assert "--accent:light-dark(#8a1c3b," in answer.text
    assert "--radius:2px" in answer.text
    assert "max-width:87.5rem" in answer.text
    assert guest.get("/appearance/0.css").headers["Cache-Control"] == "no-cache"
    log = client.get("/moderation/log").text
    assert "Accent colour" in log
    assert "#0b6472" in log
    assert "Changed" in client.get("/admin/appearance").text

    assert admin("/admin/appearance/reset").status_code == 303
    assert sheet_of(guest) == ""


def test_a_colour_that_cannot_be_read_is_refused_with_its_contrast_and_the_nearest_that_can(
    client: FlaskClient, admin: Send
) -> None:
    answer = save(client, admin, accent=" #FF8800 ")
    assert answer.status_code == 422
    assert "2.13:1" in error_at(answer, "accent")
    assert "#a35700" in error_at(answer, "accent")
    assert 'value=" #FF8800 "' in answer.text
    dark = save(client, admin, accent_dark="#8a1c3b")
    assert DARK_SCHEME.nearest_readable("#8a1c3b") in error_at(dark, "accent_dark")
    assert save(client, admin, accent=" #A35700 ").status_code == 303


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("accent", "red"),
        ("accent", "#fff"),
        ("accent", ""),
        ("accent", "#0b6472;}"),
        ("accent_dark", "var(--ink)"),
        ("font", "x;}body{display:none}"),
        ("corner_radius", "6px"),
        ("corner_radius", "21"),
        ("page_width", "-1"),
    ],
)
def test_nothing_but_colours_numbers_and_known_fonts_is_taken(
    client: FlaskClient, admin: Send, name: str, value: str
) -> None:
    answer = save(client, admin, **{name: value})
    assert answer.status_code == 422
    assert error_at(answer, name)


def test_what_was_stored_in_another_way_gets_into_no_style_sheet() -> None:
    stored = {"accent": "#fff;}", "accent_dark": 3, "font": "}", "corner_radius": "1;", "page_width": True}
    assert appearance_of(stored) == Appearance()


def test_a_preview_shows_what_is_not_saved_to_the_admin_alone(client: FlaskClient, admin: Send) -> None:
    answer = admin("/admin/appearance/preview", **APPEARANCE)
    assert answer.status_code == 200
    links = [str(link["href"]) for link in parsed(answer).select('link[rel="stylesheet"]')]
    assert "#8a1c3b" in client.get(links[-1]).text
    assert urlsplit(links[-1]).path == "/admin/appearance/preview.css"
    assert 'value="#8a1c3b"' in answer.text
    assert sheet_of(client.application.test_client()) == ""
    assert client.application.test_client().get(links[-1]).status_code == 303
    assert admin("/admin/appearance/preview", **APPEARANCE | {"accent": "#ff8800"}).status_code == 422
    assert client.get("/admin/appearance/preview.css?accent=%23fff;").text == ""


def test_the_script_is_told_the_style_sheet_and_the_faults(client: FlaskClient, admin: Send) -> None:
    del admin
    told = client.get("/admin/appearance/check?accent=%23ff8800&corner_radius=3").get_json()
    assert "#ff8800" in told["css"]
    assert "2.13:1" in told["faults"]["accent"]
    assert list(client.get("/admin/appearance/check?corner_radius=x").get_json()["faults"]) == ["corner_radius"]


def test_two_admins_do_not_overwrite_each_other_unseen(client: FlaskClient, admin: Send) -> None:
    seen = seen_in(client, "/admin/appearance")
    admin("/admin/appearance", **APPEARANCE, seen=seen)
    second = admin("/admin/appearance", **APPEARANCE | {"accent": "#00508a"}, seen=seen)
    assert second.status_code == 409
    assert "#8a1c3b" in error_at(second, "accent")
    assert save(client, admin, accent="#00508a").status_code == 303


@pytest.mark.usefixtures("staff")
def test_only_those_who_manage_the_settings_open_it(client: FlaskClient) -> None:
    log_in(client, "mona")
    for path in ("/admin/appearance", "/admin/appearance/preview.css", "/admin/appearance/check"):
        assert client.get(path).status_code == 403


def test_programs_and_commands_change_it_too(olaf: Member) -> None:
    assert change_settings(olaf, {"accent": "#8A1C3B"}) == ["accent"]
    assert snapshot().appearance.accent == "#8a1c3b"
    for wrong in ({"font": "comic"}, {"accent": "#ff8800"}, {"accent": "#8a1c3b", "accent_dark": "}"}):
        with pytest.raises(Invalid):
            change_settings(olaf, wrong)
    assert change_settings(OPERATOR, {"accent": "#8a1c3b", "font": "serif"}) == ["font"]


def test_it_is_exported_and_imported_but_nothing_else(app: Flask, writing: Writing, tmp_path: Path) -> None:
    with writing():
        set_values({"accent": "#8a1c3b", "corner_radius": 0})
    with app.app_context():
        export(tmp_path / "archive")
    with empty_forum(tmp_path / "other"):
        load(tmp_path / "archive")
        assert snapshot().appearance == Appearance(accent="#8a1c3b", corner_radius=0)
    site = tmp_path / "archive" / "site.json"
    site.write_text(json.dumps(json.loads(site.read_text()) | {"accent": "}body{}"}))
    with empty_forum(tmp_path / "third"), pytest.raises(BadArchive, match="accent"):
        load(tmp_path / "archive")
