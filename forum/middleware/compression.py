"""Response compression with Zstandard, brotli or gzip, negotiated by Accept-Encoding."""

import gzip
from functools import lru_cache
from threading import local

import brotli
import zstandard
from flask import Response, request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from forum.interfaces import GUEST_PAGE_KEY

MIN_COMPRESSED_BYTES = 1000
MAX_ACCEPT_ENCODING_LENGTH = 200  # characters of Accept-Encoding that are parsed
COMPRESSIBLE_TYPES = (
    "text/html",
    "application/json",
    "application/problem+json",
    "application/atom+xml",
    "application/xml",
)
# levels for a response sent once: a 54 kB page takes 0.07, 0.20 and 0.26 ms; zstd gives the smallest output
ZSTD_LEVEL, BROTLI_LEVEL, GZIP_LEVEL = 3, 2, 1
ZSTD_CACHED_LEVEL, BROTLI_CACHED_LEVEL, GZIP_CACHED_LEVEL = (
    9,
    6,
    6,
)  # levels for a cached response: 0.5 to 0.8 ms, and 4 to 10 % smaller


def compress_response(response: Response) -> Response:
    """Compress a response body. CSRF tokens in it are masked per response, so its size reveals nothing (BREACH)."""
    if (
        response.mimetype not in COMPRESSIBLE_TYPES
        or response.direct_passthrough
        or "Content-Encoding" in response.headers
    ):
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code < 200 or response.status_code == 304:
        return response
    if GUEST_PAGE_KEY in request.environ:  # the guest cache compresses it once for all readers
        return response
    chosen, body = encoding_for(request.headers.get("Accept-Encoding", "")), response.get_data()
    if request.method == "HEAD":  # the compressed length is unknown without compressing
        encoding = chosen if len(body) >= MIN_COMPRESSED_BYTES else ""
        response.automatically_set_content_length = not encoding
    else:
        body, encoding = compress(body, chosen)
    if encoding:
        _set_encoding(response, encoding)
        response.set_data(b"" if request.method == "HEAD" else body)
    return response


def _set_encoding(response: Response, encoding: str) -> None:
    """Set Content-Encoding, and make a strong ETag specific to it: a strong ETag identifies exact bytes."""
    response.headers["Content-Encoding"] = encoding
    del response.headers["Content-Length"]
    tag, is_weak = response.get_etag()
    if tag and not is_weak:
        response.set_etag(f"{tag}-{encoding}")


def encoding_for(accepted: str, *, is_kept: bool = False) -> str:
    """The encoding the client prefers (zstd, br or gzip), ties broken by our own order; "" for none."""
    return _encoding_for(accepted[:MAX_ACCEPT_ENCODING_LENGTH], is_kept=is_kept)


@lru_cache(maxsize=256)
def _encoding_for(accepted: str, *, is_kept: bool) -> str:
    wanted = parse_accept_header(accepted, Accept)
    identity = max((quality for name, quality in wanted if name == "identity"), default=0.0)  # "*" does not count
    candidates = ("br", "zstd", "gzip") if is_kept else ("zstd", "br", "gzip")
    best = max(candidates, key=wanted.quality)  # the first one on a tie
    return best if wanted.quality(best) > identity else ""


def compress(body: bytes, encoding: str, *, is_kept: bool = False) -> tuple[bytes, str]:
    """The compressed body and the encoding used. Short bodies stay as they are; cached ones get a higher level."""
    if not encoding or len(body) < MIN_COMPRESSED_BYTES:
        return body, ""
    if encoding == "br":
        return brotli.compress(body, quality=BROTLI_CACHED_LEVEL if is_kept else BROTLI_LEVEL), encoding
    if encoding == "zstd":
        return _zstd(ZSTD_CACHED_LEVEL if is_kept else ZSTD_LEVEL).compress(body), encoding
    return gzip.compress(body, GZIP_CACHED_LEVEL if is_kept else GZIP_LEVEL), encoding


class _ThreadCompressors(local):
    """The compressors of one thread: a compressor handles one body at a time."""

    def __init__(self) -> None:
        self.by_level: dict[int, zstandard.ZstdCompressor] = {}


_compressors = _ThreadCompressors()


def _zstd(level: int) -> zstandard.ZstdCompressor:
    compressor = _compressors.by_level.get(level)
    if compressor is None:
        compressor = _compressors.by_level[level] = zstandard.ZstdCompressor(level=level)
    return compressor
