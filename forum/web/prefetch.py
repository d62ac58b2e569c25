"""Pages that a browser fetches before anybody wants to see them: shown to nobody yet, so they count for nothing."""

from flask import request


def is_prefetch() -> bool:
    """Whether a page is only fetched ahead, or rendered in a tab that nobody has opened (Fetch, Sec-Purpose)."""
    return "prefetch" in request.headers.get("Sec-Purpose", "")
