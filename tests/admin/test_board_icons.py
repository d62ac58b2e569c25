"""A board's icon is small, kept by browsers for long, and hidden with its board."""

from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from forum.admin.board_icons import encode_icon, set_icon
from forum.admin.groups.access_actions import set_list
from forum.admin.rules import OPERATOR
from forum.infra.database.db import session
from forum.models import AccessLevel, Board, BuiltInGroup
from forum.site.access import AccessEntry
from tests.admin.conftest import Send
from tests.admin.pages import error_at, parsed
from tests.conftest import log_in
from tests.middleware.guests import Writing, guest_get, wait_until_visible


def picture(width: int = 300, height: int = 200, file_format: str = "PNG") -> BytesIO:
    stream = BytesIO()
    Image.radial_gradient("L").resize((width, height)).convert("RGB").save(stream, file_format)
    stream.seek(0)
    return stream


def test_an_uploaded_picture_is_shown_beside_the_board(app: Flask, client: FlaskClient, admin: Send) -> None:
    guest = app.test_client()
    plain = guest_get(guest, "/").text
    assert "board-icon" not in plain
    assert client.get("/").text.count("board-icon") == 0
    given = {"seen_icon": "", "icon": (picture(), "photo.png")}
    assert admin("/admin/boards/1/icon", **given).status_code == 409
    page = parsed(client.get("/admin/boards/1"))
    seen = str(page.select_one('[name="seen_icon"]')["value"])  # type: ignore[index]
    assert admin("/admin/boards/1/icon", icon=(picture(), "photo.png"), seen_icon=seen).status_code == 303
    wait_until_visible(app)
    shown = parsed(guest_get(guest, "/")).select_one("main .board-row img")
    assert shown is not None
    assert (shown["width"], shown["height"], shown["loading"], shown["alt"]) == ("40", "40", "lazy", "")
    icon = guest_get(guest, str(shown["src"]))
    assert icon.content_type == "image/webp"
    assert icon.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "sandbox" in icon.headers["Content-Security-Policy"]
    assert Image.open(BytesIO(icon.data)).size == (96, 96)
    assert len(icon.data) < 10_000
    assert parsed(guest_get(guest, "/boards/1-talk")).select_one(".page-head img") is not None
    assert client.get("/api/v1/boards/1").json["icon_url"].endswith(str(shown["src"]))  # type: ignore[index]
    refused = admin("/admin/boards/1/icon", icon=(BytesIO(b"<svg/>"), "x.svg"), seen_icon="x")
    assert "not a PNG" in error_at(refused, "icon")


def test_the_icon_of_a_hidden_board_is_hidden(app: Flask, client: FlaskClient, admin: Send, writing: Writing) -> None:
    with writing():
        set_icon(OPERATOR, session.get_one(Board, 1), encode_icon(picture().read()))
    guest = app.test_client()
    path = str(parsed(client.get("/")).select_one("main .board-row img")["src"])  # type: ignore[index]
    assert guest_get(guest, path).status_code == 200
    with writing():
        set_list(OPERATOR, session.get_one(Board, 1), [AccessEntry(BuiltInGroup.MEMBERS, AccessLevel.SEE)])
    wait_until_visible(app)
    assert guest_get(guest, path).status_code == 404
    log_in(anna := app.test_client(), "anna")
    private = anna.get(path)
    assert (private.status_code, private.headers["Cache-Control"]) == (200, "private, no-cache")
    again = anna.get(path, headers={"If-None-Match": private.headers["ETag"]})
    assert again.status_code == 304
    assert guest.get("/board-icons/1-00000000000000000000.webp").status_code == 404
    seen = str(parsed(client.get("/admin/boards/1")).select_one('[name="seen_icon"]')["value"])  # type: ignore[index]
    assert admin("/admin/boards/1/icon/delete", seen_icon=seen).status_code == 303
    assert anna.get(path).status_code == 404
