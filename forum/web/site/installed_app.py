"""The forum as an app on a device: its manifest, its service worker, and the page shown without a connection."""

import json

from flask import Blueprint, Response, render_template, request
from flask_babel import get_locale

from forum.site.queries import Site, snapshot
from forum.web import assets
from forum.web.assets import address_of

blueprint = Blueprint("installed_app", __name__)
MAX_SHORT_NAME = 12  # characters that fit below an icon
A_DAY = "public, max-age=86400"
# browsers ask for the worker with each page, and take it from their cache for that long
AN_HOUR = "public, max-age=3600"
BACKGROUND = "#fdfdfd"
OFFLINE = "/offline"
OFFLINE_ASSETS = ("app.css", "theme.js", "offline.js")
SHIPPED = (("icon-192.png", "192x192", "any"), ("icon-512.png", "512x512", "any"))
SHIPPED_MASKABLE = ("icon-maskable.png", "512x512", "maskable")
OWN = (("icon", "any"), ("icon_512", "any"), ("icon_maskable", "maskable"))


@blueprint.get("/manifest.webmanifest")
def manifest() -> Response:
    """Describe the app to browsers, which then offer to install it."""
    site = snapshot()
    values = {
        "id": "/",
        "name": site.name,
        "short_name": site.name if len(site.name) <= MAX_SHORT_NAME else site.name[:MAX_SHORT_NAME].strip(),
        "description": site.description,
        "lang": str(get_locale()).replace("_", "-"),
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": BACKGROUND,
        "theme_color": site.appearance.accent,
        "icons": _icons(site),
        "shortcuts": [],
    }
    body = json.dumps({name: value for name, value in values.items() if value}, ensure_ascii=False)
    return _cached(Response(body, content_type="application/manifest+json; charset=utf-8"), A_DAY)


def _icons(site: Site) -> list[dict[str, str]]:
    """The operator's icon in the sizes that are stored, or ours."""
    pictures = [(site.pictures[name], purpose) for name, purpose in OWN if name in site.pictures]
    if pictures:
        return [_icon(each.path, f"{each.width}x{each.height}", purpose) for each, purpose in pictures]
    return [_icon(address_of(name), size, purpose) for name, size, purpose in (*SHIPPED, SHIPPED_MASKABLE)]


def _icon(path: str, sizes: str, purpose: str) -> dict[str, str]:
    return {"src": path, "sizes": sizes, "type": "image/png", "purpose": purpose}


@blueprint.get("/service-worker.js")
def service_worker() -> Response:
    """The service worker, with the addresses that it keeps: the page shown without a connection, and its files."""
    icons = _icons(snapshot())
    values = {"page": OFFLINE, "files": _offline_files(), "icon": icons[0]["src"]}
    body = f"const SITE = {json.dumps(values)};\n".encode() + assets.assets()["site_worker.js"].bodies[""]
    response = Response(body, content_type="text/javascript; charset=utf-8")
    response.headers["Service-Worker-Allowed"] = "/"
    return _cached(response, AN_HOUR)


def _offline_files() -> list[str]:
    own = snapshot().style_sheet.path
    return [*map(address_of, OFFLINE_ASSETS), *([own] if own else [])]


@blueprint.get(OFFLINE)
def offline() -> str:
    """The page shown without a connection; it is the same for everybody and says nothing of the visitor."""
    return render_template("offline.html")


def _cached(response: Response, cache_control: str) -> Response:
    response.headers["Cache-Control"] = cache_control
    response.add_etag()
    response.make_conditional(request)  # in place
    return response
