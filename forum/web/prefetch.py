"""Detection of prefetched pages: nobody has seen them yet, so they do not count as views or reads."""

from flask import request


def is_prefetch() -> bool:
    """Whether the browser prefetches or prerenders the page (Fetch standard, `Sec-Purpose`)."""
    return "prefetch" in request.headers.get("Sec-Purpose", "")
