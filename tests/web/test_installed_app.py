"""The forum as an app: its manifest, icons, service worker, and the page shown without a connection."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from forum.admin.image_actions import encode_image, set_image
from forum.admin.rules import OPERATOR
from forum.admin.setting_actions import change_settings
from tests.conftest import log_in
from tests.factories import a_member, a_thread

Writing = Callable[[], AbstractContextManager[None]]
LINK = '<link rel="manifest" href="/manifest.webmanifest">'


def icons_of(client: FlaskClient) -> dict[tuple[str, str], bytes]:
    """The icons of the manifest by size and purpose."""
    icons = client.get("/manifest.webmanifest").get_json()["icons"]
    return {(icon["sizes"], icon["purpose"]): client.get(icon["src"]).data for icon in icons}


def test_members_can_install_the_forum_from_the_index_and_their_account(client: FlaskClient, writing: Writing) -> None:
    """Not from threads: browsers fetch the manifest and its icons with each page that names it."""
    with writing():
        a_thread()
        a_member("anna")
    assert client.get("/").text.count(LINK) == 0
    log_in(client, "anna")
    named = [path for path in ("/", "/account/notifications", "/threads/1-thread-one") if LINK in client.get(path).text]
    assert named == ["/", "/account/notifications"]


def test_the_manifest_has_the_name_and_colours_of_the_forum(client: FlaskClient, writing: Writing) -> None:
    with writing():
        change_settings(OPERATOR, {"name": "Friends of the <sea> & moon", "accent": "#7a1f5c"})
    answer = client.get("/manifest.webmanifest")
    assert answer.content_type == "application/manifest+json; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    manifest = answer.get_json()
    assert (manifest["name"], manifest["short_name"]) == ("Friends of the <sea> & moon", "Friends of t")
    assert (manifest["theme_color"], manifest["display"]) == ("#7a1f5c", "standalone")
    assert {manifest[name] for name in ("id", "start_url", "scope")} == {"/"}


def test_the_icons_are_ours_or_made_of_the_operators(client: FlaskClient, writing: Writing) -> None:
    sizes = {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")}
    ours = icons_of(client)
    picture = BytesIO()
    Image.new("RGB", (600, 600), "#ff0000").save(picture, "PNG")
    with writing():
        set_image(OPERATOR, "icon", encode_image("icon", picture.getvalue()))
    theirs = icons_of(client)
    for icons in (ours, theirs):
        assert set(icons) == sizes
        for (size, _), content in icons.items():
            assert "x".join(map(str, Image.open(BytesIO(content)).size)) == size
    assert not set(ours.values()) & set(theirs.values())
    masked = Image.open(BytesIO(theirs["512x512", "maskable"])).convert("RGB")
    assert masked.getpixel((256, 256)) == (255, 0, 0)
    assert masked.getpixel((10, 256)) == (255, 255, 255)  # what systems cut off
    with writing():
        set_image(OPERATOR, "icon", {})
    assert icons_of(client) == ours


def test_an_icon_of_before_that_has_no_large_sizes_is_used(client: FlaskClient, writing: Writing) -> None:
    picture = BytesIO()
    Image.new("RGB", (600, 600), "#ff0000").save(picture, "PNG")
    small = {name: each for name, each in encode_image("icon", picture.getvalue()).items() if name == "icon"}
    with writing():
        set_image(OPERATOR, "icon", small)
    assert set(icons_of(client)) == {("192x192", "any")}


def test_the_service_worker_controls_the_site_and_is_asked_for_rarely(client: FlaskClient) -> None:
    answer = client.get("/service-worker.js")
    assert answer.content_type == "text/javascript; charset=utf-8"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert "worker-src 'self'" in client.get("/").headers["Content-Security-Policy"]
    assert client.get("/service-worker.js", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_the_page_without_a_connection_is_the_same_for_everybody(
    app: Flask, client: FlaskClient, writing: Writing
) -> None:
    with writing():
        a_member("anna")
    guest = app.test_client().get("/offline")
    log_in(client, "anna")
    assert client.get("/offline").data == guest.data
    assert "No connection" in guest.text
    assert "Set-Cookie" not in guest.headers
    files = [part.split('"')[0] for part in guest.text.split('="/static/')[1:]]
    worker = client.get("/service-worker.js").text
    assert files
    for file in files:
        assert f'"/static/{file}"' in worker
        assert client.get(f"/static/{file}").status_code == 200


@pytest.mark.parametrize("path", ["/manifest.webmanifest", "/service-worker.js", "/offline"])
def test_they_name_no_member_and_set_nothing(client: FlaskClient, writing: Writing, path: str) -> None:
    with writing():
        a_member("anna")
    log_in(client, "anna")
    answer = client.get(path)
    assert "anna" not in answer.text
    assert "Set-Cookie" not in answer.headers
