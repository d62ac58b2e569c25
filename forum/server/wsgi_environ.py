"""Converts an ASGI request to a WSGI environ."""

import sys
from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

Scope = dict[str, Any]
Environ = dict[str, Any]
UNPREFIXED = frozenset({"CONTENT_TYPE", "CONTENT_LENGTH"})
SINGLE_HEADERS = UNPREFIXED | {"HTTP_HOST", "HTTP_AUTHORIZATION", "HTTP_ORIGIN", "HTTP_USER_AGENT"}
SEPARATORS = {"HTTP_COOKIE": "; "}
CHUNKED = "HTTP_TRANSFER_ENCODING"


class BadRequest(ValueError):
    """A request that is malformed or ambiguous."""


def environ_of(scope: Scope) -> Environ:
    """The environ of a request without its body; raises BadRequest.

    Headers with an underscore in their name are dropped: in WSGI they would pass for the ones with a hyphen.
    """
    path = scope.get("raw_path") or scope["path"].encode()
    if not path.startswith(b"/"):
        raise BadRequest("The address does not begin with a slash.")
    host, port = scope.get("server") or ("", "")
    address, _ = scope.get("client") or ("", "")
    environ: Environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": address,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    _add_headers(environ, scope["headers"])
    return environ


def _add_headers(environ: Environ, headers: Iterable[tuple[bytes, bytes]]) -> None:
    for raw_name, raw_value in headers:
        key = _key_of(raw_name)
        if not key:
            continue
        value = raw_value.decode("latin-1")
        if key in environ:
            if key in SINGLE_HEADERS:
                raise BadRequest(f"{key} was sent twice.")
            value = f"{environ[key]}{SEPARATORS.get(key, ', ')}{value}"
        environ[key] = value


@lru_cache(maxsize=512)
def _key_of(raw_name: bytes) -> str:
    """The WSGI key of a header; empty for a name with an underscore."""
    name = raw_name.decode("latin-1").upper()
    if "_" in name:
        return ""
    key = name.replace("-", "_")
    return key if key in UNPREFIXED else f"HTTP_{key}"


def has_body(environ: Environ) -> bool:
    """Whether the request has a body."""
    return "CONTENT_LENGTH" in environ or CHUNKED in environ


def declared_length(environ: Environ) -> int | None:
    """The Content-Length; None if it is missing or the body is chunked."""
    length: str = environ.get("CONTENT_LENGTH", "")
    return int(length) if length.isdigit() else None


def set_body(environ: Environ, body: bytes) -> None:
    """Put the body into the environ as if sent with a Content-Length."""
    environ.pop(CHUNKED, None)
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
