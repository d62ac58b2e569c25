"""Icons come from one sprite: aligned to device pixels, each at its position, and only existing ones are used."""

import re
from xml.etree import ElementTree

import pytest

from forum.infra.paths import STATIC, TEMPLATES

SIDE = 24  # of an icon in the sprite
STYLE = (STATIC / "app.css").read_text()
PICTURE = ElementTree.fromstring((STATIC / "icons.svg").read_text())  # noqa: S314 - our own
NAMES = [str(path.get("id")) for path in PICTURE]
PLACES = {name: int(place) for name, place in re.findall(r"\.i-([a-z]+) \{ --i: (\d+); \}", STYLE)}
SIZES = re.findall(r"--z: ([^;]+);", STYLE)


def test_the_sprite_is_a_row_of_squares() -> None:
    assert (PICTURE.get("width"), PICTURE.get("height")) == (str(SIDE * len(NAMES)), str(SIDE))
    for number, path in enumerate(PICTURE):
        assert path.get("transform", "translate(0)") == f"translate({SIDE * number})"


def test_the_style_sheet_has_the_position_of_each_icon() -> None:
    assert {name: number for number, name in enumerate(NAMES)} == PLACES


@pytest.mark.parametrize("ratio", [1, 1.25, 1.5, 1.75, 2, 2.5, 3])
def test_every_icon_is_whole_device_pixels_high(ratio: float) -> None:
    assert SIZES
    for size in SIZES:
        assert size.endswith("px"), size
        assert (float(size.removesuffix("px")) * ratio).is_integer(), size


def test_templates_use_only_icons_that_exist() -> None:
    used = {
        name
        for page in TEMPLATES.rglob("*.html")
        for name in re.findall(r"icon\(\"([a-z]+)\"\)|\bi-([a-z]+)\"", page.read_text())
        for name in name
        if name
    }
    assert used <= set(NAMES)
