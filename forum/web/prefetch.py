"""Detection of pages that nobody has seen yet: they do not count as views or reads."""

from flask import request


def is_prefetch() -> bool:
    """Whether the browser prefetches the page (Fetch standard, `Sec-Purpose`), or live.js takes parts of it."""
    return "prefetch" in request.headers.get("Sec-Purpose", "") or "X-Live" in request.headers
