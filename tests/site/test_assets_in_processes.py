"""Style sheets, pictures and icons of a page are found in every process, as soon as one process refers to them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from forum.admin.board_icons import encode_icon, set_icon
from forum.admin.image_actions import encode_image, set_image
from forum.admin.rules import OPERATOR
from forum.admin.setting_actions import change_settings
from forum.infra.database.db import session, transaction
from forum.models import Board
from forum.site.queries import snapshot
from tests.factories import a_board

Writing = Callable[[], AbstractContextManager[None]]


def picture() -> bytes:
    target = BytesIO()
    Image.new("RGB", (300, 300), "#7a1f5c").save(target, "PNG")
    return target.getvalue()


def change_colour() -> None:
    change_settings(OPERATOR, {"accent": "#7a1f5c"})


def change_logo() -> None:
    set_image(OPERATOR, "logo", encode_image("logo", picture()))


def change_icon() -> None:
    set_icon(OPERATOR, session.query(Board).one(), encode_icon(picture()))


@pytest.mark.parametrize(
    ("change", "path_of"),
    [
        (change_colour, lambda: snapshot().style_sheet.path),
        (change_logo, lambda: snapshot().pictures["logo"].path),
        (change_icon, lambda: next(iter(snapshot().tree)).icon),
    ],
    ids=["style sheet", "logo", "icon of a board"],
)
def test_what_one_process_refers_to_every_process_serves_at_once(
    client: FlaskClient, writing: Writing, elsewhere: Flask, change: Callable[[], object], path_of: Callable[[], str]
) -> None:
    with writing():
        a_board()
    client.get("/")  # so that this process has a snapshot from before
    with elsewhere.app_context(), transaction():
        change()
    with elsewhere.app_context():
        path = path_of()
    content = elsewhere.test_client().get(path).data
    assert content
    answer = client.get(path)
    assert (answer.status_code, answer.data) == (200, content)
    assert "immutable" in answer.headers["Cache-Control"]
