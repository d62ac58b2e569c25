"""Pages made smaller on their way: brotli where the browser takes it, gzip else."""

import gzip
from functools import lru_cache

import brotli
from flask import Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from forum.doorway import SHARED

LEAST_BYTES = 1000
TYPES = ("text/html", "application/json", "application/problem+json", "application/atom+xml", "application/xml")
BROTLI_ONCE, GZIP_ONCE = 2, 1  # for one reader: a page of 76 kB in 0.3 or 0.4 ms
BROTLI_KEPT, GZIP_KEPT = 6, 6  # for many: in 1.6 ms, and 7 % smaller


def shrink(response: Response) -> Response:
    """Compress a page's body; form tokens in it are masked anew each time, so that its size tells nothing of them."""
    if response.mimetype not in TYPES or response.direct_passthrough or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code < 200 or response.status_code == 304 or request.method == "HEAD":
        return response
    if SHARED in request.environ:  # the front step compresses it, once for all
        return response
    body, encoding = encoded(response.get_data(), encoding_for(request.headers.get("Accept-Encoding", "")))
    if encoding:
        response.set_data(body)
        response.headers["Content-Encoding"] = encoding
    return response


@lru_cache(maxsize=256)
def encoding_for(accepted: str) -> str:
    """The best that a browser takes: br, gzip, or nothing."""
    return parse_accept_header(accepted, Accept).best_match(("br", "gzip")) or ""


def encoded(body: bytes, encoding: str, *, is_kept: bool = False) -> tuple[bytes, str]:
    """A body in an encoding, and which one it is: what is short stays as it is; what is kept is worth more time."""
    if not encoding or len(body) < LEAST_BYTES:
        return body, ""
    if encoding == "br":
        return brotli.compress(body, quality=BROTLI_KEPT if is_kept else BROTLI_ONCE), encoding
    return gzip.compress(body, GZIP_KEPT if is_kept else GZIP_ONCE), encoding
