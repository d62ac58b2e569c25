"""Static files: held in memory, compressed once, and served under URLs that change with their content."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache

import brotli
from flask import Blueprint, Response, abort, request

from forum.infra.paths import STATIC

blueprint = Blueprint("assets", __name__)
IMMUTABLE = "public, max-age=31536000, immutable"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".ico": "image/x-icon",
    ".png": "image/png",
}


@dataclass(frozen=True)
class Asset:
    """A static file's body in each content encoding."""

    content_type: str
    version: str
    bodies: dict[str, bytes]


@cache
def assets() -> dict[str, Asset]:
    """Every file in the static folder by name."""
    return {path.name: _read(path.name, path.read_bytes()) for path in sorted(STATIC.iterdir()) if path.is_file()}


def _read(name: str, body: bytes) -> Asset:
    ending = "." + name.rsplit(".", 1)[-1]
    kind = TYPES.get(ending) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    bodies = {"": body}
    if "charset" in kind or kind.startswith(("text/", "application/manifest")):
        bodies |= {"gzip": gzip.compress(body, 9, mtime=0), "br": brotli.compress(body, quality=11)}
    return Asset(kind, _version(body), bodies)


def _version(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:10]


@cache
def _bundle_version() -> str:
    return _version(b"".join(asset.bodies[""] for asset in assets().values()))


def address_of(name: str) -> str:
    """The URL of an asset; all share one version, so that modules can import each other by relative URL."""
    return f"/static/{_bundle_version()}/{name}"


@blueprint.get("/static/<version>/<name>")
def asset(version: str, name: str) -> Response:
    """Serve an asset: immutable under the current version, `no-cache` under any other."""
    file = assets().get(name)
    if file is None:
        abort(404)
    encoding = request.accept_encodings.best_match([name for name in ("br", "gzip") if name in file.bodies]) or ""
    response = Response(file.bodies[encoding], content_type=file.content_type)
    response.headers["Cache-Control"] = IMMUTABLE if version == _bundle_version() else "no-cache"
    response.headers["Vary"] = "Accept-Encoding"
    if encoding:
        response.headers["Content-Encoding"] = encoding
    return response
