"""The style sheet of the forum's own colours, font and measures."""

from flask import Blueprint, Response

from forum.site.queries import snapshot
from forum.web.assets import IMMUTABLE

blueprint = Blueprint("appearance", __name__)


@blueprint.get("/appearance/<version>.css")
def style_sheet(version: str) -> Response:
    """Serve the style sheet: immutable under the current version, `no-cache` under any other."""
    chosen = snapshot().appearance
    response = Response(chosen.css, content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = IMMUTABLE if version == chosen.version else "no-cache"
    return response
