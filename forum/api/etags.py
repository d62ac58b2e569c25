"""The tags of the API's answers: each names the bytes of one state, in whatever encoding they are sent."""

import hashlib
import re

from werkzeug.datastructures import ETags

_ENCODING = re.compile(r"-(?:br|gzip|zstd)$")  # which compress.py adds


def tag_of(body: bytes) -> str:
    """The tag of an answer as it is before it is compressed."""
    return hashlib.sha256(body).hexdigest()[:32]


def named(given: ETags, tag: str) -> str:
    """The tag among those that a request names that stands for a state, as it is named; else an empty text."""
    if given.star_tag:
        return tag
    return next((each for each in given.as_set(include_weak=True) if _ENCODING.sub("", each) == tag), "")
