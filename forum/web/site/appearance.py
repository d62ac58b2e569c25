"""The forum's own style sheet and pictures, as admins have chosen them."""

from flask import Blueprint, Response

from forum.infra.errors import NotFound
from forum.site.images import content_at
from forum.site.queries import follow_database, snapshot
from forum.web.assets import IMMUTABLE

blueprint = Blueprint("appearance", __name__)
SANDBOX = "default-src 'none'; sandbox"  # also of a picture that is opened alone


@blueprint.get("/appearance/<version>.css")
def style_sheet(version: str) -> Response:
    """Serve the style sheet: immutable under the current version, `no-cache` under any other."""
    if version != snapshot().style_sheet.version:  # a page of another process may know a newer one
        follow_database()
    sheet = snapshot().style_sheet
    response = Response(sheet.css, content_type="text/css; charset=utf-8")
    response.headers["Cache-Control"] = IMMUTABLE if version == sheet.version else "no-cache"
    return response


@blueprint.get("/site-images/<name>")
def site_image(name: str) -> Response:
    """Serve the logo or an icon."""
    path = f"/site-images/{name}"
    found = content_at(path, snapshot().pictures)
    if found is None:  # a page of another process may know a newer one
        follow_database()
        found = content_at(path, snapshot().pictures)
    if found is None:
        raise NotFound
    response = Response(found[1], content_type=found[0])
    response.headers["Cache-Control"] = IMMUTABLE
    response.headers["Content-Security-Policy"] = SANDBOX
    return response
