"""Static files: held in memory, compressed once, and served under URLs that change with their content."""

import gzip
import hashlib
import mimetypes
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

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
IMPORT = re.compile(r"""^import \{[^}]*\} from "(\.{1,2}/[\w/]+\.js)";\n""", re.MULTILINE)
COMMENT = re.compile(r"^[ \t]*(?://[^\n]*|/\*\*.*?\*/)\n", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Asset:
    """A static file's body in each content encoding."""

    content_type: str
    version: str
    bodies: dict[str, bytes]


@cache
def assets() -> dict[str, Asset]:
    """Every file in the static folder by name; those in its folders are parts of the scripts that import them."""
    return {path.name: _read(path.name, body_of(path)) for path in sorted(STATIC.iterdir()) if path.is_file()}


def body_of(path: Path) -> bytes:
    """What is served of a static file: a script with the modules it imports, as one request, and without comments."""
    if path.suffix != ".js":
        return path.read_bytes()
    return COMMENT.sub("", "".join(_with_imports(path, set()))).encode()


def _with_imports(path: Path, seen: set[Path]) -> list[str]:
    """The texts of the modules that a script imports by name, each once and before its first use, then its own."""
    script, texts = path.read_text(encoding="utf-8"), []
    for name in IMPORT.findall(script):
        part = (path.parent / name).resolve()
        if part not in seen:
            seen.add(part)
            texts += [re.sub(r"^export ", "", text, flags=re.MULTILINE) for text in _with_imports(part, seen)]
    return [*texts, IMPORT.sub("", script)]


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
    """The URL of an asset; all share one version."""
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
