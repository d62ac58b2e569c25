"""Letter avatars: the first letter of a name on a colour derived from the name."""

import hashlib
import re
from functools import lru_cache

from flask import Blueprint, Response, abort

blueprint = Blueprint("avatars", __name__)
HUES = 24
FOR_EVER = "public, max-age=31536000, immutable"


@lru_cache(maxsize=4000)
def letter(name: str) -> str:
    """The first letter or digit of a name, in upper case."""
    return next((mark.upper()[:1] for mark in name if mark.isalnum()), "?")


@lru_cache(maxsize=4000)
def hue(name: str) -> int:
    """One of 24 hues, the same for a name wherever it is shown."""
    return hashlib.sha256(name.casefold().encode()).digest()[0] % HUES


def avatar_url(name: str) -> str:
    """The URL of a name's avatar image, for API clients and feeds."""
    return f"/avatars/{ord(letter(name)):x}-{hue(name)}.svg"


@blueprint.get("/avatars/<name>.svg")
def avatar(name: str) -> Response:
    """Draw a letter avatar as SVG from its URL alone."""
    parts = re.fullmatch(r"([0-9a-f]{2,5})-(\d{1,2})", name)
    if parts is None or int(parts[2]) >= HUES or not (mark := chr(int(parts[1], 16))).isalnum():
        abort(404)
    degrees = int(parts[2]) * 360 // HUES
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img">'
        f'<rect width="96" height="96" fill="hsl({degrees} 45% 30%)"/>'
        '<text x="48" y="50" fill="#fff" font-family="system-ui,sans-serif" font-size="48" text-anchor="middle"'
        f' dominant-baseline="central">{mark}</text></svg>'
    )
    response = Response(svg, content_type="image/svg+xml; charset=utf-8")
    response.headers["Cache-Control"] = FOR_EVER
    return response
