"""The logo and icons: what is taken, what is stored of it, where it shows, and who may change it."""

import hashlib
import random
import struct
import time
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from forum.admin.image_actions import KINDS, MAX_UPLOAD_BYTES, encode_image
from forum.archive.export import export
from forum.archive.load import load
from forum.infra.database.db import session
from forum.infra.errors import Invalid
from forum.models import SiteImage
from forum.site.queries import snapshot
from tests.admin.conftest import Send
from tests.admin.pages import error_at, parsed
from tests.archive.forums import empty_forum
from tests.conftest import log_in, token_in
from tests.middleware.guests import wait_until_visible

SECRET = b"52.5200 N, 13.4050 E"
MOST_CPU = 0.5  # seconds: five times the bar, because the test machine is shared


def a_picture(width: int = 600, height: int = 200, file_format: str = "PNG", **options: object) -> bytes:
    """A picture file with two colours."""
    image = Image.new("RGB", (width, height), "#8a1c3b")
    image.paste("#ffffff", (width // 4, height // 4, width // 2, height // 2))
    target = BytesIO()
    image.save(target, file_format, **options)
    return target.getvalue()


def upload(admin: Send, kind: str, content: bytes, **more: str) -> TestResponse:
    return admin(f"/admin/appearance/{kind}", **{kind: (BytesIO(content), "x.png")}, **more)


def seen_of(client: FlaskClient, kind: str) -> str:
    """The fingerprint in the form of a picture."""
    field = parsed(client.get("/admin/appearance")).select_one(f'input[name="seen_{kind}"]')
    assert field is not None
    return str(field["value"])


def put(client: FlaskClient, admin: Send, kind: str, content: bytes) -> TestResponse:
    return upload(admin, kind, content, **{f"seen_{kind}": seen_of(client, kind)})


def test_a_logo_stands_in_place_of_the_name_until_it_is_removed(client: FlaskClient, admin: Send) -> None:
    guest = client.application.test_client()
    assert "<img" not in guest.get("/").text
    assert put(client, admin, "logo", a_picture()).status_code == 303
    wait_until_visible(client.application)
    page = parsed(guest.get("/"))
    (logo,) = page.select(".brand img")
    assert (logo["width"], logo["height"], logo["alt"]) == ("96", "32", snapshot_name(client))
    assert page.select_one(".brand").get_text(strip=True) == ""  # type: ignore[union-attr]
    answer = guest.get(str(logo["src"]))
    assert answer.headers["Cache-Control"].endswith("immutable")
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.content_type == "image/webp"
    assert Image.open(BytesIO(answer.data)).size == (288, 96)
    assert "setting:logo" in client.get("/moderation/log").text

    assert admin("/admin/appearance/logo/delete", seen_logo=seen_of(client, "logo")).status_code == 303
    wait_until_visible(client.application)
    assert not parsed(guest.get("/")).select(".brand img")
    assert guest.get(str(logo["src"])).status_code == 404


def snapshot_name(client: FlaskClient) -> str:
    with client.application.app_context():
        return snapshot().name


def test_with_a_logo_for_dark_mode_each_scheme_has_its_own(client: FlaskClient, admin: Send) -> None:
    put(client, admin, "logo_dark", a_picture(64, 64))
    assert not parsed(client.get("/")).select(".brand img")  # without a logo it is of no use
    put(client, admin, "logo", a_picture())
    page = parsed(client.get("/"))
    assert [image["class"] for image in page.select(".brand img")] == [["on-light"], ["on-dark"]]
    sheet = page.select('link[rel="stylesheet"]')[1]["href"]
    assert ".on-dark" in client.get(str(sheet)).text


def test_an_icon_is_made_in_all_sizes(client: FlaskClient, admin: Send) -> None:
    ours = client.get("/favicon.ico").data
    assert put(client, admin, "icon", a_picture(300, 200)).status_code == 303
    page = parsed(client.get("/"))
    sizes = {}
    for rel in ("icon", "apple-touch-icon"):
        (link,) = page.select(f'link[rel="{rel}"]')
        sizes[rel] = Image.open(BytesIO(client.get(str(link["href"])).data)).size
    assert sizes == {"icon": (192, 192), "apple-touch-icon": (180, 180)}
    icon = client.get("/favicon.ico").data
    assert icon != ours
    assert Image.open(BytesIO(icon)).info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    admin("/admin/appearance/icon/delete", seen_icon=seen_of(client, "icon"))
    assert client.get("/favicon.ico").data == ours
    with client.application.app_context():
        assert session.scalars(select(SiteImage.name)).all() == []


def a_bomb() -> bytes:
    """A small PNG file that says it has 30,000 × 30,000 pixels."""
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(10_000))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "Choose a file."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not a PNG"),
        (b"GIF89a" + bytes(40), "not a PNG"),
        (a_picture()[:300], "not a PNG"),
        (a_picture(60, 20, "BMP"), "not a PNG"),
        (a_picture(2100, 2000), "4 million pixels"),
        (a_bomb(), "4 million pixels"),
        (bytes(MAX_UPLOAD_BYTES + 1), "at most 256 kB"),
    ],
    ids=["nothing", "svg", "broken gif", "cut off", "bmp", "too many pixels", "bomb", "too large"],
)
def test_what_is_no_picture_or_too_large_is_refused_at_its_field(
    client: FlaskClient, admin: Send, content: bytes, said: str
) -> None:
    answer = put(client, admin, "logo", content)
    assert answer.status_code == 422
    assert said in error_at(answer, "logo")
    assert 'value="#0b6472"' in answer.text  # the other form is as it was


def test_a_form_without_a_file_part_has_no_file(admin: Send) -> None:
    answer = admin("/admin/appearance/logo", logo="not a file")
    assert (answer.status_code, "Choose a file." in answer.text) == (422, True)


def test_an_icon_must_not_be_tiny() -> None:
    with pytest.raises(Invalid) as refused:
        encode_image("icon", a_picture(40, 60))
    assert "at least 48" in str(refused.value.fields["icon"][0])


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP", "GIF"])
def test_nothing_but_the_picture_is_kept(file_format: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET.decode()
    options: dict[str, Any] = {"comment": SECRET} if file_format == "GIF" else {"exif": exif}
    content = a_picture(file_format=file_format, **options)
    assert SECRET in content
    for kind in KINDS:
        assert all(SECRET not in each.content for each in encode_image(kind, content + SECRET).values())


def test_the_dearest_picture_takes_little_time() -> None:
    noise = Image.frombytes("RGB", (280, 280), random.Random(1).randbytes(280 * 280 * 3))
    dear = Image.new("RGB", (2000, 2000))
    dear.paste(noise, (0, 0))
    target = BytesIO()
    dear.save(target, "PNG")
    assert len(target.getvalue()) < MAX_UPLOAD_BYTES
    for kind in KINDS:
        began = time.process_time()
        encode_image(kind, target.getvalue())
        assert time.process_time() - began < MOST_CPU


def test_two_admins_do_not_overwrite_each_other_unseen(client: FlaskClient, admin: Send) -> None:
    seen = seen_of(client, "logo")
    upload(admin, "logo", a_picture(), seen_logo=seen)
    second = upload(admin, "logo", a_picture(64, 64), seen_logo=seen)
    assert second.status_code == 409
    assert "Stored now" in error_at(second, "logo")
    assert put(client, admin, "logo", a_picture(64, 64)).status_code == 303


@pytest.mark.usefixtures("staff")
def test_only_those_who_manage_the_settings_change_them(client: FlaskClient) -> None:
    log_in(client, "mona")
    token = token_in(client.get("/account").text)
    for path in ("/admin/appearance/logo", "/admin/appearance/icon/delete"):
        assert client.post(path, data={"csrf_token": token}).status_code == 403


def test_they_are_exported_and_imported(client: FlaskClient, app: Flask, admin: Send, tmp_path: Path) -> None:
    put(client, admin, "logo", a_picture())
    with app.app_context():
        export(tmp_path / "archive")
        before = snapshot().pictures
    with empty_forum(tmp_path / "other"):
        load(tmp_path / "archive")
        assert snapshot().pictures == before
        row = session.scalars(select(SiteImage)).one()
        assert hashlib.sha256(row.content).hexdigest() == row.digest


def test_an_unknown_picture_is_not_found(client: FlaskClient) -> None:
    for path in ("/site-images/x.webp", "/site-images/app.css"):
        assert client.get(path).status_code == 404
